import { PolykindError } from "@polykind/core";
import type { KubeObject } from "./object.ts";
import { isRecord } from "./record.ts";
import { isStatus, type Status } from "./status.ts";

/** One event of a watch. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string; readonly isInitialEventsEnd: boolean }
  | { readonly type: "ERROR"; readonly status: Status };

/** One page of a list. */
export interface ListPage<T extends KubeObject = KubeObject> {
  readonly items: readonly T[];
  /** The version of the list: where to watch on from. */
  readonly resourceVersion: string;
  /** The token of the next page, if there is one. */
  readonly continue: string | undefined;
}

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The event that one line of a watch tells.
 *
 * @throws PolykindError `API_PROTOCOL` when the line is not UTF-8, not JSON, or not a watch event.
 */
export function decodeWatchEvent<T extends KubeObject = KubeObject>(line: Uint8Array): WatchEvent<T> {
  const event = parseJson(line, "watch event");
  if (!isRecord(event) || !isRecord(event["object"])) throw breach("watch event", "it has no object");
  const { type, object } = event;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      if (!isKubeObject<T>(object)) throw breach("watch event", "its object has no apiVersion, kind, name, uid or resourceVersion");
      return { type, object };
    case "BOOKMARK":
      return decodeBookmark(object);
    case "ERROR":
      if (!isStatus(object)) throw breach("watch event", "an ERROR carries no Status");
      return { type, status: object };
    default:
      throw breach("watch event", `its type is ${JSON.stringify(type)}`);
  }
}

function decodeBookmark(object: Readonly<Record<string, unknown>>): WatchEvent<never> {
  const metadata = object["metadata"];
  if (!isRecord(metadata) || !isName(metadata["resourceVersion"])) throw breach("watch event", "a BOOKMARK has no resourceVersion");
  const annotations = metadata["annotations"];
  const isInitialEventsEnd =
    isRecord(annotations) && Object.hasOwn(annotations, INITIAL_EVENTS_END) && annotations[INITIAL_EVENTS_END] === "true";
  return { type: "BOOKMARK", resourceVersion: metadata["resourceVersion"], isInitialEventsEnd };
}

/**
 * The page that the body of a list tells. Items without `apiVersion` and `kind`, as lists of built-in kinds have them, get those of `as`.
 *
 * @throws PolykindError `API_PROTOCOL` when the body is not UTF-8, not JSON, or not a list.
 */
export function decodeList<T extends KubeObject = KubeObject>(
  body: Uint8Array,
  as: { readonly apiVersion: string; readonly kind: string },
): ListPage<T> {
  const list = parseJson(body, "list");
  if (!isRecord(list) || !isRecord(list["metadata"]) || typeof list["metadata"]["resourceVersion"] !== "string") {
    throw breach("list", "it has no metadata.resourceVersion");
  }
  const { resourceVersion, continue: token } = list["metadata"];
  const items = list["items"] ?? [];
  if (!Array.isArray(items)) throw breach("list", "its items are no array");
  return {
    items: items.map((item: unknown) => {
      const typed: unknown = isRecord(item) && item["kind"] === undefined ? { ...as, ...item } : item;
      if (!isKubeObject<T>(typed)) throw breach("list", "an item has no name, uid or resourceVersion");
      return typed;
    }),
    resourceVersion,
    continue: typeof token === "string" && token !== "" ? token : undefined,
  };
}

/** Whether `value` has what every object from a server has. */
export function isKubeObject<T extends KubeObject = KubeObject>(value: unknown): value is T {
  if (!isRecord(value) || typeof value["apiVersion"] !== "string" || typeof value["kind"] !== "string") return false;
  const metadata = value["metadata"];
  return isRecord(metadata) && [metadata["name"], metadata["uid"], metadata["resourceVersion"]].every(isName);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown;
  } catch (cause) {
    throw new PolykindError("API_PROTOCOL", `cannot decode ${what}: ${bytes.length} bytes are not JSON in UTF-8`, {
      cause,
      facts: { bytes: bytes.length },
    });
  }
}

function breach(what: string, why: string): PolykindError {
  return new PolykindError("API_PROTOCOL", `cannot decode ${what}: ${why}`);
}
