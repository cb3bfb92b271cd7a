import { notAcceptable } from "../status/index.ts";
import type { Shape } from "../verbs/shape.ts";

/** In what form an answer is wanted. */
export interface Wanted {
  readonly format: "json" | "yaml";
  readonly shape: Shape;
}

const ACCEPTED = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** The ranges of an `Accept` header, the most wanted first. */
export function parseAccept(header: string): readonly MediaRange[] {
  const ranges = header.split(",").map((part): MediaRange => {
    const [type = "", ...rest] = part.split(";").map((each) => each.trim());
    const parameters = new Map(
      rest.map((each) => [each.slice(0, each.indexOf("=")).toLowerCase(), each.slice(each.indexOf("=") + 1)] as const),
    );
    return { type: type.toLowerCase(), parameters, quality: Number(parameters.get("q") ?? 1) };
  });
  return ranges.toSorted((a, b) => b.quality - a.quality);
}

/** The form that a request accepts. @throws StatusError 406 when there is none. */
export function wantedOf(accept: string | undefined, includeObject: string | null): Wanted {
  for (const { type, parameters } of parseAccept(accept ?? "*/*")) {
    const format =
      type === "application/json" || type === "*/*" || type === "application/*" || type === ""
        ? "json"
        : type === "application/yaml"
          ? "yaml"
          : undefined;
    const as = asOf(parameters);
    if (format !== undefined && as !== undefined) return { format, shape: { as, includeObject: includeOf(includeObject) } };
  }
  throw notAcceptable(ACCEPTED);
}

function asOf(parameters: ReadonlyMap<string, string>): Shape["as"] | undefined {
  const as = parameters.get("as");
  if (as === undefined) return "Object";
  if (parameters.get("g") !== "meta.k8s.io" || !["v1", "v1beta1"].includes(parameters.get("v") ?? "")) return undefined;
  if (as === "Table") return parameters.get("v") === "v1" ? as : undefined;
  return as === "PartialObjectMetadata" || as === "PartialObjectMetadataList" ? "PartialObjectMetadata" : undefined;
}

function includeOf(text: string | null): Shape["includeObject"] {
  return text === "None" || text === "Object" ? text : "Metadata";
}

/** Whether a request prefers the aggregated form of discovery; with the content type of the answer. */
export function aggregatedDiscoveryType(accept: string | undefined): string | undefined {
  for (const { type, parameters } of parseAccept(accept ?? "")) {
    if (type !== "application/json") continue;
    if (parameters.get("as") !== "APIGroupDiscoveryList") return undefined;
    if (parameters.get("g") === "apidiscovery.k8s.io" && parameters.get("v") === "v2")
      return "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  }
  return undefined;
}
