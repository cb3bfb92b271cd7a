/** The string formats that the API server checks, without dashes (Kubernetes 1.36). Others are ignored. */
const STRING_FORMATS: ReadonlySet<string> = new Set(
  (
    "bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor " +
    "byte password date duration datetime k8sshortname k8slongname"
  ).split(" "),
);

/** A format without the dashes, which do not matter. */
export function normalFormat(format: string): string {
  return format.replaceAll("-", "");
}

/** The format, if the server knows it for values of these types; else `""`. */
export function supportedFormat(types: readonly string[], format: string): string {
  const type = types.length === 1 ? types[0] : "";
  switch (type) {
    case "":
    case "string":
      return STRING_FORMATS.has(normalFormat(format)) ? format : "";
    case "integer":
      return format === "int32" || format === "int64" ? format : "";
    case "number":
      return format === "float" || format === "double" ? format : "";
    default:
      return "";
  }
}
