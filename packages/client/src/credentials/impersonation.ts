import { PolykindError } from "@polykind/core";
import type { ContextEntry } from "./kubeconfig.ts";
import type { Headers } from "./types.ts";

/**
 * The headers for whom a user of a kubeconfig acts as (`as`, `as-uid`, `as-groups`, `as-user-extra`), as client-go sends them: values in UTF-8, a character per
 * byte.
 *
 * @throws PolykindError `CONFIG_INVALID` for what cannot be sent: it must not be left out, since then somebody else would act.
 */
export function impersonationOf(entry: ContextEntry): Headers {
  const { as, "as-uid": uid, "as-groups": groups, "as-user-extra": extra } = entry.rawUser;
  const headers: Headers = {
    ...(isGiven(as) && { "impersonate-user": valueOf(as, "as", entry) }),
    ...(isGiven(uid) && { "impersonate-uid": valueOf(uid, "as-uid", entry) }),
    ...(isGiven(groups) && { "impersonate-group": valuesOf(groups, "as-groups", entry) }),
    ...(isGiven(extra) && extrasOf(extra, entry)),
  };
  if (isGiven(as) || Object.keys(headers).length === 0) return headers;
  throw invalid(entry, "as-uid, as-groups and as-user-extra need a user: set `as` too");
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

function extrasOf(extra: unknown, entry: ContextEntry): Headers {
  if (typeof extra !== "object" || Array.isArray(extra)) throw invalid(entry, "as-user-extra is no mapping");
  const headers: Record<string, string[]> = {};
  for (const [key, values] of Object.entries({ ...extra })) {
    if (!isGiven(values)) continue;
    // Keys that are alike but for their case have one name.
    (headers[`impersonate-extra-${nameOf(key)}`] ??= []).push(...valuesOf(values, "as-user-extra", entry));
  }
  return headers;
}

function valuesOf(values: unknown, field: string, entry: ContextEntry): string[] {
  if (!Array.isArray(values)) throw invalid(entry, `the values of ${field} are no list`);
  return values.map((value: unknown) => valueOf(value, field, entry));
}

function valueOf(value: unknown, field: string, entry: ContextEntry): string {
  if (typeof value !== "string") throw invalid(entry, `a value of ${field} is no text; does it need quotes?`);
  if (CONTROLS.test(value)) throw invalid(entry, `a value of ${field} has control characters`);
  return bytesOf(value);
}

/** No line may end within a value: that is how one request becomes two. */
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f]/;

/** What the name of a header must not have (RFC 9110, section 5.6.2), and the percent sign itself. */
const UNNAMEABLE = /[^!#$&'*+\-.^_`|~0-9a-z]/gi;

/** In lower case only what is left of ASCII: the server takes the rest apart as it was. */
function nameOf(key: string): string {
  return bytesOf(key)
    .replaceAll(UNNAMEABLE, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .toLowerCase();
}

/** `text` in UTF-8, a character per byte: headers are written so over either protocol. */
function bytesOf(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function invalid({ name, file }: ContextEntry, reason: string): PolykindError {
  return new PolykindError("CONFIG_INVALID", `cannot use context "${name}" of ${file}: its user cannot act as another: ${reason}`, {
    facts: { file, context: name, reason },
  });
}
