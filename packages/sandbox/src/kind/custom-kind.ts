import type { CrdVersion, CustomResourceDefinition } from "@polykind/apimachinery";
import type { Collection } from "../store/collection.ts";
import { columnsOf } from "../table/index.ts";
import { conversionOf } from "./conversion.ts";
import { CustomRules } from "./custom-rules.ts";
import type { SubresourceName } from "./kind-rules.ts";
import { once } from "./once.ts";
import type { ScalePaths, ServedKind, Verb } from "./served-kind.ts";
import { deprecationOf } from "./warnings.ts";
import type { VersionSchemas } from "./version-schemas.ts";

const VERBS: readonly Verb[] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const VERBS_WHILE_TERMINATING: readonly Verb[] = ["delete", "deletecollection", "get", "list", "watch"];

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
    warnings: deprecationOf(crd, version),
    ...conversionOf(crd, version, schemas),
  };
}

/** Where the objects of a CRD are, and how they are understood. */
export interface CustomStorage {
  readonly collection: Collection;
  readonly schemas: VersionSchemas;
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
