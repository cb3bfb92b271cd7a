import { apiErrorOf } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { Answer } from "./transport/exchange.ts";
import type { RequestName } from "./transport/failure.ts";
import { parseRetryAfter } from "./transport/retry.ts";

/** The largest answer that is taken in one piece: what a JavaScript string can hold. */
export const BODY_BYTES_MAX: number = 512 * 1024 * 1024;

/** So much of an answer that is no success is taken: what it says of why is far shorter. */
export const REFUSAL_BYTES_MAX: number = 1024 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** An answer read to its end. */
export interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly retryAfterMs: number | undefined;
}

/** What the head of an answer says that matters to us. */
export function headOf({ status, headers }: Answer, now: number): Omit<Received, "body"> {
  return { status, contentType: headers.contentType, retryAfterMs: parseRetryAfter(headers.retryAfter, now) };
}

/** Whether the status is one of success. */
export function isSuccess({ status }: { readonly status: number }): boolean {
  return status >= 200 && status < 300;
}

/** The error of an answer that is no success. */
export function errorOf({ status, contentType, body, retryAfterMs }: Received, name: RequestName): PolykindError {
  const request = { ...name, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return apiErrorOf(status, parsedOrText(contentType, body), request);
}

function parsedOrText(contentType: string, body: Buffer): unknown {
  if (isHtml(contentType, body)) return `an HTML page came${titleOf(body)}, as of a proxy or a login in between`;
  const text = body.toString("utf8");
  if (!isJson(contentType)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Whether an answer of this content type is JSON. */
export function isJson(contentType: string): boolean {
  return contentType === "application/json" || /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType);
}

function isHtml(contentType: string, start: Buffer): boolean {
  return /^text\/html\b/i.test(contentType) || /^\s*<(?:!doctype html|html)/i.test(start.toString("latin1", 0, 100));
}

function titleOf(body: Buffer): string {
  const [, title = ""] = /<title>([^<]{1,80})/i.exec(body.toString("utf8", 0, 4096)) ?? [];
  return title.trim() === "" ? "" : ` ("${title.trim()}")`;
}

/** @throws PolykindError `API_PROTOCOL`, naming host and what came, when a successful answer is not JSON by its content type. */
export function requireJson({ contentType }: { readonly contentType: string }, name: RequestName, start: Buffer = NO_BYTES): void {
  if (isJson(contentType)) return;
  const came = isHtml(contentType, start)
    ? `an HTML page${titleOf(start)}`
    : contentType === ""
      ? "something without a content type"
      : contentType;
  throw protocolError(
    name,
    `${came} came instead of JSON; is this the address of an API server, and does a proxy or a login stand in between?`,
    {
      contentType,
    },
  );
}

/** The JSON value of a successful answer. @throws PolykindError `API_PROTOCOL` when it is none. */
export function parseBody({ contentType, body }: Received, name: RequestName): unknown {
  requireJson({ contentType }, name, body);
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch (cause) {
    throw protocolError(name, `the answer (${body.length} bytes) is not JSON`, { cause });
  }
}

/** `API_PROTOCOL` about the answer to a request. */
export function protocolError(
  { method, path, host }: RequestName,
  reason: string,
  { cause, ...facts }: { readonly cause?: unknown; readonly [fact: string]: unknown } = {},
): PolykindError {
  return new PolykindError("API_PROTOCOL", `cannot ${method} ${path} at ${host}: ${reason}`, {
    cause,
    facts: { method, path, host, ...facts },
  });
}
