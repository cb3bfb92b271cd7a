import { BOOL, BYTES, DOUBLE, DURATION, INT, listOf, DYN, mapOf, NULL, opaque, STRING, TIMESTAMP, type Type, UINT } from "../lang/types.ts";
import { type CelFunction, fn } from "../types/function.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { CONVERSION } from "./conversion.ts";
import { LISTS } from "./lists.ts";
import { LOGIC } from "./logic.ts";
import { NAMED_FORMATS } from "./named-formats.ts";
import { NET_LIBRARY } from "./net.ts";
import { OPTIONALS } from "./optionals.ts";
import { QUANTITY_LIBRARY, QUANTITY_ORDER } from "./quantity.ts";
import { REGEX } from "./regex.ts";
import { SEMVER_LIBRARY, SEMVER_ORDER } from "./semver.ts";
import { STRINGS_LIBRARY } from "./strings.ts";
import { TIME } from "./time.ts";
import { URL_LIBRARY } from "./url.ts";

const ALL: readonly CelFunction[] = [
  ...ARITHMETIC,
  ...CONVERSION,
  ...LISTS,
  ...LOGIC,
  ...NAMED_FORMATS,
  ...NET_LIBRARY,
  ...OPTIONALS,
  ...QUANTITY_LIBRARY,
  ...REGEX,
  ...SEMVER_LIBRARY,
  ...STRINGS_LIBRARY,
  ...TIME,
  ...URL_LIBRARY,
  fn("isGreaterThan", QUANTITY_ORDER.isGreaterThan, SEMVER_ORDER.isGreaterThan),
  fn("isLessThan", QUANTITY_ORDER.isLessThan, SEMVER_ORDER.isLessThan),
  fn("compareTo", QUANTITY_ORDER.compareTo, SEMVER_ORDER.compareTo),
];

/** All functions that rules may use: those of CEL, and the libraries that Kubernetes 1.36 adds. */
export const FUNCTIONS: ReadonlyMap<string, CelFunction> = new Map(ALL.map((each) => [each.name, each]));

const NAMED: readonly (readonly [string, Type])[] = [
  ["bool", BOOL],
  ["bytes", BYTES],
  ["double", DOUBLE],
  ["google.protobuf.Duration", DURATION],
  ["google.protobuf.Timestamp", TIMESTAMP],
  ["int", INT],
  ["list", listOf(DYN)],
  ["map", mapOf(DYN, DYN)],
  ["net.CIDR", opaque("net.CIDR")],
  ["net.IP", opaque("net.IP")],
  ["null_type", NULL],
  ["string", STRING],
  ["uint", UINT],
];

/** Names of types as values. */
export const TYPE_NAMES: ReadonlyMap<string, Type> = new Map(NAMED.map(([name, of]) => [name, { kind: "type", of }]));
