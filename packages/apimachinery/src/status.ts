import { PolykindError, type PolykindErrorCode } from "@polykind/core";
import { isRecord } from "./record.ts";

/** The `Status` object by which an API server tells of a failure. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

/** What of a request is worth telling when it failed. Never headers, never bodies. */
export interface FailedRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** Whether `value` is a `Status` object. */
export function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "Status" && "status" in value;
}

/**
 * The error for an answer that is no success.
 *
 * Its facts are those of `request`, `httpStatus`, and `status` where the body held one. A 404 whose body is no `Status` naming an object
 * means that the path is not routed: `KIND_NOT_SERVED`, as does a 404 of a collection.
 */
export function apiErrorOf(httpStatus: number, body: unknown, request: FailedRequest): PolykindError {
  const status = isStatus(body) ? wellFormed(body) : undefined;
  const seconds = status?.details?.retryAfterSeconds;
  const retryAfterMs = request.retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  const reason =
    (status?.message && shortened(status.message, REASON_LENGTH_MAX)) ??
    (typeof body === "string" && body.trim() !== "" ? firstLine(body) : `HTTP ${httpStatus}`);
  return new PolykindError(codeOf(httpStatus, status), `cannot ${request.method} ${request.path} at ${request.host}: ${reason}`, {
    facts: { ...request, httpStatus, ...(status !== undefined && { status }), ...(retryAfterMs !== undefined && { retryAfterMs }) },
  });
}

/** What of `status` is of the type that it should be: servers that are not Kubernetes itself, and what stands before them, write what they like. */
function wellFormed({ apiVersion, status, message, reason, code, details }: Status): Status {
  const { name, group, kind, uid, causes, retryAfterSeconds } = isRecord(details) ? details : {};
  const texts = textsOf({ name, group, kind, uid });
  const known = {
    ...texts,
    ...(Array.isArray(causes) && {
      causes: causes.filter(isRecord).map(({ reason, message, field }) => textsOf({ reason, message, field })),
    }),
    ...(isWait(retryAfterSeconds) && { retryAfterSeconds }),
  };
  return {
    kind: "Status",
    apiVersion,
    status,
    ...textsOf({ message, reason }),
    ...(typeof code === "number" && { code }),
    ...(isRecord(details) && { details: known }),
  };
}

/** Those of `members` that are texts. */
function textsOf<K extends string>(members: Readonly<Record<K, unknown>>): { readonly [Name in K]?: string } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === "string")) as { [Name in K]?: string }; // which is what was kept
}

function isWait(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** The `Status` that the API server sent with an error, if any. */
export function statusOf(error: PolykindError): Status | undefined {
  const { status } = error.facts;
  return isStatus(status) ? status : undefined;
}

/** The milliseconds that the server asks to wait, if it said so. */
export function retryAfterMsOf(error: PolykindError): number | undefined {
  const { retryAfterMs } = error.facts;
  return typeof retryAfterMs === "number" ? retryAfterMs : undefined;
}

/** Of a server's own words so many characters go into a message. Kubernetes lists all that is wrong with an object. */
const REASON_LENGTH_MAX = 8_192;

const CODE_BY_HTTP_STATUS: ReadonlyMap<number, PolykindErrorCode> = new Map([
  [400, "API_INVALID"],
  [401, "API_UNAUTHORIZED"],
  [403, "API_FORBIDDEN"],
  [408, "API_UNAVAILABLE"],
  [409, "API_CONFLICT"],
  [410, "API_GONE"],
  [415, "API_INVALID"],
  [422, "API_INVALID"],
  [429, "API_THROTTLED"],
]);

function codeOf(httpStatus: number, status: Status | undefined): PolykindErrorCode {
  if (httpStatus === 404) return status?.details?.name === undefined ? "KIND_NOT_SERVED" : "API_NOT_FOUND";
  if (httpStatus === 409 && status?.reason === "AlreadyExists") return "API_ALREADY_EXISTS";
  return CODE_BY_HTTP_STATUS.get(httpStatus) ?? (httpStatus >= 500 ? "API_UNAVAILABLE" : "API_PROTOCOL");
}

function firstLine(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return shortened(line, 200);
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
