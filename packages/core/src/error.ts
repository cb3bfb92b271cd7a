/**
 * The closed set of reasons for which something can fail at a package boundary.
 *
 * Of the API server: `API_UNREACHABLE` (no answer: refused, reset, timed out, TLS), `API_UNAUTHORIZED` (401),
 * `API_FORBIDDEN` (403), `API_NOT_FOUND` (404 of an object), `KIND_NOT_SERVED` (404 of a collection or of an
 * unrouted path), `API_CONFLICT` (409), `API_ALREADY_EXISTS` (409 of a create), `API_GONE` (410: the version asked for
 * is compacted), `API_INVALID` (400 and 422), `API_THROTTLED` (429), `API_UNAVAILABLE` (500 and above), `API_PROTOCOL` (an answer that is
 * not what the Kubernetes API says).
 * Of configuration and plugins: `CONFIG_INVALID`, `PLUGIN_NOT_FOUND`, `PLUGIN_INVALID`, `PLUGIN_INCOMPATIBLE`,
 * `PLUGIN_FAILED`, `PLUGIN_CONFLICT`.
 * Of the process itself: `CACHE_RESET` (a read on an informer that was stopped), `FENCED` (an epoch that has ended wanted to
 * write), `TIMED_OUT`, `STOPPED` (what was asked is stopped).
 */
export type PolykindErrorCode =
  | "API_ALREADY_EXISTS"
  | "API_CONFLICT"
  | "API_FORBIDDEN"
  | "API_GONE"
  | "API_INVALID"
  | "API_NOT_FOUND"
  | "API_PROTOCOL"
  | "API_THROTTLED"
  | "API_UNAUTHORIZED"
  | "API_UNAVAILABLE"
  | "API_UNREACHABLE"
  | "CACHE_RESET"
  | "CONFIG_INVALID"
  | "FENCED"
  | "KIND_NOT_SERVED"
  | "PLUGIN_CONFLICT"
  | "PLUGIN_FAILED"
  | "PLUGIN_INCOMPATIBLE"
  | "PLUGIN_INVALID"
  | "PLUGIN_NOT_FOUND"
  | "STOPPED"
  | "TIMED_OUT";

/** Marks our errors across copies of this package, since plugins bring their own. */
const BRAND = Symbol.for("polykind.error");

/** What a {@link PolykindError} is made of besides its message. */
export interface PolykindErrorFacts {
  /** What went wrong below, kept for people and logs. */
  readonly cause?: unknown;
  /** Whether the same call may succeed later without anybody changing it. Default: by code. */
  readonly retryable?: boolean;
  /** Facts for programs and for people: names, versions, addresses. Never secrets. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

const RETRYABLE: ReadonlySet<PolykindErrorCode> = new Set([
  "API_CONFLICT",
  "API_GONE",
  "API_THROTTLED",
  "API_UNAVAILABLE",
  "API_UNREACHABLE",
  "CACHE_RESET",
  "KIND_NOT_SERVED",
  "TIMED_OUT",
]);

/**
 * The one error class thrown across package boundaries. Programs decide by `code` and `facts`, never by text;
 * the message reads `cannot <verb> <object>: <reason>` and says what to do where that is known.
 */
export class PolykindError extends Error {
  override readonly name: string = "PolykindError";
  readonly code: PolykindErrorCode;
  readonly retryable: boolean;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: PolykindErrorCode, message: string, { cause, retryable = RETRYABLE.has(code), facts = {} }: PolykindErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.facts = facts;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Whether `thrown` is an error of ours, from this or another copy of the package, and of one of `codes` if any are given. Never throws, whatever was thrown.
 */
export function isPolykindError(thrown: unknown, ...codes: readonly PolykindErrorCode[]): thrown is PolykindError {
  return tried(() => isOfCodes(thrown, codes)) ?? false;
}

function isOfCodes(thrown: unknown, codes: readonly PolykindErrorCode[]): boolean {
  if (typeof thrown !== "object" || thrown === null || !(BRAND in thrown) || !("code" in thrown)) return false;
  return codes.length === 0 || codes.some((code) => code === thrown.code);
}

/** One line for people: the message and those of the causes, without stacks. Never throws, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = thrown, depth = 0; at !== undefined && depth < 5; depth += 1) {
    const now: unknown = at;
    const text = tried(() => textOf(now)) ?? UNREADABLE;
    if (!lines.some((line) => line.includes(text))) lines.push(text);
    at = tried(() => causeOf(now));
  }
  return lines.join(": ");
}

/** What stands for something thrown of which nothing can be read: a revoked proxy, a `toString` that throws. */
const UNREADABLE = "[unreadable]";

function causeOf(thrown: unknown): unknown {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors[0];
  return thrown instanceof Error ? thrown.cause : undefined;
}

function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return tried(() => wordOf(thrown.message)) || tried(() => wordOf(thrown.name)) || "Error";
  // An object's own toString may be missing or throw; its fields may be secret.
  return typeof thrown === "object" ? Object.prototype.toString.call(thrown) : String(thrown);
}

/** A field that should be text, and is whatever its author put there. */
function wordOf(field: unknown): string {
  return typeof field === "object" || typeof field === "function" ? "" : String(field ?? "");
}

/** What `read` reads; `undefined` when it throws: whatever is thrown may have getters. */
function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
