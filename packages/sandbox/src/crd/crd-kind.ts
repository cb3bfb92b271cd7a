import { CRD_RESOURCE, type Condition, type CustomResourceDefinition, type KubeObject } from "@polykind/apimachinery";
import type { Clock } from "@polykind/core";
import type { BuiltinRow } from "../builtin/row.ts";
import { isRecord, itemsAt, recordAt } from "../json.ts";
import { builtinKindOf } from "../kind/builtin-kind.ts";
import { BuiltinRules, replaceFields } from "../kind/builtin-rules.ts";
import type { Decoded, Draft, WriteStep } from "../kind/kind-rules.ts";
import { defaultCrd, type FieldError, readCrd, validateCrd } from "../schema/index.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import type { Collection } from "../store/collection.ts";
import { timestampOf } from "../verbs/cluster.ts";
import { DELETION_PENDING, withCrdCondition } from "./conditions.ts";

/** The finalizer by which a CRD waits for its instances. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

const { group, version, kind, plural } = CRD_RESOURCE;
const ROW: BuiltinRow = {
  group,
  version,
  kind,
  plural,
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  isCluster: true,
  hasStatus: true,
  hasGeneration: true,
  needsVersion: true,
};

/** CRDs themselves as a kind. Source: `apiextensions-apiserver/pkg/registry/customresourcedefinition`. */
export function crdKindOf(collection: Collection, clock: Clock): ServedKind {
  return builtinKindOf(ROW, collection, new CrdRules(clock));
}

class CrdRules extends BuiltinRules {
  override readonly checksMetadata = true;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    super(ROW);
    this.#clock = clock;
  }

  override decode(draft: Draft): Decoded {
    const read = readCrd(draft);
    if ("problem" in read) return read;
    const { crd, unknown } = read;
    defaultCrd(crd);
    replaceFields(draft, crd);
    return { unknown };
  }

  override prepare(step: WriteStep): void {
    super.prepare(step);
    const { draft, before, subresource } = step;
    if (before === undefined) draft["status"] = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: [] };
    if (subresource === undefined) addStoredVersion(draft);
  }

  override markDeleted(draft: Draft): void {
    const finalizers = itemsAt(draft.metadata, "finalizers");
    if (!finalizers.includes(CLEANUP_FINALIZER)) draft.metadata["finalizers"] = [...finalizers, CLEANUP_FINALIZER];
    const status = recordAt(draft, "status") ?? {};
    const conditions = itemsAt(status, "conditions") as readonly Condition[]; // Only our own controllers write them.
    draft["status"] = { ...status, conditions: withCrdCondition(conditions, DELETION_PENDING, timestampOf(this.#clock)) };
  }

  override validate({ draft, before }: WriteStep): readonly FieldError[] {
    return validateCrd(draft, before);
  }
}

/** The version in which objects are stored counts as stored from now on. */
function addStoredVersion(draft: Draft): void {
  const versions = itemsAt(recordAt(draft, "spec"), "versions").filter(isRecord);
  const name = versions.find(({ storage }) => storage === true)?.["name"];
  const status = recordAt(draft, "status") ?? {};
  const stored = itemsAt(status, "storedVersions");
  if (name !== undefined && !stored.includes(name)) draft["status"] = { ...status, storedVersions: [...stored, name] };
}

/** A stored CRD in the type that this package reads. */
export function asCrd(object: KubeObject): CustomResourceDefinition {
  return object as CustomResourceDefinition; // What is stored as a CRD was validated as one.
}
