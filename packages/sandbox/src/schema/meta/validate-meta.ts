import { isRecord, itemsAt, type JsonObject, recordAt, textAt } from "../../json.ts";
import { type FieldError, forbidden, invalid, invalidShown, required, tooLong } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import {
  dns1035LabelErrors,
  labelErrors,
  labelValueErrors,
  maskTrailingDash,
  type NameCheck,
  pathSegmentErrors,
  qualifiedNameErrors,
  subdomainErrors,
} from "./names.ts";

/** The forms that names of objects have, by kind. */
export type NameRule = "dns1035Label" | "label" | "pathSegment" | "subdomain";

/** Options of {@link validateMeta}. */
export interface MetaOptions {
  readonly isNamespaced: boolean;
  /** An update looks only at what may change: labels, annotations, owner references, managed fields. */
  readonly isCreate: boolean;
  /** Default: `subdomain`, that of all custom resources. */
  readonly nameRule?: NameRule;
  /** Where the metadata is. Default: `metadata`. */
  readonly path?: string;
}

const NAME_CHECKS: Readonly<Record<NameRule, { readonly check: NameCheck; readonly isPrefixMasked: boolean }>> = {
  dns1035Label: { check: dns1035LabelErrors, isPrefixMasked: true },
  label: { check: labelErrors, isPrefixMasked: true },
  subdomain: { check: subdomainErrors, isPrefixMasked: true },
  pathSegment: { check: pathSegmentErrors, isPrefixMasked: false },
};

const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;

/** What is wrong with the metadata of an object whose name has been generated already. Immutable fields are not compared. */
export function validateMeta(metadata: object, options: MetaOptions): readonly FieldError[] {
  const meta = metadata as JsonObject; // Metadata is JSON.
  const path = options.path ?? "metadata";
  const always = [...labelsErrors(meta, path), ...annotationErrors(meta, path), ...ownerErrors(meta, path)];
  if (!options.isCreate) return [...always, ...managedFieldsErrors(meta, path)];
  const named = [
    ...nameErrors(meta, options.nameRule ?? "subdomain", path),
    ...namespaceErrors(meta, options.isNamespaced, path),
    ...generationErrors(meta, path),
  ];
  return [...named, ...always, ...finalizerErrors(meta, path), ...managedFieldsErrors(meta, path)];
}

function nameErrors(meta: JsonObject, rule: NameRule, path: string): readonly FieldError[] {
  const { check, isPrefixMasked } = NAME_CHECKS[rule];
  const [name, prefix] = [textAt(meta, "name") ?? "", textAt(meta, "generateName") ?? ""];
  const ofPrefix = prefix === "" ? [] : check(isPrefixMasked ? maskTrailingDash(prefix) : prefix);
  const errors = ofPrefix
    .filter((error) => error !== "may not be '.'" && error !== "may not be '..'")
    .map((error) => invalid(child(path, "generateName"), prefix, error));
  if (name === "") return [...errors, required(child(path, "name"), "name or generateName is required")];
  return [...errors, ...check(name).map((error) => invalid(child(path, "name"), name, error))];
}

function namespaceErrors(meta: JsonObject, isNamespaced: boolean, path: string): readonly FieldError[] {
  const [namespace, at] = [textAt(meta, "namespace") ?? "", child(path, "namespace")];
  if (!isNamespaced) return namespace === "" ? [] : [forbidden(at, "not allowed on this type")];
  return namespace === "" ? [required(at)] : labelErrors(namespace).map((error) => invalid(at, namespace, error));
}

function generationErrors(meta: JsonObject, path: string): readonly FieldError[] {
  const generation = meta["generation"];
  if (typeof generation !== "number" || generation >= 0) return [];
  return [invalid(child(path, "generation"), generation, "must be greater than or equal to 0")];
}

function labelsErrors(meta: JsonObject, path: string): readonly FieldError[] {
  const at = child(path, "labels");
  return Object.entries(recordAt(meta, "labels") ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((error) => invalid(at, key, error)),
    ...(typeof value === "string" ? labelValueErrors(value) : []).map((error) => invalid(at, value, error)),
  ]);
}

function annotationErrors(meta: JsonObject, path: string): readonly FieldError[] {
  const at = child(path, "annotations");
  const entries = Object.entries(recordAt(meta, "annotations") ?? {});
  const errors = entries.flatMap(([key]) => qualifiedNameErrors(key.toLowerCase()).map((error) => invalid(at, key, error)));
  const size = entries.reduce(
    (total, [key, value]) => total + Buffer.byteLength(key) + (typeof value === "string" ? Buffer.byteLength(value) : 0),
    0,
  );
  return size > ANNOTATIONS_LIMIT_BYTES ? [...errors, tooLong(at, ANNOTATIONS_LIMIT_BYTES)] : errors;
}

function ownerErrors(meta: JsonObject, path: string): readonly FieldError[] {
  const at = child(path, "ownerReferences");
  const owners = itemsAt(meta, "ownerReferences").filter(isRecord);
  const errors = owners.flatMap((owner) => ownerFieldErrors(owner, at));
  const [first, ...others] = owners
    .filter((owner) => owner["controller"] === true)
    .map((owner) => `${textOf(owner, "kind")}/${textOf(owner, "name")}`);
  const shown = `[${owners.map(shownOwner).join(",")}]`;
  for (const other of others) {
    errors.push(
      invalidShown(at, shown, `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${other}`),
    );
  }
  return errors;
}

function ownerFieldErrors(owner: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const [apiVersion, kind] = [textOf(owner, "apiVersion"), textOf(owner, "kind")];
  const hasVersion = apiVersion !== "" && apiVersion !== "/" && apiVersion.split("/").length <= 2 && !apiVersion.endsWith("/");
  if (!hasVersion) errors.push(invalid(child(at, "apiVersion"), apiVersion, "version must not be empty"));
  for (const field of ["kind", "name", "uid"]) {
    if (textOf(owner, field) === "") errors.push(invalid(child(at, field), "", "must not be empty"));
  }
  if (apiVersion === "v1" && kind === "Event")
    errors.push(invalidShown(at, shownOwner(owner), "/v1, Kind=Event is disallowed from being an owner"));
  return errors;
}

function textOf(record: JsonObject, field: string): string {
  return textAt(record, field) ?? "";
}

/** An owner reference as the server shows it: fields in the order of its type. */
function shownOwner(owner: JsonObject): string {
  const fields: JsonObject = {};
  for (const field of ["apiVersion", "kind", "name", "uid"]) fields[field] = textOf(owner, field);
  for (const field of ["controller", "blockOwnerDeletion"]) if (typeof owner[field] === "boolean") fields[field] = owner[field];
  return JSON.stringify(fields);
}

function finalizerErrors(meta: JsonObject, path: string): readonly FieldError[] {
  const at = child(path, "finalizers");
  const finalizers = itemsAt(meta, "finalizers").filter((each) => typeof each === "string");
  const errors = finalizers.flatMap((each) => qualifiedNameErrors(each).map((error) => invalid(at, each, error)));
  const areBoth = finalizers.includes("orphan") && finalizers.includes("foregroundDeletion");
  return areBoth ? [...errors, invalid(at, finalizers, "finalizer orphan and foregroundDeletion cannot be both set")] : errors;
}

function managedFieldsErrors(meta: JsonObject, path: string): readonly FieldError[] {
  const entries = itemsAt(meta, "managedFields").filter(isRecord);
  return entries.flatMap((entry, index) => {
    const at = item(child(path, "managedFields"), index);
    const [operation, type] = [textOf(entry, "operation"), textOf(entry, "fieldsType")];
    const errors: FieldError[] = [];
    if (operation !== "Apply" && operation !== "Update")
      errors.push(invalid(child(at, "operation"), operation, "must be `Apply` or `Update`"));
    if (type !== "" && type !== "FieldsV1") errors.push(invalid(child(at, "fieldsType"), type, "must be `FieldsV1`"));
    if (Buffer.byteLength(textOf(entry, "manager")) > 128) errors.push(tooLong(child(at, "manager"), 128));
    if (Buffer.byteLength(textOf(entry, "subresource")) > 256) errors.push(tooLong(child(at, "subresource"), 256));
    return errors;
  });
}
