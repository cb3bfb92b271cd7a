import { isDeepStrictEqual } from "node:util";
import { Draft, insert, lookUp, type Place, remove, write } from "./draft.ts";
import { isJsonObject, type JsonObject, jsonTypeOf } from "./json-object.ts";
import { malformedPatch, PatchError, unfittingPatch } from "./patch-error.ts";

const MAX_OPERATIONS = 10_000;

/** The bytes of JSON that all copy operations of one patch may add. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string;
  /** Absent where the operation has none, which is another thing than null. */
  readonly value?: unknown;
}

/**
 * Applies a JSON Patch (RFC 6902) as the API server does, its departures from the RFC included: negative indexes count
 * from the end, a test of what is not there against null holds, `""` as path only works for test and replace.
 *
 * `object` and `operations` stay as they are; the result shares with them what was not changed.
 *
 * @throws PatchError 400 when `operations` is no patch, 413 with more than 10,000 operations, 422 when one does not fit.
 */
export function applyJsonPatch(object: unknown, operations: unknown): unknown {
  const all = readOperations(operations);
  if (all.length > MAX_OPERATIONS) {
    const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${all.length}`;
    throw new PatchError(message, { httpStatus: 413, reason: "RequestEntityTooLarge" });
  }
  const draft = new Draft(object);
  let copied = 0;
  for (const operation of all) copied += applyOperation(draft, operation, MAX_COPIED_BYTES - copied);
  return draft.root;
}

function readOperations(operations: unknown): readonly Operation[] {
  if (operations === null) return [];
  if (!Array.isArray(operations)) {
    throw malformedPatch(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(operations)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  for (const each of operations) refuseWrongTypes(each);
  return operations.map(readOperation);
}

function refuseWrongTypes(operation: unknown): void {
  if (operation === null) return;
  if (!isJsonObject(operation)) {
    throw malformedPatch(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(operation)} into Go value of type handlers.jsonPatchOp`,
    );
  }
  for (const [key, value] of Object.entries(operation)) {
    if (!["op", "path", "from"].includes(key) || value === null || typeof value === "string") continue;
    throw malformedPatch(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field jsonPatchOp.${key} of type string`,
    );
  }
}

function readOperation(source: unknown): Operation {
  const operation = isJsonObject(source) ? source : {};
  const { op, path, from } = operation;
  const refuse = (reason: string): PatchError =>
    malformedPatch(`invalid operation ${source === null ? "null" : sortedText(operation)}: ${reason}`);
  if (typeof op !== "string" || !Object.hasOwn(APPLY, op)) throw refuse("unsupported operation");
  if ((op === "add" || op === "replace") && !Object.hasOwn(operation, "value")) {
    throw refuse("failed to decode 'value': operation, missing value field: missing value");
  }
  if ((op === "move" || op === "copy") && typeof from !== "string") {
    throw refuse("failed to decode 'from': operation, missing from field: missing value");
  }
  if (typeof path !== "string") throw refuse("failed to decode 'path': operation missing path field: missing value");
  return { op, path, from: typeof from === "string" ? from : "", ...(Object.hasOwn(operation, "value") && { value: operation["value"] }) };
}

function sortedText(operation: JsonObject): string {
  const members = Object.entries(operation).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(members));
}

/** @returns the bytes that were copied. */
function applyOperation(draft: Draft, operation: Operation, copyableBytes: number): number {
  return APPLY[operation.op]?.(draft, operation, copyableBytes) ?? 0;
}

const APPLY: Readonly<Record<string, (draft: Draft, operation: Operation, copyableBytes: number) => number | undefined>> = {
  add(draft, { path, value }) {
    insert(placeOf(draft, path, `add operation does not apply: doc is missing path: "${path}"`), value);
    return undefined;
  },
  remove(draft, { path }) {
    remove(placeOf(draft, path, `remove operation does not apply: doc is missing path: "${path}"`));
    return undefined;
  },
  replace(draft, { path, value }) {
    if (path === "") {
      // A value that holds nothing replaces nothing, and is no error either.
      if (typeof value === "object" && value !== null) draft.root = value;
      return undefined;
    }
    const place = placeOf(draft, path, `replace operation does not apply: doc is missing path: ${path}`);
    if (lookUp(place) === undefined) throw unfittingPatch(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    write(place, value);
    return undefined;
  },
  move(draft, { from, path }) {
    const source = placeOf(draft, from, `move operation does not apply: doc is missing from path: ${from}`);
    const value = valueAt(source, `error in move for path: '${from}'`);
    remove(source);
    insert(placeOf(draft, path, `move operation does not apply: doc is missing destination path: ${path}`), value);
    return undefined;
  },
  copy(draft, { from, path }, copyableBytes) {
    const value = valueAt(
      placeOf(draft, from, `copy operation does not apply: doc is missing from path: ${from}`),
      `error in copy for from: '${from}'`,
    );
    const place = placeOf(draft, path, `copy operation does not apply: doc is missing destination path: ${path}`);
    const text = JSON.stringify(value);
    const bytes = Buffer.byteLength(text);
    if (bytes > copyableBytes) {
      const accumulated = MAX_COPIED_BYTES - copyableBytes + bytes;
      throw unfittingPatch(
        `Unable to complete the copy, the accumulated size increase of copy is ${accumulated}, exceeding the limit ${MAX_COPIED_BYTES}`,
      );
    }
    insert(place, JSON.parse(text));
    return bytes;
  },
  test(draft, operation) {
    const { path } = operation;
    if (!isAsExpected(path === "" ? { value: draft.root } : testedValue(draft, path), operation)) {
      throw unfittingPatch(`testing value ${path} failed: test failed`);
    }
    return undefined;
  },
};

function placeOf(draft: Draft, pointer: string, missing: string): Place {
  const place = draft.find(pointer);
  if (place === undefined) throw unfittingPatch(`${missing}: missing value`);
  return place;
}

function valueAt(place: Place, missing: string): unknown {
  const found = lookUp(place);
  if (found === undefined) throw unfittingPatch(`${missing}: unable to get nonexistent key: ${place.key}: missing value`);
  return found.value;
}

function testedValue(draft: Draft, path: string): { readonly value: unknown } | undefined {
  const place = placeOf(draft, path, `test operation does not apply: is missing path: ${path}`);
  const found = lookUp(place);
  if (found === undefined && Array.isArray(place.container))
    throw unfittingPatch(`error in test for path: '${path}': invalid index referenced`);
  return found;
}

function isAsExpected(found: { readonly value: unknown } | undefined, operation: Operation): boolean {
  return isDeepStrictEqual(found?.value ?? null, operation.value ?? null);
}
