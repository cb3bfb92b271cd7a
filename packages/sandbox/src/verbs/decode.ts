import { isRecord, type JsonObject, recordAt, textAt } from "../json.ts";
import { invalidValue } from "../kind/field-errors.ts";
import type { Draft } from "../kind/kind-rules.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { badRequest, invalid, unsupportedMediaType } from "../status/refusals.ts";
import type { Body, Call } from "./call.ts";
import { duplicateKeys } from "./duplicate-keys.ts";
import { isNestedTooDeep } from "./nesting.ts";
import type { FieldValidation } from "./options.ts";
import { parseYamlBody } from "./yaml-body.ts";

/** The media types in which objects are taken. */
export const OBJECT_TYPES: readonly string[] = ["application/json", "application/yaml"];

/** A body as JSON, with the keys that occurred twice in one object. */
export interface Parsed {
  readonly value: unknown;
  readonly duplicates: readonly string[];
}

/** The JSON value of a body in JSON or YAML. @throws StatusError 400 and 415. */
export function parseBody({ bytes, mediaType }: Body, kind: ServedKind, findsDuplicates: boolean): Parsed {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  if (isNestedTooDeep(text)) throw unrecognized(kind, text, "couldn't get version/kind; json parse error: exceeded max depth");
  switch (mediaType) {
    case "":
    case "application/json":
      try {
        return { value: JSON.parse(text) as unknown, duplicates: findsDuplicates ? duplicateKeys(text) : [] };
      } catch (cause) {
        throw unrecognized(
          kind,
          text,
          `couldn't get version/kind; json parse error: ${cause instanceof Error ? cause.message : String(cause)}`,
          Buffer.from(bytes).toString("hex"),
        );
      }
    case "application/yaml":
    case "application/apply-patch+yaml":
    case "text/yaml":
      return parseYamlBody(text, (why) => unrecognized(kind, text, `yaml: ${why}`));
    default:
      throw unsupportedMediaType([...OBJECT_TYPES, "application/vnd.kubernetes.protobuf"]);
  }
}

function unrecognized({ kind }: ServedKind, text: string, why: string, shown: string = text): Error {
  const excerpt = shown.length > 30 ? `${shown.slice(0, 30)} ...` : shown;
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${excerpt})`);
}

/**
 * The object in a body, as a draft of the kind: of the right type, without what the kind does not know, with its defaults.
 *
 * @throws StatusError 400 and 422: not this kind, or unknown fields under `Strict`.
 */
export function decodeObject(call: Call, validation: FieldValidation): Draft {
  const { value, duplicates } = parseBody(call.body, call.kind, validation !== "Ignore");
  const draft = asDraft(value, call);
  reportDropped({ duplicates, unknown: decodeFields(draft, call) }, call, validation);
  return draft;
}

/** Drops what the kind does not know and fills in defaults. @returns the paths of what was dropped. @throws StatusError 400. */
export function decodeFields(draft: Draft, { kind }: Pick<Call, "kind">): readonly string[] {
  const decoded = kind.rules.decode(draft);
  if ("unknown" in decoded) return decoded.unknown;
  throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${decoded.problem}`);
}

/** `value` as an object of the kind of this call. @throws StatusError 400 and 422. */
export function asDraft(value: unknown, { kind }: Call): Draft {
  if (!isRecord(value)) {
    const why = `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof value} into Go value`;
    throw unrecognized(kind, JSON.stringify(value), why);
  }
  if (textAt(value, "kind") === undefined) {
    const text = JSON.stringify(value);
    throw unrecognized(kind, text, `Object 'Kind' is missing in '${text}'`);
  }
  checkType(value, kind);
  value["metadata"] ??= {};
  return value as Draft; // All three fields are there; decoding refuses metadata that is no object.
}

function checkType(value: JsonObject, kind: ServedKind): void {
  const [apiVersion, expected] = [textAt(value, "apiVersion") ?? "", kind.group === "" ? kind.version : `${kind.group}/${kind.version}`];
  const given = String(value["kind"]);
  if (!kind.isCustom && (given !== kind.kind || apiVersion !== expected)) {
    const why =
      given === kind.kind
        ? `no kind "${given}" is registered for version "${apiVersion}" in scheme "sandbox"`
        : `converting (${kind.version}.${given}) to (${kind.version}.${kind.kind}): unknown conversion`;
    throw badRequest(`${given} in version "${apiVersion.split("/").at(-1) ?? ""}" cannot be handled as a ${kind.kind}: ${why}`);
  }
  if (apiVersion !== expected)
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`);
  if (given === kind.kind) return;
  const name = textAt(recordAt(value, "metadata"), "name") ?? "";
  throw invalid({ group: kind.group, what: given }, name, [invalidValue("kind", given, `must be ${kind.kind}`)]);
}

/** Refuses or tells of fields that were dropped, as the request wants it. @throws StatusError 400 under `Strict`. */
export function reportDropped(
  dropped: { readonly duplicates: readonly string[]; readonly unknown: readonly string[] },
  { kind, warnings }: Call,
  validation: FieldValidation,
): void {
  const found = [
    ...dropped.duplicates.map((path) => `duplicate field "${path}"`),
    ...dropped.unknown.map((path) => `unknown field "${path}"`),
  ];
  if (found.length === 0 || validation === "Ignore") return;
  if (validation === "Strict")
    throw badRequest(
      `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${found.join(", ")}`,
    );
  for (const each of found) warnings.add(each);
}
