import { isUtf8 } from "node:buffer";
import { keyOf, type OwnerReference } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import { type Bodies, type BodyRecord, controllersOf } from "../store/body.ts";
import { decodeLine, decodePage, type Expected } from "./decode.ts";
import { newNesting } from "./json-end.ts";
import { type Scanned, Scanner } from "./scan.ts";
import type { Line, Page } from "./state.ts";

const NO_OWNERS: readonly string[] = [];

/**
 * Decodes what a `ListWatch` brings. Of what the scanner recognises only the metadata is read, and the body goes into `bodies` as bytes; everything else is parsed at once.
 * Either way the result says the same.
 */
export class Decoder {
  readonly #expected: Expected;
  readonly #bodies: Bodies | undefined;
  readonly #nesting: Uint8Array = newNesting();

  /** @param bodies absent: everything is parsed at once. */
  constructor(expected: Expected, bodies: Bodies | undefined) {
    this.#expected = expected;
    this.#bodies = bodies;
  }

  /** As {@link decodeLine}. */
  line(line: Uint8Array): Line | PolykindError {
    return this.#scannedLine(bufferOf(line)) ?? decodeLine(line, this.#expected);
  }

  /** As {@link decodePage}. */
  page(body: Uint8Array): Page {
    return this.#scannedPage(bufferOf(body)) ?? decodePage(body, this.#expected);
  }

  #scannedLine(bytes: Buffer): Line | undefined {
    if (this.#bodies === undefined) return undefined;
    const event = new Scanner(bytes, this.#nesting).event();
    if (event === undefined || !TYPES.has(event.type) || !this.#isExpected(event.object) || !isUtf8(bytes)) return undefined;
    const record = this.#recordOf(this.#bodies, bytes, event.object);
    return record && { type: event.type === "DELETED" ? "remove" : "upsert", record };
  }

  #scannedPage(bytes: Buffer): Page | undefined {
    if (this.#bodies === undefined) return undefined;
    const list = new Scanner(bytes, this.#nesting).list();
    if (list === undefined || list.kind === "Status" || !isUtf8(bytes)) return undefined;
    const head: unknown = JSON.parse(list.metadata);
    if (!isListMeta(head) || !list.items.every((item) => this.#isExpected(item))) return undefined;
    const { resourceVersion: version, continue: token } = head;
    const records: BodyRecord[] = [];
    for (const item of list.items) {
      const record = this.#recordOf(this.#bodies, bytes, item);
      if (record !== undefined) records.push(record);
      else {
        for (const made of records) made.release();
        return undefined;
      }
    }
    return { records, unreadable: [], version, continue: typeof token === "string" && token !== "" ? token : undefined };
  }

  #isExpected({ apiVersion, kind }: Scanned): boolean {
    return kind === this.#expected.kind && apiVersion === this.#expected.apiVersion;
  }

  /** `undefined` when its owners are not what they should be. */
  #recordOf(bodies: Bodies, bytes: Buffer, scanned: Scanned): BodyRecord | undefined {
    const { namespace, name, uid, resourceVersion, ownerReferences } = scanned;
    let owners = NO_OWNERS;
    if (ownerReferences !== undefined) {
      const references: unknown = JSON.parse(bytes.toString("utf8", ownerReferences.from, ownerReferences.to));
      if (!isOwnerReferences(references)) return undefined;
      owners = controllersOf(references);
    }
    const key = keyOf({ name, ...(namespace !== undefined && { namespace }) });
    return bodies.put({ key, uid, resourceVersion, owners }, bytes, scanned);
  }
}

const TYPES: ReadonlySet<string> = new Set(["ADDED", "MODIFIED", "DELETED"]);

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isListMeta(value: unknown): value is { readonly resourceVersion: string; readonly continue?: unknown } {
  return isRecord(value) && typeof value["resourceVersion"] === "string" && value["resourceVersion"] !== "";
}

function isOwnerReferences(value: unknown): value is readonly OwnerReference[] {
  return Array.isArray(value) && value.every((reference) => isRecord(reference) && typeof reference["uid"] === "string");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
