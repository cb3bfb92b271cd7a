import { createHash } from "node:crypto";
import { apiVersionOf } from "@polykind/apimachinery";
import { isJsonObject, type JsonObject } from "../patch/json-object.ts";
import { definitionName, definitionsOf } from "./definitions.ts";
import { type PathsContext, pathsOf } from "./paths.ts";
import type { OpenapiResource } from "./resource.ts";

const TITLE = { title: "Kubernetes", version: "1.36" } as const;

const V3_PREFIX = "#/components/schemas/";

const V3_PATHS: PathsContext = {
  describe: (name, type) => ({ name, in: "query", schema: { type, uniqueItems: true } }),
  request: (mediaTypes) => ({
    requestBody: { content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: { type: "object" } }])) },
  }),
  response: (definition) => ({ description: "OK", content: { "application/json": { schema: { $ref: `${V3_PREFIX}${definition}` } } } }),
  definitionOf: definitionName,
};

const V2_PREFIX = "#/definitions/";

const V2_PATHS: PathsContext = {
  describe: (name, type) => ({ name, in: "query", type, uniqueItems: true }),
  request: (mediaTypes) => ({ consumes: mediaTypes }),
  response: (definition) => ({ description: "OK", schema: { $ref: `${V2_PREFIX}${definition}` } }),
  definitionOf: definitionName,
};

/**
 * The answer to `/openapi/v3`: the document of each group and version, with a hash that changes when the document does, so
 * that clients may keep it for ever.
 */
export function openapiV3Index(resources: readonly OpenapiResource[]): JsonObject {
  const groups = Map.groupBy(resources, ({ group, version }) => documentPath(group, version));
  const entries = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    paths: Object.fromEntries(
      entries.map(([path, members]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(members)}` }]),
    ),
  };
}

function documentPath(group: string, version: string): string {
  return group === "" ? `api/${version}` : `apis/${apiVersionOf({ group, version })}`;
}

function hashOf(resources: readonly OpenapiResource[]): string {
  const hash = createHash("sha512");
  for (const { schema, revision, ...rest } of resources) hash.update(JSON.stringify([rest, revision ?? schema ?? null]));
  return hash.digest("hex").toUpperCase();
}

/** The OpenAPI v3 document of one group and version; `undefined` when none of `resources` is of it. */
export function openapiV3Group(resources: readonly OpenapiResource[], group: string, version: string): JsonObject | undefined {
  const members = resources.filter((resource) => resource.group === group && resource.version === version);
  if (members.length === 0) return undefined;
  return { openapi: "3.0.0", info: TITLE, paths: pathsOf(members, V3_PATHS), components: { schemas: definitionsOf(members, V3_PREFIX) } };
}

/** The OpenAPI v2 document of all resources, for clients that do not know v3. What v2 cannot say of a schema is left out. */
export function openapiV2(resources: readonly OpenapiResource[]): JsonObject {
  const definitions = Object.entries(definitionsOf(resources, V2_PREFIX)).map(([name, definition]) => [name, asV2(definition)]);
  return { swagger: "2.0", info: TITLE, paths: pathsOf(resources, V2_PATHS), definitions: Object.fromEntries(definitions) };
}

/** Key words of which v2 knows nothing. */
const V3_ONLY: ReadonlySet<string> = new Set(["allOf", "anyOf", "not", "nullable", "oneOf"]);

function asV2(node: unknown): unknown {
  if (!isJsonObject(node)) return node;
  const { allOf } = node;
  const only: unknown = Array.isArray(allOf) && allOf.length === 1 ? allOf[0] : undefined;
  // A reference stands alone in v2.
  if (isJsonObject(only) && "$ref" in only) return only;
  const kept = Object.entries(node).filter(([key]) => !V3_ONLY.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, memberAsV2(key, value)]));
}

/** Only schemas are schemas: what is a default or a value of an enumeration may look like one. */
function memberAsV2(key: string, value: unknown): unknown {
  if (key === "items" || key === "additionalProperties") return asV2(value);
  if (key !== "properties" || !isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, asV2(property)]));
}
