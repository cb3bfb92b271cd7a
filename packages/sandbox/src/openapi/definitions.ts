import { ALWAYS_PRESENT } from "../apply/always-present.ts";
import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";
import { BUILTINS } from "./builtin-schema.ts";
import { OBJECT_META } from "./object-meta.ts";
import type { OpenapiResource } from "./resource.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const TEXT = { type: "string" } as const;

const LIST_META = {
  description: "Standard metadata of a list.",
  type: "object",
  properties: { continue: TEXT, remainingItemCount: { type: "integer", format: "int64" }, resourceVersion: TEXT, selfLink: TEXT },
} as const;

/** Types that others refer to by name, by the object that holds their members: a copy of a node still holds the same one. */
const NAME_BY_MEMBERS: ReadonlyMap<unknown, string> = new Map([
  [memberOf(OBJECT_META, "properties"), `${META}.ObjectMeta`],
  ...[...BUILTINS.nodeByName].flatMap(([name, { properties }]) => (properties === undefined ? [] : [[properties, name] as const])),
]);

const TYPE_NAME_BY_KIND: ReadonlyMap<string, string> = new Map(
  BUILTINS.kinds.map(({ group, version, kind, typeName }) => [`${group}/${version}/${kind}`, typeName]),
);

/** The name of the definition of a kind: that of its Go type, or the group backwards, the version and the kind. */
export function definitionName({ group, version, kind }: Pick<OpenapiResource, "group" | "kind" | "version">): string {
  return TYPE_NAME_BY_KIND.get(`${group}/${version}/${kind}`) ?? [...group.split(".").toReversed(), version, kind].join(".");
}

/** All definitions that the documents of `resources` need: their kinds, the lists of these, and what they refer to. */
export function definitionsOf(resources: readonly OpenapiResource[], prefix: string): JsonObject {
  const emission = new Emission(prefix);
  for (const resource of resources) emission.addKind(resource);
  return Object.fromEntries(emission.definitions);
}

class Emission {
  readonly definitions = new Map<string, JsonObject>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  addKind(resource: OpenapiResource): void {
    const name = definitionName(resource);
    const { group, version, kind, schema } = resource;
    const gvk = { group, version, kind };
    if (BUILTINS.nodeByName.has(name)) this.#addNamed(name);
    else
      this.definitions.set(name, {
        ...this.#emitMembers(schema === undefined ? { type: "object" } : withMeta(schema)),
        "x-kubernetes-group-version-kind": [gvk],
      });
    this.definitions.set(`${name}List`, {
      description: `A list of ${kind} objects.`,
      type: "object",
      required: ["items"],
      properties: {
        apiVersion: TEXT,
        items: { type: "array", items: this.#reference(name) },
        kind: TEXT,
        metadata: this.#reference(`${META}.ListMeta`),
      },
      "x-kubernetes-group-version-kind": [{ ...gvk, kind: `${kind}List` }],
    });
  }

  #reference(name: string): JsonObject {
    if (!this.definitions.has(name)) this.#addNamed(name);
    return { $ref: `${this.#prefix}${name}` };
  }

  #addNamed(name: string): void {
    const node = name === `${META}.ObjectMeta` ? OBJECT_META : name === `${META}.ListMeta` ? LIST_META : BUILTINS.nodeByName.get(name);
    if (node === undefined || this.definitions.has(name)) return;
    this.definitions.set(name, {}); // Types that contain themselves refer to it before it is complete.
    this.definitions.set(name, this.#emitMembers({ ...node }));
  }

  #emit(node: unknown): unknown {
    if (!isJsonObject(node)) return node;
    const name = NAME_BY_MEMBERS.get(node["properties"]);
    if (name === undefined) return this.#emitMembers(node);
    const facts = Object.entries(node).filter(
      ([key]) => key === "default" || key === "description" || key.startsWith("x-kubernetes-patch"),
    );
    return facts.length === 0 ? this.#reference(name) : { allOf: [this.#reference(name)], ...Object.fromEntries(facts) };
  }

  #emitMembers(node: JsonObject): JsonObject {
    const members = Object.entries(node).filter(([key]) => key !== ALWAYS_PRESENT);
    return Object.fromEntries(members.map(([key, value]) => [key, this.#emitMember(key, value)]));
  }

  #emitMember(key: string, value: unknown): unknown {
    if (key === "items" || key === "additionalProperties" || key === "not") return this.#emit(value);
    if (["allOf", "anyOf", "oneOf"].includes(key) && Array.isArray(value)) return value.map((each) => this.#emit(each));
    if (key !== "properties" || !isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, this.#emit(property)]));
  }
}

/** The schema of a custom resource with what every object has. */
function withMeta(schema: object): JsonObject {
  const properties = memberOf(schema, "properties");
  const own = {
    apiVersion: { ...TEXT, description: "The group and version of this form of the object." },
    kind: { ...TEXT, description: "The kind of the object." },
    metadata: OBJECT_META,
  };
  return { ...schema, properties: { ...own, ...(isJsonObject(properties) && properties), ...own } };
}
