import type { IncomingHttpHeaders } from "node:http";
import type { SeenRequest } from "./wire-fault.ts";

/** What is read of a request; alike over HTTP/2 and HTTP/1.1. */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Paths of one object, and those that are of no resource. */
const NAMED =
  /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/)?[^/]+\/[^/]+$|^\/(?:version|api(?:\/v1)?|apis(?:\/[^/]+){0,2})$/;

/** A request as rules see it. */
export function seenRequestOf({ method, url, headers }: RequestHead, isReused: boolean): SeenRequest {
  const { pathname: path, searchParams: query } = new URL(url, "https://127.0.0.1");
  const isWatch = ["1", "true"].includes(query.get("watch") ?? "");
  const read = isWatch ? "watch" : NAMED.test(path) ? "get" : "list";
  return {
    at: performance.now(),
    verb: method === "GET" ? read : "write",
    method,
    path,
    query,
    authorization: headers.authorization ?? "",
    acceptEncoding: headers["accept-encoding"] ?? "",
    isReused,
  };
}
