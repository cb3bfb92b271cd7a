import type { IncomingMessage, ServerResponse } from "node:http";
import { stringify } from "yaml";
import { tooLarge } from "../status/index.ts";
import type { Body } from "../verbs/call.ts";
import type { WatchSink } from "../verbs/watch.ts";

/** A request and its answer, over HTTP/1.1, or over HTTP/2 with Node's classes that behave like those of HTTP/1.1. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What the real server takes in a request. */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024;
/** What a watch may be behind, before it is cut off: a client that does not read must not fill our memory. */
const BACKLOG_LIMIT_BYTES = 16 * 1024 * 1024;

/** Reads the body. @throws StatusError 413. */
export async function readBody({ request }: Exchange): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  const received: AsyncIterable<Buffer> = request;
  for await (const chunk of received) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) throw tooLarge(BODY_LIMIT_BYTES);
    chunks.push(chunk);
  }
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0] ?? "";
  return {
    bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
    mediaType: mediaType.trim().toLowerCase(),
  };
}

/** How an answer is written. */
export interface AnswerFacts {
  readonly code: number;
  readonly contentType?: string;
  readonly warnings?: Iterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers with text. */
export function sendText(
  { response }: Exchange,
  text: string,
  { code, contentType = "text/plain; charset=utf-8", warnings = [], headers = {} }: AnswerFacts,
): void {
  const bytes = Buffer.from(text);
  response.writeHead(code, { ...headersOf(contentType, warnings), "content-length": bytes.length, ...headers });
  response.end(bytes);
}

function headersOf(contentType: string, warnings: Iterable<string>): Record<string, string[] | number | string> {
  const warning = [...warnings].map((each) => `299 - ${quoted(each)}`);
  return { "cache-control": "no-cache, private", "content-type": contentType, ...(warning.length > 0 && { warning }) };
}

/** Header values are Latin-1 at most; what is not is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Answers with JSON, or with the same as YAML. */
export function sendObject(
  exchange: Exchange,
  object: unknown,
  { format, ...facts }: AnswerFacts & { readonly format: "json" | "yaml" },
): void {
  if (format === "yaml")
    sendText(exchange, stringify(object, { version: "1.1", aliasDuplicateObjects: false }), { contentType: "application/yaml", ...facts });
  else sendText(exchange, `${JSON.stringify(object)}\n`, { contentType: "application/json", ...facts });
}

/** Begins an answer that goes on until the watch ends. `onGone` is called once when the client went, or was cut off because it did not read. */
export function openSink({ response }: Exchange, warnings: Iterable<string>): WatchSink & { onGone(gone: () => void): void } {
  let isOpen = true;
  const begin = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, headersOf("application/json", warnings));
    response.flushHeaders();
  };
  return {
    write(line) {
      begin();
      if (!isOpen) return;
      response.write(line);
      if (response.writableLength > BACKLOG_LIMIT_BYTES) response.destroy();
    },
    end() {
      begin();
      if (isOpen) response.end();
      isOpen = false;
    },
    onGone(gone) {
      begin();
      response.once("close", () => {
        isOpen = false;
        gone();
      });
    },
  };
}
