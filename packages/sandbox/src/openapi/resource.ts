import type { Resource } from "@polykind/apimachinery";

/** A resource as the OpenAPI documents tell it. */
export interface OpenapiResource extends Resource {
  /** The `openAPIV3Schema` of a custom resource's version. Built-in kinds bring theirs. */
  readonly schema?: object | undefined;
  readonly hasStatus?: boolean | undefined;
  readonly hasScale?: boolean | undefined;
  /** Whatever changes when the schema does, such as the resource version of the CRD; saves hashing the schema. */
  readonly revision?: string | undefined;
}
