import { isIP } from "node:net";

/** A name or address with or without a port, as the header `Host` has it. */
const HOST = /^(?:\[([\da-f:.]+)\]|([^\s:/@?#\\[\]]+))(?::\d*)?$/i;

/**
 * The name or address of a `Host` header: in lower case, without a port, without the brackets of an IPv6 address. `undefined` when there is none in it.
 *
 * @example
 * [hostOf("[::1]:8377"), hostOf("LOCALHOST"), hostOf("a b")]
 * // => ["::1", "localhost", undefined]
 */
export function hostOf(header: string | undefined): string | undefined {
  const found = HOST.exec(header ?? "");
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

/** Whether a request for `host` may be answered. An address may: to have a browser ask here for its own page's name, an attacker needs a name. */
export function isAnswered(host: string, listensOn: string | undefined): boolean {
  return host === "localhost" || isIP(host) !== 0 || host === listensOn?.toLowerCase();
}
