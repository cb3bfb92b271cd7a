import type { JsonObject } from "../json.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { openapiV2, openapiV3Group, openapiV3Index, type OpenapiResource } from "../openapi/index.ts";

/** The answer to a path below `/openapi`; nothing when there is none. */
export function openapiDocument(path: string, kinds: () => readonly ServedKind[]): JsonObject | undefined {
  const [first, edition, root, ...rest] = path.split("/").filter(Boolean);
  if (first !== "openapi") return undefined;
  if (edition === "v2" && root === undefined) return openapiV2(kinds().map(resourceOf));
  if (edition !== "v3") return undefined;
  if (root === undefined) return openapiV3Index(kinds().map(resourceOf));
  const [group = "", version = ""] = root === "api" ? ["", ...rest] : rest;
  const members = kinds().filter((kind) => kind.group === group && kind.version === version);
  return openapiV3Group(members.map(resourceOf), group, version);
}

function resourceOf(kind: ServedKind): OpenapiResource {
  const { group, version, plural, resourceScope, subresources, rules, isCustom, schemaRevision } = kind;
  return {
    group,
    version,
    kind: kind.kind,
    plural,
    resourceScope,
    hasStatus: subresources.includes("status"),
    hasScale: subresources.includes("scale"),
    ...(isCustom && { schema: rules.schema, revision: schemaRevision }),
  };
}
