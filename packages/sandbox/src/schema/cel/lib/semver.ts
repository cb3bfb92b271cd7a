import { goQuote } from "../../go-text.ts";
import { BOOL, INT, opaque, STRING } from "../lang/types.ts";
import { type CelFunction, fn, global, member, type Overload } from "../types/function.ts";
import { CelError, type Opaque, type Value } from "../values/value.ts";

const SEMVER = opaque("kubernetes.Semver");

/** A semantic version; build metadata does not matter. */
interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly (bigint | string)[];
}

function fail(message: string): never {
  throw new CelError(message);
}

function parseVersion(text: string): Version {
  if (text === "") return fail("Version string empty");
  const parts = text.split(".");
  if (parts.length < 3) return fail("No Major.Minor.Patch elements found");
  const [major = "", minor = ""] = parts;
  const rest = parts.slice(2).join(".");
  const [beforeBuild = "", ...builds] = rest.split("+");
  const dash = beforeBuild.indexOf("-");
  const patch = dash === -1 ? beforeBuild : beforeBuild.slice(0, dash);
  const numbers = [number(major, "major"), number(minor, "minor"), number(patch, "patch")] as const;
  const pre =
    dash === -1
      ? []
      : beforeBuild
          .slice(dash + 1)
          .split(".")
          .map(prerelease);
  if (builds.length > 0) for (const build of builds.join("+").split(".")) checkBuild(build);
  return { numbers, pre };
}

function number(text: string, part: string): bigint {
  if (!/^\d+$/.test(text))
    return text === ""
      ? fail('strconv.ParseUint: parsing "": invalid syntax')
      : fail(`Invalid character(s) found in ${part} number ${goQuote(text)}`);
  if (text.length > 1 && text.startsWith("0"))
    return fail(`${part.charAt(0).toUpperCase()}${part.slice(1)} number must not contain leading zeroes ${goQuote(text)}`);
  return BigInt(text);
}

function prerelease(text: string): bigint | string {
  if (text === "") return fail("Prerelease is empty");
  if (/^\d+$/.test(text)) {
    if (text.length > 1 && text.startsWith("0")) return fail(`Numeric PreRelease version must not contain leading zeroes ${goQuote(text)}`);
    return BigInt(text);
  }
  return /^[0-9A-Za-z-]+$/.test(text) ? text : fail(`Invalid character(s) found in prerelease ${goQuote(text)}`);
}

function checkBuild(text: string): void {
  if (text === "") fail("Build meta data is empty");
  if (!/^[0-9A-Za-z-]+$/.test(text)) fail(`Invalid character(s) found in build meta data ${goQuote(text)}`);
}

/** `v1`, `1.02` and the like as full versions. */
function normalize(text: string): string {
  const [first = "", second, ...rest] = text.replace(/^v/, "").split(".");
  const given = [first, second, rest.length === 0 ? undefined : rest.join(".")].filter((part) => part !== undefined);
  const parts = given.map((part) => {
    if (part.length <= 1) return part;
    const short = part.replace(/^0+/, "");
    return /^\d/.test(short) ? short : `0${short}`;
  });
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? "")) return fail("short version cannot contain PreRelease/Build meta data");
  while (parts.length < 3) parts.push("0");
  return parts.join(".");
}

function read(text: string, isLoose = false): Version {
  return parseVersion(isLoose ? normalize(text) : text);
}

function isVersion(text: string, isLoose = false): boolean {
  try {
    read(text, isLoose);
    return true;
  } catch (cause) {
    if (cause instanceof CelError) return false;
    throw cause;
  }
}

function order<T extends bigint | string>(a: T, b: T): number {
  return Number(a > b) - Number(a < b);
}

function compareVersions(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    const found = order(a.numbers[index], b.numbers[index]);
    if (found !== 0) return found;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Number(a.pre.length === 0) - Number(b.pre.length === 0);
  for (const [index, left] of a.pre.entries()) {
    const right = b.pre[index];
    if (right === undefined) return 1;
    const found = typeof left === typeof right ? order(left, right) : typeof left === "bigint" ? -1 : 1;
    if (found !== 0) return found;
  }
  return a.pre.length < b.pre.length ? -1 : 0;
}

function contentOf({ content }: Opaque): Version {
  return content as Version; // Only values of this library have its type.
}

function make(content: Version): Opaque {
  return { shape: "opaque", type: SEMVER as Opaque["type"], content, equals: (other) => compareVersions(content, contentOf(other)) === 0 }; // `opaque` makes objects.
}

const compare = (a: Opaque, b: Opaque): number => compareVersions(contentOf(a), contentOf(b));

function part(index: 0 | 1 | 2): Overload {
  return member([SEMVER], INT, (value: Opaque): Value => contentOf(value).numbers[index]);
}

/** Semantic versions. */
export const SEMVER_LIBRARY: readonly CelFunction[] = [
  fn(
    "semver",
    global([STRING], SEMVER, (text: string) => make(read(text))),
    global([STRING, BOOL], SEMVER, (text: string, isLoose: boolean) => make(read(text, isLoose))),
  ),
  fn("isSemver", global([STRING], BOOL, isVersion), global([STRING, BOOL], BOOL, isVersion)),
  fn("major", part(0)),
  fn("minor", part(1)),
  fn("patch", part(2)),
];

/** Comparisons of versions; amounts have functions of the same names. */
export const SEMVER_ORDER: { readonly isGreaterThan: Overload; readonly isLessThan: Overload; readonly compareTo: Overload } = {
  isGreaterThan: member([SEMVER, SEMVER], BOOL, (a: Opaque, b: Opaque) => compare(a, b) > 0),
  isLessThan: member([SEMVER, SEMVER], BOOL, (a: Opaque, b: Opaque) => compare(a, b) < 0),
  compareTo: member([SEMVER, SEMVER], INT, (a: Opaque, b: Opaque) => BigInt(compare(a, b))),
};
