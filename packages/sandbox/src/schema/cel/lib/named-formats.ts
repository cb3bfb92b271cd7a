import { formatCheckOf } from "../../formats/formats.ts";
import { parseRequestUri } from "../../formats/uri.ts";
import { goQuote } from "../../go-text.ts";
import {
  dns1035LabelErrors,
  labelErrors,
  labelValueErrors,
  maskTrailingDash,
  qualifiedNameErrors,
  subdomainErrors,
} from "../../meta/names.ts";
import { listOf, opaque, optionalOf, STRING } from "../lang/types.ts";
import { type CelFunction, fn, global, member } from "../types/function.ts";
import { makeList, makeOptional, type Opaque, type Value } from "../values/value.ts";

const FORMAT = opaque("kubernetes.NamedFormat");

type Check = (text: string) => readonly string[];

function byFormat(format: string, message: string): Check {
  return (text) => (formatCheckOf(format)?.(text) === true ? [] : [message]);
}

function uriErrors(text: string): readonly string[] {
  const url = parseRequestUri(text);
  return "error" in url ? [`parse ${goQuote(text)}: ${url.error}`] : [];
}

const FORMATS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["dns1123Label", labelErrors],
  ["dns1123Subdomain", subdomainErrors],
  ["dns1035Label", dns1035LabelErrors],
  ["qualifiedName", qualifiedNameErrors],
  ["dns1123LabelPrefix", (text) => labelErrors(maskTrailingDash(text))],
  ["dns1123SubdomainPrefix", (text) => subdomainErrors(maskTrailingDash(text))],
  ["dns1035LabelPrefix", (text) => dns1035LabelErrors(maskTrailingDash(text))],
  ["labelValue", labelValueErrors],
  ["uri", uriErrors],
  ["uuid", byFormat("uuid", "does not match the UUID format")],
  ["byte", byFormat("byte", "invalid base64")],
  ["date", byFormat("date", "invalid date")],
  ["datetime", byFormat("datetime", "invalid datetime")],
]);

function make(name: string, check: Check): Opaque {
  return { shape: "opaque", type: FORMAT as Opaque["type"], content: { name, check }, equals: (other) => contentOf(other).name === name }; // `opaque` makes objects.
}

function contentOf({ content }: Opaque): { readonly name: string; readonly check: Check } {
  return content as { readonly name: string; readonly check: Check }; // Only values of this library have its type.
}

function validate(format: Opaque, text: string): Value {
  const errors = contentOf(format).check(text);
  return makeOptional(errors.length === 0 ? undefined : makeList(errors));
}

function named(name: string): Value {
  const check = FORMATS.get(name);
  return makeOptional(check === undefined ? undefined : make(name, check));
}

/** Formats of Kubernetes by name. */
export const NAMED_FORMATS: readonly CelFunction[] = [
  ...[...FORMATS].map(([name, check]) =>
    fn(
      `format.${name}`,
      global([], FORMAT, () => make(name, check)),
    ),
  ),
  fn("format.named", global([STRING], optionalOf(FORMAT), named)),
  fn("validate", member([FORMAT, STRING], optionalOf(listOf(STRING)), validate)),
];
