import { type GoUrl, parseRequestUri } from "../../formats/uri.ts";
import { goQuote } from "../../go-text.ts";
import { BOOL, listOf, mapOf, opaque, STRING } from "../lang/types.ts";
import { type CelFunction, fn, global, member } from "../types/function.ts";
import { makeMap } from "../values/maps.ts";
import { CelError, makeList, type Opaque, type Value } from "../values/value.ts";

const URL_TYPE = opaque("kubernetes.URL");

function read(text: string): Value {
  const url = parseRequestUri(text);
  if ("error" in url) throw new CelError(`URL parse error during conversion from string: parse ${goQuote(text)}: ${url.error}`);
  // A fragment is one only in a second reading.
  const [beforeFragment = ""] = text.split("#");
  const full = parseRequestUri(beforeFragment);
  const content = { ...("error" in full ? url : full), text };
  return {
    shape: "opaque",
    type: URL_TYPE as Opaque["type"], // It was made as one.
    content,
    equals: (other) => (other.content as { text: string }).text === text, // Only values of one type are compared.
  };
}

function urlOf({ content }: Opaque): GoUrl {
  return content as GoUrl; // Only values of this library have its type.
}

function hostname(host: string): string {
  const bare = host.replace(/:\d*$/, "");
  return bare.startsWith("[") && bare.endsWith("]") ? bare.slice(1, -1) : bare;
}

function port(host: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? "";
}

function query(rawQuery: string): Value {
  const values = new Map<string, string[]>();
  for (const pair of rawQuery.split("&").filter((each) => each !== "" && !each.includes(";"))) {
    const [key = "", ...rest] = pair.split("=");
    const [name, value] = [unescapeQuery(key), unescapeQuery(rest.join("="))];
    if (name !== undefined && value !== undefined) values.set(name, [...(values.get(name) ?? []), value]);
  }
  return makeMap([...values].map(([name, list]) => [name, makeList(list)] as const));
}

function unescapeQuery(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const bytes = text
    .replaceAll("+", " ")
    .replace(/%([0-9a-fA-F]{2})|[^%]+/g, (match, code?: string) =>
      code === undefined ? Buffer.from(match).toString("latin1") : String.fromCharCode(Number.parseInt(code, 16)),
    );
  return Buffer.from(bytes, "latin1").toString();
}

/** URLs. */
export const URL_LIBRARY: readonly CelFunction[] = [
  fn("url", global([STRING], URL_TYPE, read)),
  fn(
    "isURL",
    global([STRING], BOOL, (text: string) => !("error" in parseRequestUri(text))),
  ),
  fn(
    "getScheme",
    member([URL_TYPE], STRING, (value: Opaque) => urlOf(value).scheme),
  ),
  fn(
    "getHost",
    member([URL_TYPE], STRING, (value: Opaque) => urlOf(value).host),
  ),
  fn(
    "getHostname",
    member([URL_TYPE], STRING, (value: Opaque) => hostname(urlOf(value).host)),
  ),
  fn(
    "getPort",
    member([URL_TYPE], STRING, (value: Opaque) => port(urlOf(value).host)),
  ),
  fn(
    "getEscapedPath",
    member([URL_TYPE], STRING, (value: Opaque) =>
      urlOf(value).rawPath.replace(/[^!-~]|["<>\\^`{|}]/gu, (char) => encodeURIComponent(char)),
    ),
  ),
  fn(
    "getQuery",
    member([URL_TYPE], mapOf(STRING, listOf(STRING)), (value: Opaque) => query(urlOf(value).rawQuery)),
  ),
];
