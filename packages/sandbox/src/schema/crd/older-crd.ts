import { isRecord } from "../../json.ts";
import { pruneBelow } from "../fields/prune.ts";
import { cloneJson, equalJson } from "../../json.ts";
import { itemsOf, type SchemaProps } from "../schema-props.ts";
import { hasKnownReview, isCaBundle } from "./conversion-rules.ts";
import { type Crd, isConditionTrue } from "./crd-types.ts";
import { nullableErrors } from "./list-rules.ts";
import { someSchema, unsupportedKeyword } from "./schema-facts.ts";
import { structuralSchemaErrors } from "./structural-rules.ts";

/** What the server asks of a CRD. What an older state of the CRD has already been let get away with is not asked of the next one. */
export interface CrdOptions {
  readonly needsKnownReview: boolean;
  readonly needsImmutableNames: boolean;
  readonly needsSchema: boolean;
  readonly needsValidTypes: boolean;
  readonly needsStructure: boolean;
  readonly needsPrunedDefaults: boolean;
  readonly needsAtomicSets: boolean;
  readonly needsMapKeys: boolean;
  readonly allowsBadCaBundle: boolean;
  /** Names of the versions whose schema is as it was: the cost of their rules is not looked at again. */
  readonly unchangedVersions: ReadonlySet<string>;
  /** Names of the versions whose selectable fields are as they were, too many though they may be. */
  readonly crowdedVersions: ReadonlySet<string>;
}

/** What is asked of a new CRD. */
export const NEW_CRD_OPTIONS: CrdOptions = {
  needsKnownReview: true,
  needsImmutableNames: false,
  needsSchema: true,
  needsValidTypes: true,
  needsStructure: true,
  needsPrunedDefaults: true,
  needsAtomicSets: true,
  needsMapKeys: true,
  allowsBadCaBundle: true,
  unchangedVersions: new Set(),
  crowdedVersions: new Set(),
};

/** How many fields of a version can be selected by. */
export const MAX_SELECTABLE_FIELDS = 8;

/** What is asked of a CRD that was `before`. */
export function optionsForUpdate(crd: Crd, before: Crd): CrdOptions {
  const schemas = (before.spec?.versions ?? []).map(({ schema }) => schema?.openAPIV3Schema);
  const has = (test: (schema: SchemaProps) => boolean): boolean => schemas.some((schema) => someSchema(schema, test));
  const whole = (test: (schema: SchemaProps) => boolean): boolean => schemas.some((schema) => schema !== undefined && test(schema));
  const reviews = before.spec?.conversion?.webhook?.conversionReviewVersions ?? [];
  return {
    needsKnownReview: reviews.length === 0 || hasKnownReview(reviews),
    needsImmutableNames: isConditionTrue(before, "Established"),
    needsSchema: schemas.every((schema) => schema !== undefined),
    needsValidTypes: !has(({ type = "" }) => type !== "" && !TYPES.has(type)),
    needsStructure: !whole((schema) => unsupportedKeyword(schema) !== undefined || structuralSchemaErrors(schema, "").length > 0),
    needsPrunedDefaults: !has(hasUnprunedDefault),
    needsAtomicSets: !has(hasOpenSet),
    needsMapKeys: !has((schema) => nullableErrors(schema, "").length > 0),
    allowsBadCaBundle: allowsBadCaBundle(before),
    unchangedVersions: versionsLike(crd, before, "schema"),
    crowdedVersions: new Set(
      [...versionsLike(crd, before, "selectableFields")].filter((name) => fieldCount(before, name) > MAX_SELECTABLE_FIELDS),
    ),
  };
}

const TYPES: ReadonlySet<string> = new Set(["array", "boolean", "integer", "number", "object", "string"]);

function hasUnprunedDefault(schema: SchemaProps): boolean {
  if (!isRecord(schema.default) && !Array.isArray(schema.default)) return false;
  const pruned = cloneJson<unknown>(schema.default);
  pruneBelow(pruned, schema);
  return !equalJson(pruned, schema.default);
}

function hasOpenSet(schema: SchemaProps): boolean {
  const items = itemsOf(schema);
  if (schema["x-kubernetes-list-type"] !== "set" || items === undefined) return false;
  if (items.type === "array") return (items["x-kubernetes-list-type"] ?? "atomic") !== "atomic";
  return items.type === "object" && items["x-kubernetes-map-type"] !== "atomic";
}

function allowsBadCaBundle(before: Crd): boolean {
  if (!isConditionTrue(before, "Established")) return true;
  const caBundle = before.spec?.conversion?.webhook?.clientConfig?.caBundle ?? "";
  return caBundle !== "" && !isCaBundle(caBundle);
}

function versionsLike(crd: Crd, before: Crd, part: "schema" | "selectableFields"): ReadonlySet<string> {
  const was = new Map((before.spec?.versions ?? []).map((version) => [version.name, version[part]]));
  const same = (crd.spec?.versions ?? []).filter(({ name, ...version }) => was.has(name) && equalJson(version[part], was.get(name)));
  return new Set(same.map(({ name = "" }) => name));
}

function fieldCount(crd: Crd, name: string): number {
  return crd.spec?.versions?.find((version) => version.name === name)?.selectableFields?.length ?? 0;
}
