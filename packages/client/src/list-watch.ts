import {
  type ListCall,
  type ListWatch,
  type ObjectName,
  pathOf,
  type Resource,
  type WatchCall,
  type WatchedLines,
} from "@polykind/apimachinery";
import { headOf, requireJson } from "./answer.ts";
import { acceptOf, selectorsOf, withQuery } from "./query.ts";
import type { Requester } from "./requester.ts";
import type { Answer } from "./transport/exchange.ts";
import { ExchangeError, type RequestName, unreachableError } from "./transport/failure.ts";
import type { Selection } from "./types.ts";
import { WatchLines } from "./watch-lines.ts";

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
  const { limit, continue: token, resourceVersion, resourceVersionMatch, only, shape = selection.shape, signal } = call;
  const path = pathOf(resource, only?.namespace === undefined ? selection : { namespace: only.namespace });
  const received = await requester.call({
    method: "GET",
    path: withQuery(path, { ...selectorsOf(onlyOf(selection, only)), limit, continue: token, resourceVersion, resourceVersionMatch }),
    headers: { accept: acceptOf(shape, "list") },
    kind: "stream",
    key: path,
    timeoutMs: LIST_WITHIN_MS,
    signal,
  });
  requireJson(received, { method: "GET", path, host: requester.host }, received.body);
  return received.body;
}

/** `selection`, and of it only the object of this name. */
function onlyOf(selection: Selection, only: ObjectName | undefined): Selection {
  if (only === undefined) return selection;
  const fields = [selection.fieldSelector, `metadata.name=${only.name}`];
  return { ...selection, fieldSelector: fields.filter(Boolean).join(",") };
}

function watch({ requester, resource, selection, maxLineBytes }: ListWatchOptions, call: WatchCall): WatchedLines {
  const name: RequestName = { method: "WATCH", path: pathOf(resource, selection), host: requester.host };
  const path = withQuery(name.path, queryOf(call, selection));
  const headers = { accept: acceptOf(selection.shape, "watch") };
  return new WatchLines({
    signal: call.signal,
    stopped: requester.stopped,
    maxLineBytes,
    what: `watch of ${name.path} at ${name.host}`,
    errorOf: (cause) => (cause instanceof ExchangeError ? unreachableError(cause, name) : cause),
    async open(ending) {
      const answer = await requester.openStream({ method: "GET", path, headers }, { name, timeoutMs: WATCH_HEAD_WITHIN_MS, ending });
      await refuseUnlessJson(answer, name);
      return answer;
    },
  });
}

/** Throws what {@link requireJson} throws once nothing of `answer` is open. */
async function refuseUnlessJson(answer: Answer, name: RequestName): Promise<void> {
  try {
    requireJson(headOf(answer, 0), name);
  } catch (error) {
    await answer.cancel();
    throw error;
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
