import { shardSelectorOf } from "@polykind/apimachinery";
import type { Headers } from "./credentials/types.ts";
import type { Selection } from "./types.ts";

/** Parameters of a request; those that are absent are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `path` with `query`, escaped. */
export function withQuery(path: string, query: Query): string {
  let text = path;
  let separator = "?";
  for (const name in query) {
    const value = query[name];
    if (value === undefined) continue;
    text += `${separator}${name}=${typeof value === "string" ? encodeURIComponent(value) : value}`;
    separator = "&";
  }
  return text;
}

const NO_SELECTORS: Query = {};

/** The selectors of a list, a watch or a delete. */
export function selectorsOf({ labelSelector, fieldSelector, shard }: Selection): Query {
  if (labelSelector === undefined && fieldSelector === undefined && shard === undefined) return NO_SELECTORS;
  return { labelSelector, fieldSelector, shardSelector: shard && shardSelectorOf(shard) };
}

/** What to accept for a list or a watch of the given shape; as `PartialObjectMetadata` the server sends `metadata` only. */
export function acceptOf(shape: Selection["shape"], what: "list" | "watch"): string {
  if (shape !== "metadata") return "application/json";
  return `application/json;as=PartialObjectMetadata${what === "list" ? "List" : ""};g=meta.k8s.io;v=v1`;
}

/** As headers, the same object for the same question: what is said again and again is encoded once. */
export function acceptHeadersOf(shape: Selection["shape"], what: "list" | "watch"): Headers {
  return ACCEPT[what][shape === "metadata" ? "metadata" : "full"];
}

const ACCEPT = {
  list: { full: { accept: acceptOf("full", "list") }, metadata: { accept: acceptOf("metadata", "list") } },
  watch: { full: { accept: acceptOf("full", "watch") }, metadata: { accept: acceptOf("metadata", "watch") } },
} as const;
