import { createHash, timingSafeEqual } from "node:crypto";
import { unauthorized } from "../status/refusals.ts";
import type { User } from "./user.ts";

/** Finds out who asks. @throws StatusError 401. */
export type Authenticator = (headers: { readonly authorization?: string | undefined }) => User;

/** Knows users by their bearer tokens. */
export function tokenAuthenticator(users: ReadonlyMap<string, User>): Authenticator {
  const known = [...users].map(([token, user]) => ({ digest: digestOf(token), user }));
  return ({ authorization = "" }) => {
    const [scheme = "", token = ""] = authorization.split(" ", 2);
    const digest = digestOf(token);
    const found = known.find((each) => timingSafeEqual(each.digest, digest));
    if (scheme.toLowerCase() !== "bearer" || found === undefined) throw unauthorized();
    return found.user;
  };
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
