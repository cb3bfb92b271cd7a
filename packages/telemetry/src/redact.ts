import { messageOf, type PolykindError } from "@polykind/core";
import type { LogFields } from "./log.ts";

/** What stands where something secret stood. */
export const REDACTED = "[redacted]";
/** What stands for what cannot be read. */
export const UNREADABLE = "[unreadable]";

/** A field of such a name carries a secret, unless the name goes on to say that it is only about one (`tokenFile`, `secretName`). */
const SECRET_NAME =
  /token|authorization|passw(?:or)?d|passphrase|pwd|secret|credential|cookie|(?:private|api|client|access)[-_]?key|auth$|.key$|^id_(?:rsa|dsa|ecdsa|ed25519)$|last-applied-configuration$/i;
const ABOUT_A_SECRET = /(?:name|namespace|file|path|ref|kind|count|type|at)$/i;
/** Keys that open nothing: a `key` alone is that of an object. */
const INNOCENT_KEY = /(?:public|object|run|queue|cache|label|annotation|sort|primary)[-_]?key$/i;

/** What of an object of this kind carries secrets, whatever it is called there. The items of a list do not say their kind. */
const SECRET_PARTS: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  ["Secret", new Set(["data", "stringData"])],
  ["SecretList", new Set(["items"])],
]);
const NO_PARTS: ReadonlySet<string> = new Set();

/** What stands behind such a name inside of a text: `token=…`, `"password":"…"`. */
const NAMED_SECRET =
  /((?:token|passw(?:or)?d|passphrase|pwd|secret|(?:private|api|client|access)[-_]?key)[\w-]{0,32})(=|"\s{0,4}:\s{0,4}(?="))("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&"']+)/gi;

/** Secrets that give themselves away inside of other text: HTTP credentials, JSON web tokens, user and password in an address. */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{8,1024}\.[\w-]+\.[\w-]*/g, REDACTED],
  // A password may hold a slash or an @; what follows a port may too, and is none.
  [/(\b[a-z][a-z0-9+.-]{0,31}:\/\/)(?:[^\s/@:]*:(?!\d{1,5}(?:[/?#]|$))[^\s"'<>]*|[^\s/@]+)@/gi, `$1${REDACTED}@`],
];

const MOST_DEPTH = 6;
const MOST_ENTRIES = 100;
const MOST_TEXT = 8192;

/** `text` without the secrets that can be told by their form, and cut where it is longer than 8,192 characters. */
export function redactText(text: string): string {
  const cut = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
  const redacted = SECRET_TEXT.reduce((rest, [pattern, stand]) => rest.replace(pattern, stand), cut);
  return redacted.replace(NAMED_SECRET, (found, name: string, mark: string) =>
    ABOUT_A_SECRET.test(name) ? found : `${name}${mark}${mark === "=" ? REDACTED : `"${REDACTED}"`}`,
  );
}

/**
 * Plain data for a log line: secrets replaced, errors as message, code and stack, what is deep, long or circular cut short.
 *
 * Never throws, whatever the fields hold.
 */
export function redactFields(fields: LogFields): Record<string, unknown> {
  return redactEntries(fields, 0);
}

function redactEntries(value: object, depth: number): Record<string, unknown> {
  const names = Object.keys(value).slice(0, MOST_ENTRIES);
  const parts = secretPartsOf(value);
  const redact = (name: string): unknown => (parts.has(name) || isSecretName(name) ? REDACTED : redactProperty(value, name, depth));
  return Object.fromEntries(names.map((name) => [name, redact(name)]));
}

function secretPartsOf(value: object): ReadonlySet<string> {
  try {
    return ("kind" in value ? SECRET_PARTS.get(value.kind) : undefined) ?? NO_PARTS;
  } catch {
    return NO_PARTS; // It is told as unreadable.
  }
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !ABOUT_A_SECRET.test(name) && !INNOCENT_KEY.test(name);
}

function redactProperty(holder: object, name: string, depth: number): unknown {
  try {
    return redactValue(Reflect.get(holder, name), depth + 1);
  } catch {
    // A getter that throws must not take the line with it.
    return UNREADABLE;
  }
}

function redactValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return redactText(value);
    case "bigint":
    case "symbol":
    case "function":
      return String(value).slice(0, MOST_ENTRIES);
    case "object":
      return value === null ? null : redactObject(value, depth);
    default:
      return value;
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (depth > MOST_DEPTH) return "[deep]";
  if (value instanceof Map) return redactEntries(Object.fromEntries(value), depth);
  const items = value instanceof Set ? [...value] : value;
  if (Array.isArray(items)) return items.slice(0, MOST_ENTRIES).map((item: unknown) => redactValue(item, depth + 1));
  return redactEntries(value, depth);
}

function redactError(error: Error & Partial<Pick<PolykindError, "code">>, depth: number): Record<string, unknown> {
  const { code, stack } = error;
  return {
    message: redactText(messageOf(error)),
    ...(code !== undefined && { code: redactValue(code, depth + 1) }),
    ...(stack !== undefined && { stack: redactText(stack) }),
  };
}
