/** One placeholder of a template: `%d`, `%.2f`. */
export interface Placeholder {
  readonly verb: string;
  readonly precision: number;
}

/** The parts of a template: texts and placeholders. A `%` at the end is a placeholder without a verb. */
export function parseTemplate(template: string): readonly (Placeholder | string)[] {
  const parts: (Placeholder | string)[] = [];
  for (const [text, precision, verb] of template.matchAll(/%%|%(?:\.(\d*))?(.?)|[^%]+/gsu)) {
    if (!text.startsWith("%") || text === "%%") parts.push(text === "%%" ? "%" : text);
    else parts.push({ verb: verb ?? "", precision: precision === undefined ? 6 : Number(precision) });
  }
  return parts;
}

const INTEGERS: readonly string[] = ["int", "uint"];
const DOUBLES: readonly string[] = ["double", "string"];
const HEX = { types: [...INTEGERS, "string", "bytes"], rule: "only integers, byte buffers, and strings can be formatted as hex" };
const ANY =
  "int uint double bool string bytes list map type null_type null timestamp duration google.protobuf.Timestamp google.protobuf.Duration".split(
    " ",
  );

const VERBS: ReadonlyMap<string, { readonly types: readonly string[]; readonly rule: string }> = new Map([
  [
    "s",
    {
      types: ANY,
      rule: "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
    },
  ],
  ["d", { types: INTEGERS, rule: "decimal clause can only be used on integers" }],
  ["f", { types: DOUBLES, rule: "fixed-point clause can only be used on doubles" }],
  ["e", { types: DOUBLES, rule: "scientific clause can only be used on doubles" }],
  ["b", { types: [...INTEGERS, "bool"], rule: "only integers and bools can be formatted as binary" }],
  ["x", HEX],
  ["X", HEX],
  ["o", { types: INTEGERS, rule: "octal clause can only be used on integers" }],
]);

/** What is wrong with a value of the type of this name for a verb, or with the verb itself; `undefined` when nothing is. */
export function clauseProblem(verb: string, type: string): { readonly message: string; readonly isOfVerb: boolean } | undefined {
  if (verb === "") return { message: "unexpected end of string", isOfVerb: true };
  const known = VERBS.get(verb);
  if (known === undefined)
    return { message: `could not parse formatting clause: unrecognized formatting clause "${verb}"`, isOfVerb: true };
  return known.types.includes(type) ? undefined : { message: `error during formatting: ${known.rule}, was given ${type}`, isOfVerb: false };
}
