import { isDeepStrictEqual } from "node:util";
import { isKubeObject, keyOf, type KubeObject } from "@polykind/apimachinery";
import { isPolykindError, PolykindError } from "@polykind/core";
import { withoutBookkeeping } from "@polykind/informer";
import type { Expected } from "../../packages/informer/src/reflector/decode.ts";
import { Decoder } from "../../packages/informer/src/reflector/decoder.ts";
import type { Line } from "../../packages/informer/src/reflector/state.ts";
import { Bodies } from "../../packages/informer/src/store/body.ts";

/** What the informer of the corpus expects. */
export const EXPECTED: Expected = { apiVersion: "sim.example.com/v1", kind: "Gizmo", path: "/apis/sim.example.com/v1/gizmos" };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Holds what the informer makes of `line`, by the scanner and by parsing at once, against what `JSON.parse` makes of it.
 *
 * @throws Error when they differ, or when anything but a typed error comes.
 */
export function compare(line: Uint8Array): "equal" | "refused" {
  const truth = truthOf(line);
  for (const bodies of [undefined, new Bodies({ finished: withoutBookkeeping })]) {
    const decoded = decode(line, new Decoder(EXPECTED, bodies));
    const difference = differenceOf(decoded, truth);
    if (difference !== undefined)
      throw new Error(`${bodies === undefined ? "parser" : "scanner"}: ${difference}: ${Buffer.from(line).toString()}`);
  }
  return truth === undefined ? "refused" : "equal";
}

type Event = { readonly type: string; readonly object: KubeObject };

/** The event by `JSON.parse`; `undefined` where it is none of an informer of gizmos. */
function truthOf(line: Uint8Array): Event | undefined {
  let event: unknown;
  try {
    event = JSON.parse(utf8.decode(line));
  } catch {
    return undefined;
  }
  if (!isRecord(event) || !isRecord(event["object"])) return undefined;
  const { type, object } = event;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return isKubeObject(object) && object.kind === EXPECTED.kind && object.apiVersion === EXPECTED.apiVersion
        ? { type, object }
        : undefined;
    case "BOOKMARK":
      return isRecord(object["metadata"]) && typeof object["metadata"]["resourceVersion"] === "string"
        ? { type, object: object as unknown as KubeObject } // Only its version is read.
        : undefined;
    case "ERROR":
      return object["kind"] === "Status" ? { type, object: object as unknown as KubeObject } : undefined; // As above.
    default:
      return undefined;
  }
}

type Decoded = Line | PolykindError | { readonly type: "refused" };

function decode(line: Uint8Array, decoder: Decoder): Decoded {
  try {
    return decoder.line(line);
  } catch (cause) {
    if (isPolykindError(cause, "API_PROTOCOL")) return { type: "refused" };
    throw new Error(`an untyped error for ${Buffer.from(line).toString()}`, { cause });
  }
}

const LINE_TYPES: Readonly<Record<string, string>> = { ADDED: "upsert", MODIFIED: "upsert", DELETED: "remove", BOOKMARK: "bookmark" };

function differenceOf(decoded: Decoded, truth: Event | undefined): string | undefined {
  if (decoded instanceof PolykindError) return truth?.type === "ERROR" ? undefined : "an ERROR that is none";
  if (truth === undefined) return decoded.type === "refused" ? undefined : "taken, and is no event";
  // What counts as a Status is for the decoder to say.
  if (truth.type === "ERROR") return decoded.type === "refused" ? undefined : "an ERROR that was taken for something else";
  if (decoded.type !== LINE_TYPES[truth.type]) return `${truth.type} was taken for ${decoded.type}`;
  const { metadata } = truth.object;
  if (decoded.type === "bookmark") return decoded.version === metadata.resourceVersion ? undefined : "another version";
  if (decoded.type === "refused") return "refused";
  const { record } = decoded;
  if (record.key !== keyOf(metadata) || record.uid !== metadata.uid || record.resourceVersion !== metadata.resourceVersion)
    return `it says ${record.key} ${record.uid} ${record.resourceVersion} of itself`;
  return isDeepStrictEqual(withoutBookkeeping(record.object), withoutBookkeeping(truth.object)) ? undefined : "another object";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
