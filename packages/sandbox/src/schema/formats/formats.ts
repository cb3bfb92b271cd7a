import { parseCidr, parseIpv4, parseIpv6 } from "./ip.ts";
import { isCreditCard, isIsbn10, isIsbn13 } from "./numbers.ts";
import { normalFormat } from "./supported.ts";
import { isDate, isDateTime, parseFormatDuration } from "./time.ts";
import { parseRequestUri } from "./uri.ts";

/** Whether a text has a format. */
export type FormatCheck = (text: string) => boolean;

const HOSTNAME =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;
const MAC =
  /^(?:[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}(?:(?:[0-9a-fA-F]{2}\1){2})?[0-9a-fA-F]{2}|[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\2){18}[0-9a-fA-F]{2}|(?:[0-9a-fA-F]{4}\.){2}(?:[0-9a-fA-F]{4}\.)?[0-9a-fA-F]{4}|(?:[0-9a-fA-F]{4}\.){9}[0-9a-fA-F]{4})$/;
const COLOR_PART = "\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*";
const RGB = new RegExp(`^rgb\\(${COLOR_PART},${COLOR_PART},${COLOR_PART}\\)$`);
const SHORT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LONG_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const CHECKS: ReadonlyMap<string, FormatCheck> = new Map<string, FormatCheck>([
  ["bsonobjectid", (text) => /^[0-9a-fA-F]{24}$/.test(text)],
  ["uri", (text) => !("error" in parseRequestUri(text))],
  ["email", isEmail],
  ["hostname", isHostname],
  ["ipv4", (text) => parseIpv4(text, { isSloppy: true }) !== undefined],
  ["ipv6", (text) => text.includes(":") && parseIpv6(text) !== undefined],
  ["cidr", (text) => parseCidr(text, { isSloppy: true }) !== undefined],
  ["mac", (text) => MAC.test(text)],
  ["uuid", (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)],
  ["uuid3", (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)],
  ["uuid4", (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text)],
  ["uuid5", (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text)],
  ["isbn", (text) => isIsbn10(text) || isIsbn13(text)],
  ["isbn10", isIsbn10],
  ["isbn13", isIsbn13],
  ["creditcard", isCreditCard],
  ["ssn", (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
  ["hexcolor", (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text)],
  ["rgbcolor", (text) => RGB.test(text)],
  ["byte", isBase64],
  ["password", () => true],
  ["date", isDate],
  ["duration", (text) => parseFormatDuration(text) !== undefined],
  ["datetime", isDateTime],
  ["k8sshortname", (text) => text.length <= 63 && SHORT_NAME.test(text)],
  ["k8slongname", (text) => text.length <= 253 && LONG_NAME.test(text)],
]);

/** The check of a string format; `undefined` for one that the server does not check. */
export function formatCheckOf(format: string): FormatCheck | undefined {
  return CHECKS.get(normalFormat(format));
}

function isHostname(text: string): boolean {
  return HOSTNAME.test(text) && Buffer.byteLength(text) <= 255 && text.split(".").every((label) => Buffer.byteLength(label) <= 63);
}

/** By length first: a quantified group would overflow the stack on long texts. An empty text is none. */
function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-\\u0080-\\u{10ffff}]+";
const QUOTED = '"(?:[^"\\\\\\r\\n]|\\\\.)*"';
const LOCAL = `(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})`;
const DOMAIN = `(?:${ATOM}(?:\\.${ATOM})*|\\[[^\\[\\]\\\\]*\\])`;
const ADDRESS = new RegExp(`^\\s*(?:${LOCAL}@${DOMAIN}|(?:(?:${ATOM}|${QUOTED}|\\.)\\s*)*<\\s*${LOCAL}@${DOMAIN}\\s*>)\\s*$`, "u");

/** An address in the main forms of RFC 5322: `a@b.c`, `Name <a@b.c>`. */
function isEmail(text: string): boolean {
  return ADDRESS.test(text);
}
