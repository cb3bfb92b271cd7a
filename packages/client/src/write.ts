import type { Query } from "./query.ts";
import type { DeleteOptions, Patch, WriteOptions } from "./types.ts";

/** Who owns what is written, unless told otherwise. */
export const FIELD_MANAGER = "polykind";

/** The parameters of a create or a patch. */
export function writeQueryOf({ fieldManager = FIELD_MANAGER, fieldValidation = "Strict", dryRun = false }: WriteOptions): Query {
  return { fieldManager, fieldValidation, dryRun: dryRun ? "All" : undefined };
}

/** The body of a patch, and the content type by which the server tells its kind. */
export function patchBodyOf(patch: Patch): { readonly body: unknown; readonly contentType: string } {
  switch (patch.type) {
    case "json":
      return { body: patch.operations, contentType: "application/json-patch+json" };
    case "merge":
      return { body: patch.body, contentType: "application/merge-patch+json" };
    case "strategic":
      return { body: patch.body, contentType: "application/strategic-merge-patch+json" };
    case "apply":
      // JSON is YAML, and the type that every server since 1.16 takes.
      return { body: patch.body, contentType: "application/apply-patch+yaml" };
  }
}

/** The `DeleteOptions` object. */
export function deleteBodyOf({ propagationPolicy, uid, resourceVersion, dryRun = false }: DeleteOptions): object {
  const preconditions = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(propagationPolicy !== undefined && { propagationPolicy }),
    ...(Object.keys(preconditions).length > 0 && { preconditions }),
    ...(dryRun && { dryRun: ["All"] }),
  };
}
