import { type BuiltinNodes, readBuiltinTypes, type SchemaNode } from "./builtin-nodes.ts";

/** The types of the built-in kinds, read once. */
export const BUILTINS: BuiltinNodes = readBuiltinTypes();

const NODE_BY_KIND: ReadonlyMap<string, SchemaNode> = new Map(
  BUILTINS.kinds.flatMap(({ group, kind, typeName }) => {
    const node = BUILTINS.nodeByName.get(typeName);
    return node === undefined ? [] : [[`${group}/${kind}`, node] as const];
  }),
);

/**
 * The OpenAPI v3 schema of a built-in kind at the version that is served, with how its lists and objects are merged; `undefined` for kinds
 * that are not built in. The types of members stand in place: `JSONSchemaProps` contains itself, so walk it along an object.
 */
export function builtinSchema(group: string, kind: string): object | undefined {
  return NODE_BY_KIND.get(`${group}/${kind}`);
}
