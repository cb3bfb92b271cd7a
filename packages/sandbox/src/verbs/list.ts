import { apiVersionOf, type KubeObject } from "@polykind/apimachinery";
import type { JsonObject } from "../json.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { expired, versionTooLarge } from "../status/index.ts";
import { compareText } from "../store/order.ts";
import type { Stored } from "../store/stored.ts";
import type { Answer, Call } from "./call.ts";
import type { Cluster } from "./cluster.ts";
import { type Continuation, continueTokenOf, parseContinueToken } from "./continue-token.ts";
import { type ListOptions, listOptionsOf, revisionOf } from "./options.ts";
import { type Selection, selectionOf } from "./selection.ts";

/** GET of a collection. @throws StatusError 400, 410, 422 and 504. */
export function list(call: Call, { store }: Cluster): Answer {
  const options = listOptionsOf(call.query, false);
  const selection = selectionOf(call, options);
  const page = pageOf(call, options, { selection, current: store.revision });
  return { code: 200, object: listObject(call.kind, page) };
}

/** One page of a list, in the served version. */
export interface Page {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  readonly continue: string;
  readonly remaining: number | undefined;
}

/** The list object around a page: as the server writes it for custom and for built-in kinds. */
export function listObject(kind: ServedKind, { items, revision, continue: token, remaining }: Page): JsonObject {
  const apiVersion = apiVersionOf(kind);
  const count = remaining === undefined ? {} : { remainingItemCount: remaining };
  if (kind.isCustom) {
    return { apiVersion, items, kind: kind.listKind, metadata: { continue: token, ...count, resourceVersion: String(revision) } };
  }
  const metadata = { resourceVersion: String(revision), ...(token !== "" && { continue: token }), ...count };
  const bare = kind.group === "apiextensions.k8s.io" ? items : items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined }));
  return { kind: kind.listKind, apiVersion, metadata, items: bare };
}

interface Reading {
  readonly selection: Selection | undefined;
  readonly current: number;
}

function pageOf(call: Call, options: ListOptions, { selection, current }: Reading): Page {
  const from = options.continue === "" ? undefined : parseContinueToken(options.continue);
  const { states, revision } = statesOf(call, options, { from, current });
  const first = from === undefined ? 0 : firstIndexOf(states, from.start);
  const limit = options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit;
  const items: KubeObject[] = [];
  let next = first;
  for (; next < states.length && items.length < limit; next += 1) {
    const object = call.kind.read(states[next] as Stored); // The index is below the length.
    if (selection === undefined || selection(object)) items.push(object);
  }
  const left = states.length - next;
  if (left === 0) return { items, revision, continue: "", remaining: undefined };
  const token = continueTokenOf(from?.revision === -1 ? -1 : revision, states[next - 1]?.key ?? "");
  // With a selector the server does not know how many of the rest will match.
  return { items, revision, continue: token, remaining: selection === undefined ? left : undefined };
}

function statesOf(
  { kind: { collection }, namespace }: Call,
  options: ListOptions,
  { from, current }: { readonly from: Continuation | undefined; readonly current: number },
): { readonly states: readonly Stored[]; readonly revision: number } {
  const asked = from === undefined ? options.resourceVersion : "";
  const revision = from === undefined || from.revision === -1 ? (asked === "" ? current : revisionOf(asked)) : from.revision;
  if (revision > current) throw versionTooLarge(String(revision), current);
  const isExact =
    (from !== undefined && from.revision !== -1) ||
    options.resourceVersionMatch === "Exact" ||
    (asked !== "" && asked !== "0" && options.limit !== undefined && options.resourceVersionMatch === "");
  if (!isExact) return { states: collection.list(namespace), revision: current };
  const states = collection.listAt(revision, namespace);
  if (states !== undefined) return { states, revision };
  if (from === undefined) throw expired(`The resourceVersion for the provided list is too old.`);
  throw expired(CONTINUE_EXPIRED, continueTokenOf(-1, from.start.slice(0, -1)));
}

const CONTINUE_EXPIRED =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

function firstIndexOf(states: readonly Stored[], start: string): number {
  const found = states.findIndex(({ key }) => compareText(key, start) >= 0);
  return found === -1 ? states.length : found;
}
