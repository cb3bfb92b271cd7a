export { builtinSchema } from "./builtin-schema.ts";
export { openapiV2, openapiV3Group, openapiV3Index } from "./documents.ts";
export type { OpenapiResource } from "./resource.ts";
