import {
  type ListCall,
  type ListWatch,
  type ObjectName,
  pathOf,
  type Resource,
  type WatchCall,
  type WatchedLines,
} from "@polykind/apimachinery";
import { isJson, requireJson } from "./answer.ts";
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
/** What no object is named that has a DNS name, and yet may be in a path: the server looks at no object but the one that would be there. */
const NOBODY: ObjectName = { name: "~" };
/** Need not be there. Over all namespaces the server would look at each object. */
const ANY_NAMESPACE = "default";

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
    const { requester, selection } = this.#options;
    const { path, selectors } = this.#placeOf(only);
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
    const { path, selectors } = this.#placeOf(call.objects === "none" ? this.#nobody() : undefined);
    const name: RequestName = { method: "WATCH", path, host: requester.host };
    const request = { method: "GET", path: withQuery(path, queryOf(call, selectors)), headers: acceptHeadersOf(selection.shape, "watch") };
    return new WatchLines({ stopped: requester.stopped, turns: requester.turns, maxLineBytes, name }, call, async (ending) => {
      const answer = await requester.openStream(request, { name, timeoutMs: WATCH_HEAD_WITHIN_MS, ending });
      if (!isJson(answer.headers.contentType)) await refuse(answer, name);
      return answer;
    });
  }

  /** Where to ask for all that is selected, or for `only` of it. */
  #placeOf(only: ObjectName | undefined): { readonly path: string; readonly selectors: Query } {
    if (only === undefined) return { path: this.#path, selectors: this.#selectors };
    const { resource, selection } = this.#options;
    const path = only.namespace === undefined ? this.#path : pathOf(resource, { namespace: only.namespace });
    return { path, selectors: selectorsOf(onlyOf(selection, only)) };
  }

  #nobody(): ObjectName {
    const { resource, selection } = this.#options;
    if (resource.resourceScope === "Cluster") return NOBODY;
    return { ...NOBODY, namespace: selection.namespace ?? ANY_NAMESPACE };
  }
}

/** `selection`, and of it only the object of this name. */
function onlyOf(selection: Selection, only: ObjectName): Selection {
  const fields = [selection.fieldSelector, `metadata.name=${only.name}`];
  return { ...selection, fieldSelector: fields.filter(Boolean).join(",") };
}

/** Throws what {@link requireJson} throws once nothing of `answer` is open. */
async function refuse(answer: Answer, name: RequestName): Promise<void> {
  await answer.cancel();
  requireJson(answer.headers, name);
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
