import { type ElementOrders, elementTypeOf, identityOf, orderElements } from "./element-order.ts";
import { goText, isJsonObject, type JsonObject, jsonTypeOf, memberOf } from "./json-object.ts";
import { failingPatch, malformedPatch, unfittingPatch } from "./patch-error.ts";

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList";
const SET_ORDER = "$setElementOrder";

/**
 * Applies a strategic merge patch, with all its directives (`$patch`, `$retainKeys`, `$deleteFromPrimitiveList`,
 * `$setElementOrder`). `schema` is an OpenAPI v3 node that carries `x-kubernetes-patch-strategy` and
 * `x-kubernetes-patch-merge-key`; lists without a strategy are replaced.
 *
 * `object` and `patch` stay as they are; the result shares with them what was not changed.
 *
 * @throws PatchError 400 for a patch or a directive that is malformed, 422 for lists of lists, 500 for what the API server answers so:
 * items without their merge key, lists of mixed types.
 */
export function applyStrategicPatch(object: unknown, patch: unknown, schema: object): unknown {
  if (patch === null) return object;
  if (!isJsonObject(patch))
    throw malformedPatch(`json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`);
  return mergeObjects(isJsonObject(object) ? object : {}, patch, schema);
}

function mergeObjects(object: JsonObject, patch: JsonObject, schema: unknown): JsonObject {
  if (Object.hasOwn(patch, DIRECTIVE)) return directed(patch);
  const members = new Map(Object.entries(object));
  const changes = new Map(Object.entries(patch));
  retainKeys(members, changes);
  orderLists(members, changes, schema);
  for (const [key, value] of changes) mergeMember(members, key, value, schema);
  return Object.fromEntries(members);
}

function directed(patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === "delete") return {};
  if (directive !== "replace") throw failingPatch(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  return Object.fromEntries(Object.entries(patch).filter(([key]) => key !== DIRECTIVE));
}

function retainKeys(members: Map<string, unknown>, changes: Map<string, unknown>): void {
  if (!changes.has(RETAIN_KEYS)) return;
  const kept = changes.get(RETAIN_KEYS);
  changes.delete(RETAIN_KEYS);
  const isFitting = ([key, value]: readonly [string, unknown]): boolean =>
    value === null || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER) || (Array.isArray(kept) && kept.includes(key));
  if (!Array.isArray(kept) || ![...changes].every(isFitting)) throw malformedPatch("invalid patch format of retainKeys");
  for (const key of members.keys()) if (!kept.includes(key)) members.delete(key);
}

function mergeMember(members: Map<string, unknown>, rawKey: string, value: unknown, schema: unknown): void {
  const isDeletion = rawKey.startsWith(DELETE_FROM_LIST);
  const key = isDeletion ? keyAfter(rawKey, DELETE_FROM_LIST, "primitive list") : rawKey;
  if (value === null) {
    members.delete(key);
    return;
  }
  const current = members.get(key);
  const fieldSchema = schemaOfMember(schema, key);
  if (isJsonObject(current) && isJsonObject(value)) {
    members.set(key, strategyOf(fieldSchema) === "replace" ? value : mergeObjects(current, value, fieldSchema));
  } else if (Array.isArray(current) && Array.isArray(value)) {
    members.set(key, mergeField(current, value, fieldSchema, isDeletion));
  } else if (!isDeletion) {
    const plain = withoutDirectives(value);
    if (plain === undefined) members.delete(key);
    else members.set(key, plain);
  }
}

function keyAfter(key: string, prefix: string, format: string): string {
  if (!key.startsWith(`${prefix}/`)) throw malformedPatch(`invalid patch format of ${format}`);
  return key.slice(prefix.length + 1);
}

function schemaOfMember(schema: unknown, key: string): unknown {
  return memberOf(memberOf(schema, "properties"), key) ?? memberOf(schema, "additionalProperties");
}

/** `merge`, `replace` or nothing; retainKeys concerns those who make patches. */
function strategyOf(schema: unknown): string {
  const strategies = String(memberOf(schema, "x-kubernetes-patch-strategy") ?? "").split(",");
  return strategies.find((strategy) => strategy !== "retainKeys") ?? "";
}

function mergeKeyOf(schema: unknown): string {
  return String(memberOf(schema, "x-kubernetes-patch-merge-key") ?? "");
}

function mergeField(current: readonly unknown[], patch: readonly unknown[], schema: unknown, isDeletion: boolean): readonly unknown[] {
  if (!isDeletion && strategyOf(schema) !== "merge") return patch;
  if (current.length === 0 && patch.length === 0) return current;
  const mergeKey = mergeKeyOf(schema);
  if (elementTypeOf(refuseNestedLists(current), refuseNestedLists(patch)) === "scalar") {
    if (isDeletion) return current.filter((item) => !patch.includes(item));
    return orderElements([...new Set([...current, ...patch])], { patch, server: current, mergeKey });
  }
  if (mergeKey === "") throw failingPatch("cannot merge lists without merge key");
  return mergeItems(current, patch, mergeKey, memberOf(schema, "items"));
}

function refuseNestedLists(list: readonly unknown[]): readonly unknown[] {
  if (list.some(Array.isArray)) throw unfittingPatch("lists of lists are not supported");
  return list;
}

function mergeItems(current: readonly unknown[], patch: readonly unknown[], mergeKey: string, schema: unknown): readonly unknown[] {
  const directives = patch.filter((item) => memberOf(item, DIRECTIVE) !== undefined);
  const changes = patch.filter((item) => memberOf(item, DIRECTIVE) === undefined);
  const gone = new Set(directives.filter(isDeletionOfItem).map((item) => requireKey(item, mergeKey)));
  if (directives.some((item) => memberOf(item, DIRECTIVE) === "replace")) return changes;
  const merged = new Map<unknown, unknown>();
  for (const item of current) {
    if (!gone.has(identityOf(item, mergeKey))) merged.set(merged.has(requireKey(item, mergeKey)) ? item : identityOf(item, mergeKey), item);
  }
  for (const change of changes) {
    const key = requireKey(change, mergeKey);
    const before = merged.get(key);
    merged.set(key, isJsonObject(before) && isJsonObject(change) ? mergeObjects(before, change, schema) : change);
  }
  return orderElements([...merged.values()], { patch: changes, server: current, mergeKey });
}

function isDeletionOfItem(item: unknown): boolean {
  const directive = memberOf(item, DIRECTIVE);
  if (directive === "delete") return true;
  if (directive === "replace") return false;
  throw failingPatch(
    directive === "merge"
      ? "merging lists cannot yet be specified in the patch"
      : `unknown patch type: ${goText(directive)} in map: ${goText(item)}`,
  );
}

function requireKey(item: unknown, mergeKey: string): unknown {
  const key = memberOf(item, mergeKey);
  if (key === undefined) throw failingPatch(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  return key;
}

/** Merges the lists whose order the patch sets, and takes them out of `changes`. */
function orderLists(members: Map<string, unknown>, changes: Map<string, unknown>, schema: unknown): void {
  for (const [directive, order] of [...changes].filter(([key]) => key.startsWith(SET_ORDER))) {
    changes.delete(directive);
    const key = keyAfter(directive, SET_ORDER, "setElementOrder list");
    const fieldSchema = schemaOfMember(schema, key);
    const patch = requireList(changes.get(key));
    const current = requireList(members.get(key));
    const mergeKey = mergeKeyOf(fieldSchema);
    const orders: ElementOrders = { patch: requireList(order) ?? [], server: current ?? [], mergeKey };
    refuseContradiction(patch ?? [], orders);
    const merged = mergeForOrder(current, patch, fieldSchema);
    if (merged === undefined) continue;
    members.set(key, orderElements(merged, orders));
    changes.delete(key);
  }
}

function mergeForOrder(
  current: readonly unknown[] | undefined,
  patch: readonly unknown[] | undefined,
  schema: unknown,
): readonly unknown[] | undefined {
  if (current === undefined) return patch === undefined ? undefined : listWithoutDirectives(patch);
  return patch === undefined ? current : mergeField(current, patch, schema, false);
}

function requireList(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw failingPatch(`expected a []interface {}, but received a ${goTypeOf(value)}`);
}

function goTypeOf(value: unknown): string {
  const names = {
    array: "[]interface {}",
    bool: "bool",
    null: "%!s(<nil>)",
    number: "int64",
    object: "map[string]interface {}",
    string: "string",
  };
  return names[jsonTypeOf(value)];
}

/** What the patch brings must stand in the order that it sets, in that order; deletions aside. */
function refuseContradiction(patch: readonly unknown[], { patch: order, mergeKey }: ElementOrders): void {
  if (order.length === 0 || patch.length === 0) return;
  let next = 0;
  const brought = patch.filter((item) => memberOf(item, DIRECTIVE) === undefined);
  const idOf = (item: unknown): unknown => (mergeKey === "" ? item : requireKey(item, mergeKey));
  for (const item of order) if (next < brought.length && idOf(brought[next]) === idOf(item)) next += 1;
  if (next < brought.length)
    throw failingPatch(`The order in patch list:\n${goText(patch)}\n doesn't match ${SET_ORDER} list:\n${goText(order)}\n`);
}

/** The value as it is stored where there was none before: without nulls, without what only directs. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return listWithoutDirectives(value);
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  const members = Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([key, member]) => [key, withoutDirectives(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

function listWithoutDirectives(list: readonly unknown[]): readonly unknown[] {
  return list.map(withoutDirectives).filter((item) => item !== undefined);
}
