import { type ListCall, type ListWatch, pathOf, type Resource, type WatchCall } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import { headOf, requireJson } from "./answer.ts";
import { listen } from "./call.ts";
import { LineQueue } from "./line-queue.ts";
import { acceptOf, selectorsOf, withQuery } from "./query.ts";
import type { Requester } from "./requester.ts";
import { ExchangeError, type RequestName, unreachableError } from "./transport/failure.ts";
import type { Selection } from "./types.ts";

/** How lists and watches of informers behave. */
export interface ListWatchOptions {
  readonly requester: Requester;
  readonly resource: Resource;
  readonly selection: Selection;
  readonly maxLineBytes: number;
}

/** A list of an informer may be long: the server itself gives up after 60 s. */
const LIST_WITHIN_MS = 120_000;
/** The head of a watch comes at once, or when the server's cache is fresh enough. */
const WATCH_HEAD_WITHIN_MS = 60_000;

/** The objects of one resource as an informer needs them; it tries nothing again by itself but what costs nothing. */
export function openListWatch(options: ListWatchOptions): ListWatch {
  return { list: (call) => list(options, call), watch: (call) => watch(options, call) };
}

async function list({ requester, resource, selection }: ListWatchOptions, call: ListCall): Promise<Uint8Array> {
  const { limit, continue: token, resourceVersion, resourceVersionMatch, signal } = call;
  const path = pathOf(resource, selection);
  const received = await requester.call({
    method: "GET",
    path: withQuery(path, { ...selectorsOf(selection), limit, continue: token, resourceVersion, resourceVersionMatch }),
    headers: { accept: acceptOf(selection.shape, "list") },
    kind: "stream",
    key: path,
    timeoutMs: LIST_WITHIN_MS,
    signal,
  });
  requireJson(received, { method: "GET", path, host: requester.host }, received.body);
  return received.body;
}

async function* watch(options: ListWatchOptions, call: WatchCall): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const { requester, resource, selection } = options;
  const name: RequestName = { method: "WATCH", path: pathOf(resource, selection), host: requester.host };
  const ending = new AbortController();
  const leaves = [listen(call.signal, (reason) => ending.abort(reason)), listen(requester.stopped, (reason) => ending.abort(reason))];
  try {
    yield* linesOf(options, { call, name, signal: ending.signal });
  } catch (cause) {
    if (call.signal.aborted) return;
    throw cause instanceof ExchangeError ? unreachableError(cause, name) : cause;
  } finally {
    for (const leave of leaves) leave();
  }
  if (requester.stopped.aborted && !call.signal.aborted) throw requester.stopped.reason as PolykindError; // the requester's own
}

interface OneWatch {
  readonly call: WatchCall;
  readonly name: RequestName;
  readonly signal: AbortSignal;
}

async function* linesOf(
  { requester, selection, maxLineBytes }: ListWatchOptions,
  { call, name, signal }: OneWatch,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  if (signal.aborted) return;
  const answer = await requester.openStream({
    verb: name.method,
    method: "GET",
    path: withQuery(name.path, queryOf(call, selection)),
    headers: { accept: acceptOf(selection.shape, "watch") },
    kind: "stream",
    key: name.path,
    timeoutMs: WATCH_HEAD_WITHIN_MS,
    signal,
  });
  try {
    requireJson(headOf(answer, 0), name);
    yield [];
    const lines = new LineQueue(answer, { maxLineBytes, what: `watch of ${name.path} at ${name.host}`, signal });
    for (let batch = await lines.next(); batch !== undefined; batch = await lines.next()) yield batch;
  } finally {
    await answer.cancel();
  }
}

function queryOf({ resourceVersion, sendInitialEvents, timeoutSeconds }: WatchCall, selection: Selection) {
  return {
    watch: 1,
    allowWatchBookmarks: true,
    ...selectorsOf(selection),
    resourceVersion,
    // The server insists on the match where initial events are asked for, and refuses it elsewhere.
    ...(sendInitialEvents === true && { sendInitialEvents, resourceVersionMatch: "NotOlderThan" }),
    timeoutSeconds,
  };
}
