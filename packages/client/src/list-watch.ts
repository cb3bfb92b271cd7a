import {
  type ListCall,
  type ListWatch,
  type ObjectName,
  pathOf,
  type Resource,
  type WatchCall,
  type WatchedLines,
} from "@polykind/apimachinery";
import { requireJson } from "./answer.ts";
import { acceptHeadersOf, type Query, selectorsOf, withQuery } from "./query.ts";
import type { Requester } from "./requester.ts";
import type { Answer } from "./transport/exchange.ts";
import type { RequestName } from "./transport/failure.ts";
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
  return new ResourceListWatch(options);
}

class ResourceListWatch implements ListWatch {
  readonly #options: ListWatchOptions;
  /** Of all that is selected. */
  readonly #path: string;
  readonly #selectors: Query;

  constructor(options: ListWatchOptions) {
    this.#options = options;
    this.#path = pathOf(options.resource, options.selection);
    this.#selectors = selectorsOf(options.selection);
  }

  async list({ limit, continue: token, resourceVersion, resourceVersionMatch, only, shape, signal }: ListCall): Promise<Uint8Array> {
    const { requester, resource, selection } = this.#options;
    const path = only?.namespace === undefined ? this.#path : pathOf(resource, { namespace: only.namespace });
    const selectors = only === undefined ? this.#selectors : selectorsOf(onlyOf(selection, only));
    const received = await requester.call({
      method: "GET",
      path: withQuery(path, { ...selectors, limit, continue: token, resourceVersion, resourceVersionMatch }),
      headers: acceptHeadersOf(shape ?? selection.shape, "list"),
      kind: "stream",
      key: path,
      timeoutMs: LIST_WITHIN_MS,
      signal,
    });
    requireJson(received, { method: "GET", path, host: requester.host }, received.body);
    return received.body;
  }

  watch(call: WatchCall): WatchedLines {
    const { requester, selection, maxLineBytes } = this.#options;
    const name: RequestName = { method: "WATCH", path: this.#path, host: requester.host };
    const path = withQuery(this.#path, queryOf(call, this.#selectors));
    const request = { method: "GET", path, headers: acceptHeadersOf(selection.shape, "watch") };
    return new WatchLines({ signal: call.signal, stopped: requester.stopped, maxLineBytes, name }, async (ending) => {
      const answer = await requester.openStream(request, { name, timeoutMs: WATCH_HEAD_WITHIN_MS, ending });
      await refuseUnlessJson(answer, name);
      return answer;
    });
  }
}

/** `selection`, and of it only the object of this name. */
function onlyOf(selection: Selection, only: ObjectName): Selection {
  const fields = [selection.fieldSelector, `metadata.name=${only.name}`];
  return { ...selection, fieldSelector: fields.filter(Boolean).join(",") };
}

/** Throws what {@link requireJson} throws once nothing of `answer` is open. */
async function refuseUnlessJson(answer: Answer, name: RequestName): Promise<void> {
  try {
    requireJson(answer.headers, name);
  } catch (error) {
    await answer.cancel();
    throw error;
  }
}

function queryOf({ resourceVersion, sendInitialEvents, timeoutSeconds }: WatchCall, selectors: Query): Query {
  return {
    watch: 1,
    allowWatchBookmarks: true,
    ...selectors,
    resourceVersion,
    // The server insists on the match where initial events are asked for, and refuses it elsewhere.
    sendInitialEvents: sendInitialEvents === true || undefined,
    resourceVersionMatch: sendInitialEvents === true ? "NotOlderThan" : undefined,
    timeoutSeconds,
  };
}
