import { isUtf8 } from "node:buffer";
import type { OwnerReference } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import { type Bodies, type BodyRecord, controllersOf } from "../store/body.ts";
import { decodeLine, decodePage, type Expected } from "./decode.ts";
import { asciiAt, Scanner } from "./scan.ts";
import type { Line, Page } from "./state.ts";

const NO_OWNERS: readonly string[] = [];

/**
 * Decodes what a `ListWatch` brings. Of what the scanner recognises only the metadata is read, and the body goes into `bodies` as bytes; everything else is parsed at once.
 * Either way the result says the same.
 */
export class Decoder {
  readonly #expected: Expected;
  readonly #bodies: Bodies | undefined;
  readonly #scanner: Scanner;

  /**
   * @param bodies absent: everything is parsed at once.
   * @param scanner may be shared with other decoders. Default: one of its own.
   */
  constructor(expected: Expected, bodies: Bodies | undefined, scanner: Scanner = new Scanner()) {
    this.#expected = expected;
    this.#scanner = scanner;
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
    const type = this.#scanner.event(bytes, this.#expected);
    if (type === undefined || !isUtf8(bytes)) return undefined;
    if (type === "BOOKMARK") {
      const isInitialEventsEnd = this.#scanner.isInitialEventsEndIn(bytes);
      return { type: "bookmark", version: asciiAt(bytes, this.#scanner.resourceVersion), isInitialEventsEnd };
    }
    const record = this.#recordOf(this.#bodies, bytes);
    return record && { type: type === "DELETED" ? "remove" : "upsert", record };
  }

  #scannedPage(bytes: Buffer): Page | undefined {
    const bodies = this.#bodies;
    if (bodies === undefined || !isUtf8(bytes)) return undefined;
    const records: BodyRecord[] = [];
    const list = this.#scanner.list(bytes, this.#expected, () => {
      const record = this.#recordOf(bodies, bytes);
      if (record !== undefined) records.push(record);
      return record !== undefined;
    });
    const head: unknown = list === undefined || !this.#isExpected(list.kind) ? undefined : JSON.parse(list.metadata);
    if (!isListMeta(head)) {
      for (const record of records) record.release();
      return undefined;
    }
    const { resourceVersion: version, continue: token } = head;
    return { records, unreadable: [], version, continue: typeof token === "string" && token !== "" ? token : undefined };
  }

  /** What is anything else is looked at by {@link decodePage}, which says what it is. */
  #isExpected(kind: string): boolean {
    return kind !== "Status" && (this.#expected.listKind ?? kind) === kind;
  }

  /** The record of what was scanned last; `undefined` when its owners are not what they should be. */
  #recordOf(bodies: Bodies, bytes: Buffer): BodyRecord | undefined {
    const { ownerReferences } = this.#scanner;
    let owners = NO_OWNERS;
    if (ownerReferences.from !== -1) {
      const references: unknown = JSON.parse(bytes.toString("utf8", ownerReferences.from, ownerReferences.to));
      if (!isOwnerReferences(references)) return undefined;
      owners = controllersOf(references);
    }
    return bodies.put({ key: this.#scanner.keyIn(bytes), owners }, bytes, this.#scanner);
  }
}

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
