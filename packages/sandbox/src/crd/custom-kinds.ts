import { compareKubeVersions, type CustomResourceDefinition } from "@polykind/apimachinery";
import { equalJson } from "../json.ts";
import { customKindOf } from "../kind/custom-kind.ts";
import type { KindName } from "../kind/kinds.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { VersionSchemas } from "../kind/version-schemas.ts";
import type { Collection } from "../store/collection.ts";
import type { Store } from "../store/store.ts";
import type { Change } from "../store/stored.ts";
import { isTrue } from "./conditions.ts";
import { asCrd } from "./crd-kind.ts";

/** What one incarnation of a CRD serves. */
interface Serving {
  crd: CustomResourceDefinition;
  readonly collection: Collection;
  schemas: VersionSchemas;
  kinds: Map<string, ServedKind>;
}

/**
 * The kinds of the CRDs, each with the objects of its incarnation.
 *
 * Guarantees: what is served follows the CRD at once; any change of its spec or of its accepted names ends all watches of all its versions and
 * none of them can be resumed; another uid never sees the objects of the last one.
 */
export class CustomKinds {
  readonly #store: Store;
  readonly #servingByUid = new Map<string, Serving>();
  readonly #servingByCollection = new Map<Collection, Serving>();
  readonly #uidByName = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes in what happened to a CRD. Writes nothing. */
  observe({ type, stored }: Change): void {
    const crd = asCrd(stored.object);
    if (type === "DELETED") return this.#forget(stored.uid, stored.name);
    this.#uidByName.set(stored.name, stored.uid);
    const serving = this.#servingByUid.get(stored.uid);
    if (serving === undefined) {
      const opened: Serving = { crd, collection: this.#store.open(), schemas: new VersionSchemas(crd), kinds: new Map() };
      this.#servingByUid.set(stored.uid, opened);
      this.#servingByCollection.set(opened.collection, opened);
      return;
    }
    const isSame = equalJson(serving.crd.spec, crd.spec) && equalJson(serving.crd.status?.acceptedNames, crd.status?.acceptedNames);
    if (!isSame) {
      serving.schemas = new VersionSchemas(crd);
      serving.collection.closeWatches();
    }
    if (!isSame || isTrue(serving.crd, "Terminating") !== isTrue(crd, "Terminating")) serving.kinds = new Map();
    serving.crd = crd;
  }

  #forget(uid: string, name: string): void {
    const serving = this.#servingByUid.get(uid);
    this.#servingByUid.delete(uid);
    this.#uidByName.delete(name);
    if (serving === undefined) return;
    this.#servingByCollection.delete(serving.collection);
    this.#store.drop(serving.collection);
  }

  /** The kind at a URL, if the CRD of that name serves it: its names are accepted or it was established. */
  find({ group, version, plural }: KindName): ServedKind | undefined {
    const serving = this.#servingByUid.get(this.#uidByName.get(`${plural}.${group}`) ?? "");
    if (serving === undefined || !(isTrue(serving.crd, "NamesAccepted") || isTrue(serving.crd, "Established"))) return undefined;
    return kindOf(serving, version);
  }

  /** The objects of the incarnation with this uid. */
  collectionOf(uid: string): Collection | undefined {
    return this.#servingByUid.get(uid)?.collection;
  }

  /** The name of the CRD whose objects are in `collection`. */
  nameOf(collection: Collection): string | undefined {
    return this.#servingByCollection.get(collection)?.crd.metadata.name;
  }

  /** The kind of the objects in `collection`, in the version in which they are stored, whether that is served or not. */
  storedAs(collection: Collection): ServedKind | undefined {
    const serving = this.#servingByCollection.get(collection);
    const storage = serving?.crd.spec.versions.find((version) => version.storage);
    return serving === undefined || storage === undefined ? undefined : customKindOf(serving.crd, storage, serving);
  }

  /** The kind by its name, if the CRD that has it serves this version. */
  named({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }): ServedKind | undefined {
    for (const { crd } of this.#servingByUid.values()) {
      if (crd.spec.group !== group || (crd.status?.acceptedNames ?? crd.spec.names).kind !== kind) continue;
      return this.find({ group, version, plural: crd.spec.names.plural });
    }
    return undefined;
  }

  /** What discovery tells: each served version of each established CRD, the best version of a group first. */
  all(): readonly ServedKind[] {
    const established = [...this.#servingByUid.values()].filter(({ crd }) => isTrue(crd, "Established"));
    const kinds = established.flatMap((serving) => serving.crd.spec.versions.flatMap(({ name }) => kindOf(serving, name) ?? []));
    return kinds.sort((a, b) => compareKubeVersions(a.version, b.version));
  }
}

function kindOf(serving: Serving, name: string): ServedKind | undefined {
  const known = serving.kinds.get(name);
  if (known !== undefined) return known;
  const version = serving.crd.spec.versions.find((each) => each.name === name);
  if (version?.served !== true) return undefined;
  const kind = customKindOf(serving.crd, version, serving);
  serving.kinds.set(name, kind);
  return kind;
}
