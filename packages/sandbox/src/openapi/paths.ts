import { pathOf } from "@polykind/apimachinery";
import type { JsonObject } from "../patch/json-object.ts";
import type { OpenapiResource } from "./resource.ts";

interface Verb {
  readonly method: "delete" | "get" | "patch" | "post" | "put";
  readonly action: string;
  readonly isWrite: boolean;
}

const COLLECTION_VERBS: readonly Verb[] = [
  { method: "get", action: "list", isWrite: false },
  { method: "post", action: "post", isWrite: true },
  { method: "delete", action: "deletecollection", isWrite: false },
];

const OBJECT_VERBS: readonly Verb[] = [
  { method: "get", action: "get", isWrite: false },
  { method: "put", action: "put", isWrite: true },
  { method: "patch", action: "patch", isWrite: true },
  { method: "delete", action: "delete", isWrite: false },
];

const SUBRESOURCE_VERBS: readonly Verb[] = OBJECT_VERBS.filter(({ method }) => method !== "delete");

/** By these clients see what a write can be asked for: kubectl looks for `fieldValidation` and `dryRun` before it uses them. */
const WRITE_PARAMETERS = ["dryRun", "fieldManager", "fieldValidation"] as const;

/** Writes a query parameter as the version of OpenAPI has it. */
export type DescribeParameter = (name: string, type: "boolean" | "string") => JsonObject;

/** The media types of patches; the last one for built-in kinds alone. */
const PATCH_TYPES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
] as const;

/** What the paths of a document are made with. */
export interface PathsContext {
  /** What a patch may be, as the version of OpenAPI writes it. */
  readonly request: (mediaTypes: readonly string[]) => JsonObject;
  readonly describe: DescribeParameter;
  /** What an answer holds, as the version of OpenAPI writes it. */
  readonly response: (definition: string) => JsonObject;
  readonly definitionOf: (resource: OpenapiResource) => string;
}

/** The paths of resources with their verbs, each telling the kind that it is about. */
export function pathsOf(resources: readonly OpenapiResource[], context: PathsContext): JsonObject {
  return Object.fromEntries(resources.flatMap((resource) => pathsOfResource(resource, context)));
}

function pathsOfResource(resource: OpenapiResource, context: PathsContext): readonly (readonly [string, JsonObject])[] {
  const isNamespaced = resource.resourceScope === "Namespaced";
  const collection = unescaped(pathOf(resource, isNamespaced ? { namespace: "{namespace}" } : {}));
  const subresources = [...(resource.hasStatus === true ? ["status"] : []), ...(resource.hasScale === true ? ["scale"] : [])];
  const item = (verbs: readonly Verb[]): JsonObject => operations(resource, verbs, context);
  return [
    ...(isNamespaced ? [[pathOf(resource), item(COLLECTION_VERBS.slice(0, 1))] as const] : []),
    [collection, item(COLLECTION_VERBS)],
    [`${collection}/{name}`, item(OBJECT_VERBS)],
    ...subresources.map((subresource) => [`${collection}/{name}/${subresource}`, item(SUBRESOURCE_VERBS)] as const),
  ];
}

function unescaped(path: string): string {
  return path.replaceAll("%7B", "{").replaceAll("%7D", "}");
}

function operations(resource: OpenapiResource, verbs: readonly Verb[], context: PathsContext): JsonObject {
  return Object.fromEntries(verbs.map((verb) => [verb.method, operation(resource, verb, context)]));
}

function operation(
  resource: OpenapiResource,
  { action, isWrite }: Verb,
  { describe, request, response, definitionOf }: PathsContext,
): JsonObject {
  const { group, version, kind } = resource;
  const definition = definitionOf(resource);
  return {
    description: `${action} ${kind}`,
    ...(isWrite && {
      parameters: [
        ...WRITE_PARAMETERS.map((name) => describe(name, "string")),
        ...(action === "patch" ? [describe("force", "boolean")] : []),
      ],
    }),
    ...(action === "patch" && request(resource.schema === undefined ? PATCH_TYPES : PATCH_TYPES.slice(0, -1))),
    responses: { "200": response(action === "list" ? `${definition}List` : definition) },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}
