import { type JsonObject, recordAt } from "../../json.ts";
import { type FieldError, invalid, invalidShown, notSupported, required, tooMany } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { parseRequestUri } from "../formats/uri.ts";
import { dns1035LabelErrors, subdomainErrors } from "../meta/names.ts";
import { validateMeta } from "../meta/validate-meta.ts";
import type { SchemaProps } from "../schema-props.ts";
import { conversionErrors } from "./conversion-rules.ts";
import type { Crd, CrdVersion, SelectableField, VersionParts } from "./crd-types.ts";
import { shownVersions } from "./go-internal.ts";
import { hoist, type Hoisted } from "./hoist.ts";
import { followPath } from "./json-path.ts";
import { missingNameErrors, nameFormErrors } from "./names-rules.ts";
import { type CrdOptions, MAX_SELECTABLE_FIELDS, NEW_CRD_OPTIONS, optionsForUpdate } from "./older-crd.ts";
import { someSchema, unsupportedKeyword } from "./schema-facts.ts";
import { structuralSchemaErrors } from "./structural-rules.ts";
import { versionSchemaErrors } from "./version-schema.ts";
import { columnErrors, deprecationErrors, subresourceErrors } from "./version-rules.ts";

/**
 * What is wrong with a CRD of apiextensions.k8s.io/v1, with its defaults set, in the words of the API server. With
 * `before` it is an update: immutable fields are compared, and what was let pass once is let pass again.
 *
 * As in the server, what all versions have in common is named by a path of its own: `spec.validation.openAPIV3Schema`
 * for the schema.
 */
export function validateCrd(crd: object, before?: object): readonly FieldError[] {
  const [now, was]: readonly [Crd, Crd | undefined] = [crd, before];
  const options = was === undefined ? NEW_CRD_OPTIONS : optionsForUpdate(now, was);
  return [
    ...(was === undefined
      ? metaErrors(crd as JsonObject, now) // It came as JSON, here and below.
      : validateMeta(recordAt(crd as JsonObject, "metadata") ?? {}, { isNamespaced: false, isCreate: false })), // As above.
    ...specErrors(now, options),
    ...(was === undefined ? [] : immutableErrors(now, was, options)),
    ...nameFormErrors(now.status?.acceptedNames ?? {}, "status.acceptedNames"),
    ...storedVersionErrors(now, was === undefined),
    ...approvalErrors(now, was),
    ...preserveErrors(now, was),
  ];
}

/** What keeps the schemas of a CRD from being structural, for its `NonStructuralSchema` condition. */
export function structuralErrors(crd: object): readonly FieldError[] {
  const { spec } = crd as Crd; // Read as a CRD beforehand.
  const preserves = spec?.preserveUnknownFields === true ? [invalid("spec.preserveUnknownFields", true, "must be false")] : [];
  const ofSchemas = (spec?.versions ?? []).flatMap(({ schema }, index) => {
    const root = schema?.openAPIV3Schema;
    if (root === undefined) return [];
    const path = child(item("spec.versions", index), "schema.openAPIV3Schema");
    const unsupported = unsupportedKeyword(root);
    return unsupported === undefined ? structuralSchemaErrors(root, path) : [invalid(path, "", unsupported)];
  });
  return [...preserves, ...ofSchemas];
}

function metaErrors(crd: JsonObject, { spec }: Crd): readonly FieldError[] {
  const metadata = recordAt(crd, "metadata") ?? {};
  const errors = validateMeta(metadata, { isNamespaced: false, isCreate: true });
  const name = metadata["name"];
  const isRight = name === `${spec?.names?.plural ?? ""}.${spec?.group ?? ""}`;
  const rule = 'must be spec.names.plural+"."+spec.group';
  return isRight || typeof name !== "string" || name === "" ? errors : [...errors, invalid("metadata.name", name, rule)];
}

function specErrors(crd: Crd, options: CrdOptions): readonly FieldError[] {
  const { spec = {} } = crd;
  const hoisted = hoist(crd);
  const asked = isStructureNeeded(crd) ? { ...options, needsStructure: true } : options;
  const preserves = spec.preserveUnknownFields === true;
  const conversion = spec.conversion?.strategy ?? "";
  const mixed = preserves && spec.conversion !== undefined && conversion !== "None";
  return [
    ...groupErrors(spec.group ?? ""),
    ...scopeErrors(spec.scope ?? ""),
    ...missingSchemaErrors(crd, hoisted, asked),
    ...(preserves && hasDefaults(crd)
      ? [invalid("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema")]
      : []),
    ...hoisted.versions.flatMap((version, index) => versionErrors(version, hoisted, item("spec.versions", index), asked)),
    ...versionListErrors(hoisted),
    ...missingNameErrors(spec.names ?? {}, "spec.names"),
    ...nameFormErrors(spec.names ?? {}, "spec.names"),
    ...sharedErrors(hoisted, asked),
    ...(mixed ? [invalid("spec.conversion.strategy", conversion, "must be None if spec.preserveUnknownFields is true")] : []),
    ...conversionErrors(spec.conversion, "spec.conversion", asked),
  ];
}

function schemasOf({ spec }: Crd): readonly (SchemaProps | undefined)[] {
  return (spec?.versions ?? []).map(({ schema }) => schema?.openAPIV3Schema);
}

function hasDefaults(crd: Crd): boolean {
  return schemasOf(crd).some((schema) => someSchema(schema, (each) => each.default !== undefined));
}

function isStructureNeeded(crd: Crd): boolean {
  if (crd.spec?.preserveUnknownFields !== true || hasDefaults(crd)) return true;
  const isExtended = (schema: SchemaProps): boolean =>
    Object.entries(schema).some(
      ([key, value]) => key.startsWith("x-kubernetes-") && key !== "x-kubernetes-map-type" && value !== undefined,
    );
  return schemasOf(crd).some((schema) => someSchema(schema, isExtended));
}

function groupErrors(group: string): readonly FieldError[] {
  if (group === "") return [required("spec.group")];
  const errors = subdomainErrors(group);
  if (errors.length > 0) return [invalid("spec.group", group, errors.join(","))];
  return group.includes(".") ? [] : [invalid("spec.group", group, "should be a domain with at least one dot")];
}

function scopeErrors(scope: string): readonly FieldError[] {
  if (scope === "") return [required("spec.scope")];
  const scopes = ["Cluster", "Namespaced"];
  return scopes.includes(scope) ? [] : [notSupported("spec.scope", scope, scopes)];
}

function missingSchemaErrors(crd: Crd, { joint, versions }: Hoisted, { needsSchema }: CrdOptions): readonly FieldError[] {
  if (joint.schema?.openAPIV3Schema !== undefined || (!needsSchema && crd.spec?.preserveUnknownFields === true)) return [];
  return versions.flatMap(({ schema, served }, index) => {
    if (schema?.openAPIV3Schema !== undefined || (!needsSchema && served !== true)) return [];
    const path = child(item("spec.versions", index), "schema.openAPIV3Schema");
    return [required(path, needsSchema ? "" : "because otherwise all fields are pruned")];
  });
}

function versionErrors(version: CrdVersion, { joint, versions }: Hoisted, path: string, options: CrdOptions): readonly FieldError[] {
  const { name = "" } = version;
  const ofName = dns1035LabelErrors(name);
  const hasOwnSubresources = versions.some(({ subresources }) => subresources !== undefined);
  const hasStatus = (hasOwnSubresources ? version.subresources : joint.subresources)?.status !== undefined;
  return [
    ...(ofName.length === 0 ? [] : [invalid(child(path, "name"), name, ofName.join(","))]),
    ...deprecationErrors(version, child(path, "deprecationWarning")),
    ...versionSchemaErrors(version.schema, child(path, "schema"), { hasStatus, options, isUnchanged: options.unchangedVersions.has(name) }),
    ...subresourceErrors(version.subresources, child(path, "subresources")),
    ...columnErrors(version.additionalPrinterColumns, child(path, "additionalPrinterColumns")),
    ...selectableErrors(version, child(path, "selectableFields"), options.crowdedVersions.has(name)),
  ];
}

function sharedErrors({ joint, versions }: Hoisted, options: CrdOptions): readonly FieldError[] {
  const hasStatus = joint.subresources?.status !== undefined || versions.some(({ subresources }) => subresources?.status !== undefined);
  const first = versions[0]?.name ?? "";
  return [
    ...versionSchemaErrors(joint.schema, "spec.validation", { hasStatus, options, isUnchanged: options.unchangedVersions.has(first) }),
    ...subresourceErrors(joint.subresources, "spec.subresources"),
    ...columnErrors(joint.additionalPrinterColumns, "spec.additionalPrinterColumns"),
    // Selectable fields that all versions share are looked at in the schema that all versions share.
    ...selectableErrors(joint, "spec.selectableFields", options.crowdedVersions.has(first)),
  ];
}

function selectableErrors({ selectableFields = [], schema }: VersionParts, path: string, isCrowdedBefore: boolean): readonly FieldError[] {
  if (selectableFields.length === 0) return [];
  const root = schema?.openAPIV3Schema;
  if (root === undefined) {
    const rule =
      path === "spec.selectableFields"
        ? "may only be set when validations.schema is included"
        : "may only be set when `version.schema.openAPIV3Schema` is not included";
    return [invalid(path, "", rule)];
  }
  const seen = new Set<string>();
  const errors = selectableFields.flatMap((field, index) =>
    errorsOfSelectable(field, root, { path: child(item(path, index), "jsonPath"), seen }),
  );
  return seen.size > MAX_SELECTABLE_FIELDS && !isCrowdedBefore ? [...errors, tooMany(path, seen.size, MAX_SELECTABLE_FIELDS)] : errors;
}

function errorsOfSelectable(
  { jsonPath = "" }: SelectableField,
  schema: SchemaProps,
  { path, seen }: { readonly path: string; readonly seen: Set<string> },
): readonly FieldError[] {
  if (jsonPath === "") return [required(path)];
  const found = followPath(jsonPath, schema, { allowsBrackets: false });
  if ("error" in found) return [invalid(path, jsonPath, `is an invalid path: ${found.error}`)];
  const errors: FieldError[] = [];
  if (found.root === "metadata") errors.push(invalid(path, jsonPath, "must not point to fields in metadata"));
  if (!["string", "boolean", "integer"].includes(found.schema?.type ?? "")) {
    errors.push(
      invalid(
        path,
        jsonPath,
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
      ),
    );
  }
  return seen.has(found.path) ? [...errors, invalidDuplicate(path, jsonPath)] : (seen.add(found.path), errors);
}

function invalidDuplicate(path: string, jsonPath: string): FieldError {
  return { reason: "FieldValueDuplicate", field: path, message: `Duplicate value: ${JSON.stringify(jsonPath)}` };
}

function versionListErrors({ versions }: Hoisted): readonly FieldError[] {
  const shown = shownVersions(versions);
  const names = versions.map(({ name }) => name);
  const errors: FieldError[] = [];
  if (new Set(names).size !== names.length) errors.push(invalidShown("spec.versions", shown, "must contain unique version names"));
  const stored = versions.filter(({ storage }) => storage === true).length;
  if (stored !== 1) errors.push(invalidShown("spec.versions", shown, "must have exactly one version marked as storage version"));
  const first = names[0];
  const ofFirst = first === undefined || first === "" ? [] : dns1035LabelErrors(first);
  return ofFirst.length === 0 ? errors : [...errors, invalid("spec.version", first, ofFirst.join(","))];
}

function immutableErrors({ spec: now = {} }: Crd, { spec: was = {} }: Crd, { needsImmutableNames }: CrdOptions): readonly FieldError[] {
  const compare = (path: string, value: string | undefined, before: string | undefined): readonly FieldError[] =>
    (value ?? "") === (before ?? "") ? [] : [invalid(path, value ?? "", "field is immutable")];
  const established = needsImmutableNames
    ? [...compare("spec.scope", now.scope, was.scope), ...compare("spec.names.kind", now.names?.kind, was.names?.kind)]
    : [];
  return [
    ...established,
    ...compare("spec.group", now.group, was.group),
    ...compare("spec.names.plural", now.names?.plural, was.names?.plural),
  ];
}

function storedVersionErrors({ spec, status }: Crd, isCreate: boolean): readonly FieldError[] {
  const versions = spec?.versions ?? [];
  const storage = versions.find((version) => version.storage === true)?.name;
  // On creation the server itself puts the storage version there; on update it adds it.
  const kept = isCreate ? [] : (status?.storedVersions ?? []);
  const stored = storage === undefined || kept.includes(storage) ? kept : [...kept, storage];
  if (stored.length === 0) return [invalidShown("status.storedVersions", "null", "must have at least one stored version")];
  const lost = versions.filter((version) => version.storage === true && !stored.includes(version.name ?? ""));
  const lacking = lost.map(({ name = "" }) => invalid("status.storedVersions", stored, `must have the storage version ${name}`));
  const strays = stored.flatMap((name, index) => {
    if (versions.some((version) => version.name === name)) return [];
    const rule = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    return [invalid(item("status.storedVersions", index), name, rule)];
  });
  return [...lacking, ...strays];
}

const APPROVAL = "api-approved.kubernetes.io";

type Approval = "missing" | "bypassed" | "approved" | "invalid";

function approvalOf(crd: Crd): Approval {
  const annotation = crd.metadata?.annotations?.[APPROVAL] ?? "";
  if (annotation === "") return "missing";
  if (annotation.startsWith("unapproved")) return "bypassed";
  const url = parseRequestUri(annotation);
  return !("error" in url) && url.host !== "" && url.scheme !== "" ? "approved" : "invalid";
}

function approvalErrors(crd: Crd, before: Crd | undefined): readonly FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(crd.spec?.group ?? "")) return [];
  const approval = approvalOf(crd);
  if (before !== undefined && approvalOf(before) === approval) return [];
  const path = item("metadata.annotations", APPROVAL);
  const see = "see https://github.com/kubernetes/enhancements/pull/1111";
  const rule = `protected groups must have approval annotation "${APPROVAL}"`;
  if (approval === "missing") return [required(path, `${rule}, ${see}`)];
  if (approval !== "invalid") return [];
  return [
    invalid(path, crd.metadata?.annotations?.[APPROVAL] ?? "", `${rule} with either a URL or a reason starting with "unapproved", ${see}`),
  ];
}

function preserveErrors(crd: Crd, before: Crd | undefined): readonly FieldError[] {
  if (crd.spec?.preserveUnknownFields !== true || before?.spec?.preserveUnknownFields === true) return [];
  return [
    invalid(
      "spec.preserveUnknownFields",
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ),
  ];
}
