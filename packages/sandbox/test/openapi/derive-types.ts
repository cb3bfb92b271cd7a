import { writeFile } from "node:fs/promises";
import { isJsonObject, type JsonObject, memberOf } from "../../src/patch/json-object.ts";
import type { RealServer } from "../apply/real-server.ts";

/**
 * Derives the table of `src/openapi/builtin-types.ts` from the OpenAPI documents of a real API server: the names and types of members, and
 * how lists and objects are merged. No descriptions.
 */
export async function deriveTypes(server: RealServer): Promise<readonly string[]> {
  const schemas = await readSchemas(server);
  const kinds = new Map([...schemas].filter(([name, schema]) => kindsOf(schema).some(isServedKind) && !isOptions(name)));
  const wanted = new Set<string>();
  for (const name of kinds.keys()) collect(name, schemas, wanted);
  const lines: string[] = [];
  let lastPackage = "";
  for (const name of [...wanted].toSorted(compareNames)) {
    const schema = schemas.get(name) ?? {};
    if (SPECIAL.has(name)) continue;
    if (packageOf(name) !== lastPackage) lines.push(`# ${packageOf(name)}`);
    lastPackage = packageOf(name);
    lines.push(lineOf(name, schema, kinds.has(name) ? kindsOf(schema).filter(isServedKind) : []));
  }
  return lines;
}

/** Derives the table anew and writes the file that holds it. */
export async function writeTypes(server: RealServer): Promise<void> {
  const lines = await deriveTypes(server);
  const text = lines.join("\n").replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
  await writeFile(TYPES_FILE, `${HEAD}export const BUILTIN_TYPES: string = \`\n${text}\n\`;\n`);
}

const TYPES_FILE = new URL("../../src/openapi/builtin-types.ts", import.meta.url);

const HEAD = `/**
 * The types of the built-in kinds, a line each, derived from the OpenAPI documents of the real API server by the record script of the tests.
 *
 * A line after \`# package\` is: the name; \`(group/version)\` of a kind, which then has apiVersion, kind and metadata too; \`@\` when it is
 * merged as a whole; the members. A member is: its name; \`!\` when the server always writes it; \`:\` and its type; \`=\` when it is an object that is
 * always there; \`~strategy~key\` of strategic merge patch; \`="default"\`. Types: s text, i and l whole numbers of 32 and 64 bits, n number, b boolean, B bytes,
 * t time, q quantity, x number or text, any, meta; \`[type]\` list, \`[set|type]\`, \`[key,key|type]\` map by keys; \`{type}\` object with members
 * of any name; otherwise a type by its name.
 */
`;

/** Types that the notation has letters for, and the metadata, which is written by hand. */
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ["io.k8s.apimachinery.pkg.api.resource.Quantity", "q"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "t"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "meta"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.Time", "t"],
  ["io.k8s.apimachinery.pkg.runtime.RawExtension", "any"],
  ["io.k8s.apimachinery.pkg.util.intstr.IntOrString", "x"],
]);

interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

async function readSchemas(server: RealServer): Promise<ReadonlyMap<string, JsonObject>> {
  const index = (await server.send({ method: "GET", path: "/openapi/v3" })).body;
  const schemas = new Map<string, JsonObject>();
  for (const path of Object.keys(memberOf(index, "paths") ?? {})) {
    const { body } = await server.send({ method: "GET", path: `/openapi/v3/${path}` });
    for (const [name, schema] of Object.entries((memberOf(memberOf(body, "components"), "schemas") ?? {}) as JsonObject)) {
      if (name.startsWith("io.k8s.") && isJsonObject(schema)) schemas.set(name, schema);
    }
  }
  return schemas;
}

function kindsOf(schema: JsonObject): readonly Gvk[] {
  const kinds = schema["x-kubernetes-group-version-kind"];
  return Array.isArray(kinds) ? (kinds as readonly Gvk[]) : []; // So the extension is defined.
}

/** Kinds of which a server keeps objects, or answers reviews; neither lists nor what only travels. */
function isServedKind({ kind, group, version }: Gvk): boolean {
  if (/List$|Options$|^(?:API|Status$|WatchEvent$)/.test(kind)) return false;
  return version === "v1" || group === "autoscaling";
}

function isOptions(name: string): boolean {
  return /\.meta\.v1\.(?:DeleteOptions|Status|WatchEvent|API)/.test(name);
}

function collect(name: string, schemas: ReadonlyMap<string, JsonObject>, wanted: Set<string>): void {
  if (wanted.has(name)) return;
  wanted.add(name);
  if (!SPECIAL.has(name)) for (const reference of referencesIn(schemas.get(name))) collect(reference, schemas, wanted);
}

function* referencesIn(value: unknown): Generator<string, void, undefined> {
  if (Array.isArray(value)) for (const item of value) yield* referencesIn(item);
  if (!isJsonObject(value)) return;
  if (typeof value["$ref"] === "string") yield nameOfReference(value["$ref"]);
  for (const member of Object.values(value)) yield* referencesIn(member);
}

function nameOfReference(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

function packageOf(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}

function compareNames(a: string, b: string): number {
  return Number(packageOf(a) > packageOf(b)) - Number(packageOf(a) < packageOf(b)) || Number(a > b) - Number(a < b);
}

function lineOf(name: string, schema: JsonObject, kinds: readonly Gvk[]): string {
  const required = schema["required"];
  const implied = kinds.length > 0 ? ["apiVersion", "kind", "metadata"] : [];
  const properties = Object.entries((schema["properties"] ?? {}) as JsonObject).filter(([key]) => !implied.includes(key));
  const served = kinds.map(({ group, version }) => `(${group}/${version})`).join("");
  const atomic = schema["x-kubernetes-map-type"] === "atomic" ? "@" : "";
  const open = properties.length === 0 && kinds.length === 0 ? (schema["type"] === "object" ? " {}" : " any") : "";
  const members = properties.map(([key, property]) =>
    memberText(key, property as JsonObject, { isRequired: Array.isArray(required) && required.includes(key), from: name }),
  );
  return `${name.slice(name.lastIndexOf(".") + 1)}${served}${atomic}${open}${members.map((text) => ` ${text}`).join("")}`;
}

interface MemberContext {
  readonly isRequired: boolean;
  /** The name of the type that has the member. */
  readonly from: string;
}

/** Defaults that a required scalar has anyway, since Go has them. */
const ZEROS: readonly unknown[] = ["", 0, false];

function memberText(key: string, property: JsonObject, { isRequired, from }: MemberContext): string {
  const { default: value } = property;
  const isZero = isRequired && ZEROS.includes(value);
  const isAlways = isJsonObject(value);
  const defaultText = value === undefined || isZero || isAlways ? "" : `=${JSON.stringify(value)}`;
  return `${key}${isRequired ? "!" : ""}:${typeText(property, from)}${isAlways ? "=" : ""}${patchText(property)}${defaultText}`;
}

function patchText(property: JsonObject): string {
  const strategy = property["x-kubernetes-patch-strategy"];
  if (strategy === undefined) return "";
  return `~${String(strategy)}~${String(property["x-kubernetes-patch-merge-key"] ?? "")}`;
}

function typeText(property: JsonObject, from: string): string {
  const [all] = Array.isArray(property["allOf"]) ? (property["allOf"] as readonly JsonObject[]) : [property];
  const reference = memberOf(all, "$ref");
  if (typeof reference === "string") return `${referenceText(nameOfReference(reference), from)}${atomicText(property)}`;
  switch (property["type"]) {
    case "array":
      return `[${listText(property)}${typeText(property["items"] as JsonObject, from)}]`;
    case "object":
      return `{${isJsonObject(property["additionalProperties"]) ? typeText(property["additionalProperties"], from) : "any"}}${atomicText(property)}`;
    default:
      return scalarText(property);
  }
}

function atomicText(property: JsonObject): string {
  return property["x-kubernetes-map-type"] === "atomic" ? "@" : "";
}

function listText(property: JsonObject): string {
  switch (property["x-kubernetes-list-type"]) {
    case "set":
      return "set|";
    case "map":
      return `${(property["x-kubernetes-list-map-keys"] as readonly string[]).join(",")}|`;
    default:
      return "";
  }
}

function referenceText(name: string, from: string): string {
  const letter = SPECIAL.get(name);
  if (letter !== undefined) return letter;
  return packageOf(name) === packageOf(from) ? name.slice(name.lastIndexOf(".") + 1) : name;
}

function scalarText({ type, format }: JsonObject): string {
  const letters: Readonly<Record<string, string>> = {
    boolean: "b",
    integer: format === "int64" ? "l" : "i",
    number: "n",
    string: format === "byte" ? "B" : "s",
  };
  return letters[String(type)] ?? "any";
}
