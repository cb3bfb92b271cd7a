import type { CrdVersion, CustomResourceDefinition, KubeObject } from "@polykind/apimachinery";
import { apiVersionOf, freezeDeep } from "@polykind/apimachinery";
import { cloneJson, isRecord, type JsonObject } from "../json.ts";
import type { Collection } from "../store/collection.ts";
import type { Stored } from "../store/stored.ts";
import { columnsOf } from "../table/index.ts";
import { once } from "./once.ts";
import { canonicalCustom } from "./canonical.ts";
import { CustomRules } from "./custom-rules.ts";
import type { Draft, SubresourceName } from "./kind-rules.ts";
import { type CompiledSchema, compileSchema } from "../schema/index.ts";
import type { Conversion, ScalePaths, ServedKind, Verb } from "./served-kind.ts";

const VERBS: readonly Verb[] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const VERBS_WHILE_TERMINATING: readonly Verb[] = ["delete", "deletecollection", "get", "list", "watch"];

/** The compiled schemas of one CRD, each made when it is first needed: most kinds never get an object. */
export class VersionSchemas {
  readonly #compiled = new Map<string, CompiledSchema>();
  readonly #crd: CustomResourceDefinition;

  constructor(crd: CustomResourceDefinition) {
    this.#crd = crd;
  }

  of(version: string): CompiledSchema {
    const known = this.#compiled.get(version);
    if (known !== undefined) return known;
    const { schema } = versionOf(this.#crd, version);
    const compiled = compileSchema(schema?.openAPIV3Schema, { preserveUnknownFields: this.#crd.spec.preserveUnknownFields === true });
    this.#compiled.set(version, compiled);
    return compiled;
  }
}

/** The served form of one version of a CRD, whose objects are in `collection`. */
export function customKindOf(crd: CustomResourceDefinition, version: CrdVersion, { collection, schemas }: CustomStorage): ServedKind {
  const names = crd.status?.acceptedNames ?? crd.spec.names;
  const isTerminating = crd.status?.conditions?.some(({ type, status }) => type === "Terminating" && status === "True") === true;
  return {
    group: crd.spec.group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    resourceScope: crd.spec.scope,
    listKind: names.listKind ?? `${names.kind}List`,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: isTerminating ? VERBS_WHILE_TERMINATING : VERBS,
    subresources: subresourcesOf(version),
    scale: scaleOf(version),
    collection,
    storageVersion: crd.spec.versions.find(({ storage }) => storage)?.name,
    review: undefined,
    rules: new CustomRules(version, schemas),
    schemaRevision: `${crd.metadata.uid}/${crd.metadata.generation ?? 0}`,
    isCustom: true,
    isTerminating,
    columns: once(() => columnsOf(version)),
    warnings: warningsOf(crd, version),
    ...conversionOf(crd, version.name, schemas),
  };
}

/** Where the objects of a CRD are, and how they are understood. */
export interface CustomStorage {
  readonly collection: Collection;
  readonly schemas: VersionSchemas;
}

function versionOf(crd: CustomResourceDefinition, name: string): CrdVersion {
  const version = crd.spec.versions.find((each) => each.name === name);
  if (version === undefined) throw new TypeError(`${crd.metadata.name} has no version ${name}`);
  return version;
}

function subresourcesOf({ subresources }: CrdVersion): readonly SubresourceName[] {
  return [
    ...(subresources?.status === undefined ? [] : ["status" as const]),
    ...(subresources?.scale === undefined ? [] : ["scale" as const]),
  ];
}

function scaleOf({ subresources }: CrdVersion): ScalePaths | undefined {
  return subresources?.scale as ScalePaths | undefined; // Validated with the CRD: both paths are required texts.
}

function warningsOf(crd: CustomResourceDefinition, version: CrdVersion): readonly string[] {
  if (version.deprecated !== true) return [];
  const { deprecationWarning } = version as { readonly deprecationWarning?: string }; // A field that the shared type leaves out.
  return [deprecationWarning ?? `${crd.spec.group}/${version.name} ${crd.spec.names.kind} is deprecated`];
}

/** Conversion `None`: only the `apiVersion` differs, and each version's schema drops and fills in its own. */
function conversionOf(crd: CustomResourceDefinition, version: string, schemas: VersionSchemas): Conversion {
  const storage = crd.spec.versions.find((each) => each.storage)?.name ?? version;
  const [served, stored] = [version, storage].map((name) => apiVersionOf({ group: crd.spec.group, version: name })) as [string, string]; // Two in, two out.
  const reads = new WeakMap<Stored, KubeObject>();
  const hasDefaults = mentionsDefault(versionOf(crd, storage).schema?.openAPIV3Schema);
  return {
    canonical: canonicalCustom,
    read(state) {
      if (!hasDefaults && state.object.apiVersion === served) return state.object;
      const known = reads.get(state);
      if (known !== undefined) return known;
      const object: JsonObject & KubeObject = { ...cloneJson(state.object), apiVersion: served };
      if (hasDefaults) schemas.of(storage).setDefaults(object);
      if (served !== stored) schemas.of(version).prune(object);
      const read = freezeDeep(canonicalCustom(object));
      reads.set(state, read);
      return read;
    },
    write(draft) {
      const object = { ...draft, apiVersion: stored } as Draft & KubeObject; // What is written has been given its metadata.
      if (served === stored) return canonicalCustom(object);
      const converted = canonicalCustom(object);
      schemas.of(storage).prune(converted);
      return converted;
    },
  };
}

/** Whether reading must fill in defaults. A property named `default` makes it true too: that costs time, not truth. */
function mentionsDefault(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(mentionsDefault);
  return isRecord(schema) && ("default" in schema || Object.values(schema).some(mentionsDefault));
}
