import {
  apiErrorOf,
  apiVersionOf,
  decodeWatchEvent,
  isKubeObject,
  isStatus,
  keyOf,
  type KubeObject,
  pathOf,
  type Resource,
  type Status,
} from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { type ObjectRecord, recordOf } from "./record.ts";
import type { Line, Page } from "./state.ts";

/** What every object of an informer must say of itself. */
export interface Expected {
  readonly apiVersion: string;
  readonly kind: string;
  /** What a list says of itself; absent where it is not known for certain. */
  readonly listKind?: string | undefined;
  /** Of the collection, for messages. */
  readonly path: string;
}

/** What metadata says of itself. */
export const METADATA: Omit<Expected, "path"> = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" };

/** What the objects of `resource` say of themselves in the given shape. */
export function expectedOf(resource: Resource, as: { readonly shape?: "full" | "metadata"; readonly namespace?: string }): Expected {
  return new ExpectedObjects(resource, as);
}

class ExpectedObjects implements Expected {
  readonly apiVersion: string;
  readonly kind: string;
  readonly listKind: string | undefined;
  readonly #resource: Resource;
  readonly #namespace: string | undefined;

  constructor(resource: Resource, { shape, namespace }: { readonly shape?: "full" | "metadata"; readonly namespace?: string }) {
    const isMetadata = shape === "metadata";
    this.apiVersion = isMetadata ? METADATA.apiVersion : apiVersionOf(resource);
    this.kind = isMetadata ? METADATA.kind : resource.kind;
    this.listKind = isMetadata ? undefined : resource.listKind;
    this.#resource = resource;
    this.#namespace = namespace;
  }

  /** Put together when a message names it. */
  get path(): string {
    return pathOf(this.#resource, this.#namespace === undefined ? {} : { namespace: this.#namespace });
  }
}

/**
 * What one line of a watch says. An ERROR event is returned as the error that its `Status` stands for.
 *
 * @throws PolykindError `API_PROTOCOL` when the line is no event, or its object is of another kind.
 */
export function decodeLine(line: Uint8Array, expected: Expected): Line | PolykindError {
  const event = decodeWatchEvent(line);
  switch (event.type) {
    case "BOOKMARK":
      return { type: "bookmark", version: event.resourceVersion, isInitialEventsEnd: event.isInitialEventsEnd };
    case "ERROR":
      return errorOf(event.status, expected);
    case "ADDED":
    case "MODIFIED":
      return { type: "upsert", record: ownRecordOf(event.object, expected) };
    case "DELETED":
      return { type: "remove", record: ownRecordOf(event.object, expected) };
  }
}

function errorOf(status: Status, { path }: Expected): PolykindError {
  return apiErrorOf(typeof status.code === "number" ? status.code : 500, status, { method: "watch", path, host: "the server" });
}

function ownRecordOf(object: KubeObject, expected: Expected): ObjectRecord {
  const { apiVersion, kind } = expected;
  if (object.kind === kind && object.apiVersion === apiVersion) return recordOf(object);
  throw new PolykindError(
    "API_PROTOCOL",
    `cannot decode ${object.metadata.name} of ${expected.path}: it is a ${object.kind} of ${object.apiVersion}, not a ${kind} of ${apiVersion}`,
    { facts: { found: object.kind } },
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * What one page of a list says. An object that cannot be read, but has a name, does not spoil the others: it is reported as unreadable.
 *
 * @throws PolykindError `API_PROTOCOL` when the body is no list, or one of another kind: a missing `items` must never look like an empty cluster.
 */
export function decodePage(body: Uint8Array, expected: Expected): Page {
  const list = parseList(body, expected);
  const { resourceVersion: version, continue: token } = list.metadata;
  const records: ObjectRecord[] = [];
  const unreadable: string[] = [];
  for (const item of list.items ?? []) {
    const object = typed(item, expected);
    if (isKubeObject(object)) records.push(ownRecordOf(object, expected));
    else unreadable.push(unreadableKeyOf(object, expected));
  }
  return { records, unreadable, version, continue: typeof token === "string" && token !== "" ? token : undefined };
}

interface RawList {
  readonly kind?: unknown;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: unknown };
  readonly items: readonly unknown[] | null;
}

function parseList(body: Uint8Array, expected: Expected): RawList {
  let list: unknown;
  try {
    list = JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new PolykindError("API_PROTOCOL", `cannot decode list of ${expected.path}: ${body.length} bytes are not JSON in UTF-8`, {
      cause,
      facts: { bytes: body.length },
    });
  }
  if (isStatus(list)) throw errorOf(list, expected);
  if (!isRawList(list))
    throw new PolykindError("API_PROTOCOL", `cannot decode list of ${expected.path}: it has no metadata.resourceVersion or no items`);
  if (expected.listKind !== undefined && typeof list.kind === "string" && list.kind !== expected.listKind)
    throw new PolykindError("API_PROTOCOL", `cannot decode list of ${expected.path}: it is a ${list.kind}, not a ${expected.listKind}`, {
      facts: { found: list.kind },
    });
  return list;
}

function isRawList(list: unknown): list is RawList {
  if (!isRecord(list) || !isRecord(list["metadata"])) return false;
  const { items } = list;
  const version = list["metadata"]["resourceVersion"];
  return typeof version === "string" && version !== "" && (items === null || Array.isArray(items));
}

/** Lists of built-in kinds leave out what all their items have in common. */
function typed(item: unknown, { apiVersion, kind }: Expected): unknown {
  return isRecord(item) && item["kind"] === undefined ? { ...item, apiVersion, kind } : item;
}

function unreadableKeyOf(object: unknown, { path }: Expected): string {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  if (isRecord(metadata)) {
    const { namespace, name } = metadata;
    if (typeof name === "string" && (namespace === undefined || typeof namespace === "string"))
      return keyOf({ name, ...(namespace !== undefined && { namespace }) });
  }
  throw new PolykindError("API_PROTOCOL", `cannot decode list of ${path}: an item has no name`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
