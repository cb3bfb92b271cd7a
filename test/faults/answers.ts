import type { FaultRule, LineFault, SeenRequest, WireFault } from "@polykind/testing";

/** A Status as an API server sends it. */
export function status(code: number, reason: string, message: string = reason): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

/** An answer with a Status. */
export function refusal(code: number, reason: string, headers: Readonly<Record<string, string>> = {}, message?: string): WireFault {
  return { is: "answer", status: code, headers, body: status(code, reason, message) };
}

/** An ERROR event in the stream. */
export function errorEvent(code: number, reason: string, after: Extract<LineFault, { readonly is: "insert" }>["after"]): LineFault {
  return { is: "insert", line: JSON.stringify({ type: "ERROR", object: status(code, reason) }), after };
}

export const WATCHES = ({ verb }: SeenRequest): boolean => verb === "watch";
export const LISTS = ({ verb }: SeenRequest): boolean => verb === "list";
/** Whatever lists: also by a WatchList. */
export const ANY_LISTS = (request: SeenRequest): boolean => LISTS(request) || WATCH_LISTS(request);
export const VICTIM = ({ path }: SeenRequest): boolean => path.endsWith("/configmaps");
/** A watch that does not begin with the present objects. */
export const PLAIN_WATCHES = ({ verb, query }: SeenRequest): boolean => verb === "watch" && !query.has("sendInitialEvents");
export const WATCH_LISTS = ({ verb, query }: SeenRequest): boolean => verb === "watch" && query.has("sendInitialEvents");

export const EXPIRED: WireFault = refusal(410, "Expired", {}, "too old resource version");

/** A server that does not offer WatchList. */
export const NO_WATCH_LIST: FaultRule = { when: WATCH_LISTS, fault: refusal(422, "Invalid", {}, "sendInitialEvents is forbidden") };
