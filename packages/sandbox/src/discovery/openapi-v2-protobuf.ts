/** The only form of `/openapi/v2` that kubectl asks for. */
export const OPENAPI_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/**
 * An OpenAPI v2 document without paths and definitions, in protobuf: kubectl looks here for kinds that it does not find in v3, and must be able to read that
 * they are not here either. Source: `gnostic/openapiv2/OpenAPIv2.proto`: swagger is field 1, info 2, paths 8; of info, title is 1, version 2.
 */
export function emptyOpenapiV2(): string {
  const info = field(1, "Kubernetes") + field(2, "1.36");
  return field(1, "2.0") + field(2, info) + field(8, "");
}

/** A field of a length below 128, of letters below 128: then bytes and letters are the same. */
function field(number: number, content: string): string {
  return String.fromCharCode((number << 3) | 2, content.length) + content;
}
