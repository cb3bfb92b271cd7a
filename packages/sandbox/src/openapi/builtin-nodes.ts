import { ALWAYS_PRESENT } from "../apply/always-present.ts";
import { BUILTIN_TYPES } from "./builtin-types.ts";
import { OBJECT_META } from "./object-meta.ts";

/** A node of an OpenAPI v3 schema. */
export type SchemaNode = Readonly<Record<string, unknown>>;

type GrowingNode = Record<string, unknown>;

/** A kind that the server brings along. */
export interface BuiltinKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The name of its type, as the real server has it: `io.k8s.api.apps.v1.Deployment`. */
  readonly typeName: string;
}

/** All types of the built-in kinds. Types that contain themselves are cycles of nodes. */
export interface BuiltinNodes {
  readonly kinds: readonly BuiltinKind[];
  readonly nodeByName: ReadonlyMap<string, SchemaNode>;
}

const TEXT: SchemaNode = { type: "string" };

const NODE_BY_LETTER: Readonly<Record<string, SchemaNode>> = {
  s: TEXT,
  B: { type: "string", format: "byte" },
  t: { type: "string", format: "date-time" },
  q: { type: "string", format: "quantity" },
  x: { "x-kubernetes-int-or-string": true, format: "int-or-string", anyOf: [{ type: "integer" }, TEXT] },
  i: { type: "integer", format: "int32" },
  l: { type: "integer", format: "int64" },
  n: { type: "number", format: "double" },
  b: { type: "boolean" },
  any: { "x-kubernetes-map-type": "atomic", "x-kubernetes-preserve-unknown-fields": true },
  meta: { ...OBJECT_META },
};

/** What a scalar is in Go before someone sets it. */
const ZERO_BY_LETTER: Readonly<Record<string, unknown>> = { s: "", B: null, t: null, q: "0", x: 0, i: 0, l: 0, n: 0, b: false };

/** Reads the table of types. */
export function readBuiltinTypes(text: string = BUILTIN_TYPES): BuiltinNodes {
  const reading = new Reading();
  const lines = text.trim().split("\n").map(splitLine);
  let packageName = "";
  for (const [head, ...members] of lines) {
    if (head === "#") packageName = members[0] ?? "";
    else reading.declare(packageName, head, members);
  }
  for (const [head, ...members] of lines) {
    if (head === "#") packageName = members[0] ?? "";
    else reading.define(packageName, head, members);
  }
  return reading;
}

function splitLine(line: string): readonly [head: string, ...members: string[]] {
  const [head = "", ...members] = line.split(" ");
  return [head, ...members];
}

class Reading implements BuiltinNodes {
  readonly kinds: BuiltinKind[] = [];
  readonly nodeByName = new Map<string, GrowingNode>();

  /** Makes the node of a type with all but its members, so that others can contain it before those are known. */
  declare(packageName: string, head: string, members: readonly string[]): void {
    const { name, gvks, isAtomic } = readHead(head);
    const typeName = `${packageName}.${name}`;
    for (const gvk of gvks) this.kinds.push({ ...gvk, typeName });
    const required = members.map((member) => /^([^:!]+)!:/.exec(member)?.[1]).filter((key) => key !== undefined);
    this.nodeByName.set(typeName, {
      // Never without any member: kubectl takes an empty schema for none.
      ...(members[0] === "any" ? { "x-kubernetes-preserve-unknown-fields": true } : { type: "object" }),
      ...(members[0] !== "any" && members[0] !== "{}" && { properties: {} }),
      ...(required.length > 0 && { required }),
      ...(isAtomic && { "x-kubernetes-map-type": "atomic" }),
      ...(gvks.length > 0 && { "x-kubernetes-group-version-kind": gvks }),
    });
  }

  /** Fills in the members of a type that was declared. */
  define(packageName: string, head: string, members: readonly string[]): void {
    const { name, gvks } = readHead(head);
    const properties = this.nodeByName.get(`${packageName}.${name}`)?.["properties"] as GrowingNode | undefined; // As declared.
    if (properties === undefined) return;
    if (gvks.length > 0)
      Object.assign(properties, { apiVersion: TEXT, kind: TEXT, metadata: { ...OBJECT_META, default: {}, [ALWAYS_PRESENT]: {} } });
    for (const member of members) {
      const { key, node } = this.#readMember(member, packageName);
      properties[key] = node;
    }
  }

  #readMember(text: string, packageName: string): { readonly key: string; readonly node: SchemaNode } {
    const [, key = "", required, type = "", atomic, always, strategy, mergeKey, value] = MEMBER.exec(text) ?? [];
    return {
      key,
      node: {
        ...this.#typeNode(type, packageName),
        ...(atomic !== undefined && { "x-kubernetes-map-type": "atomic" }),
        ...presenceOf(type, { isRequired: required === "!", isAlways: always !== undefined }),
        ...(strategy !== undefined && { "x-kubernetes-patch-strategy": strategy }),
        ...(mergeKey !== undefined && mergeKey !== "" && { "x-kubernetes-patch-merge-key": mergeKey }),
        ...(value !== undefined && { default: JSON.parse(value) as unknown }),
      },
    };
  }

  #typeNode(text: string, packageName: string): SchemaNode {
    if (text.startsWith("{"))
      return { type: "object", additionalProperties: text === "{any}" ? true : this.#typeNode(text.slice(1, -1), packageName) };
    if (!text.startsWith("["))
      return NODE_BY_LETTER[text] ?? this.nodeByName.get(text.includes(".") ? text : `${packageName}.${text}`) ?? {};
    const bar = text.indexOf("|");
    const items = this.#typeNode(text.slice(bar + 1 || 1, -1), packageName);
    return { type: "array", items, ...listFacts(bar === -1 ? "" : text.slice(1, bar)) };
  }
}

const MEMBER = /^([^:!]+)(!?):(\[[^\]]*\]|\{[^}]*\}|[\w.-]+)(@)?(=(?!["\d]))?(?:~([^~]*)~([^=]*))?(?:=(.+))?$/;

function readHead(head: string): {
  readonly name: string;
  readonly gvks: readonly { readonly group: string; readonly version: string; readonly kind: string }[];
  readonly isAtomic: boolean;
} {
  const name = /^[^(@]+/.exec(head)?.[0] ?? head;
  const gvks = [...head.matchAll(/\(([^/)]*)\/([^)]*)\)/g)].map(([, group = "", version = ""]) => ({ group, version, kind: name }));
  return { name, gvks, isAtomic: head.endsWith("@") };
}

function presenceOf(type: string, { isRequired, isAlways }: { readonly isRequired: boolean; readonly isAlways: boolean }): SchemaNode {
  if (isAlways) return { default: {}, [ALWAYS_PRESENT]: {} };
  if (!isRequired) return {};
  const zero = ZERO_BY_LETTER[type] ?? null;
  return zero === null ? { [ALWAYS_PRESENT]: null } : { default: zero, [ALWAYS_PRESENT]: zero };
}

function listFacts(keys: string): SchemaNode {
  if (keys === "") return { "x-kubernetes-list-type": "atomic" };
  return keys === "set"
    ? { "x-kubernetes-list-type": "set" }
    : { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys.split(",") };
}
