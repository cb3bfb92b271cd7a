import { isRecord } from "../json.ts";
import { badRequest } from "../status/index.ts";

/** Where a list goes on. */
export interface Continuation {
  /** The revision that all pages show; -1: whatever is there now. */
  readonly revision: number;
  /** The first key of the next page, or a text before it. */
  readonly start: string;
}

const VERSION = "meta.k8s.io/v1";

/** The token for the page after the object with `lastKey`. */
export function continueTokenOf(revision: number, lastKey: string): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start: `${lastKey}\u0000` })).toString("base64url");
}

/** The inverse of {@link continueTokenOf}. @throws StatusError 400. */
export function parseContinueToken(token: string): Continuation {
  const { v, rv, start } = parse(token);
  if (v !== VERSION)
    throw badRequest(`invalid continue token: continue key is not valid: server does not recognize this encoded version "${String(v)}"`);
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv === 0)
    throw badRequest("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof start !== "string" || start === "")
    throw badRequest("invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)");
  return { revision: rv, start };
}

function parse(token: string): Readonly<Record<string, unknown>> {
  const text = Buffer.from(token, "base64url").toString("latin1");
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (isRecord(value)) return value;
  } catch {
    // Falls through to the one answer for all tokens that we did not write.
  }
  throw badRequest(
    `invalid continue token: continue key is not valid: invalid character '${text.charAt(0)}' looking for beginning of value`,
  );
}
