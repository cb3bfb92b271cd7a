/** One step of a JSONPath, in the dialect of kubectl and printer columns. */
export type PathStep =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | { readonly kind: "literal"; readonly value: unknown }
  | {
      readonly kind: "slice";
      readonly from: number | undefined;
      readonly to: number | "one" | undefined;
      readonly step: number | undefined;
    }
  | { readonly kind: "filter"; readonly left: readonly PathStep[]; readonly operator: string; readonly right: readonly PathStep[] }
  | { readonly kind: "union"; readonly paths: readonly (readonly PathStep[])[] };

/** Reads text from left to right. */
interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Reads a JSONPath such as `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['a\.b/c']` or `.items[*].name`,
 * in the dialect of Kubernetes: a backslash escapes a dot, a filter holds one comparison or a path that must exist.
 *
 * @returns `undefined` for what is no JSONPath.
 */
export function parseJsonPath(text: string): readonly PathStep[] | undefined {
  const cursor: Cursor = { text, at: 0 };
  const steps: PathStep[] = [];
  while (cursor.at < text.length) {
    const next = readStep(cursor);
    if (next === undefined) return undefined;
    steps.push(...next);
  }
  return steps;
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  const sticky = new RegExp(pattern.source, "sy");
  sticky.lastIndex = cursor.at;
  const match = sticky.exec(cursor.text);
  if (match !== null) cursor.at = sticky.lastIndex;
  return match ?? undefined;
}

function readStep(cursor: Cursor): readonly PathStep[] | undefined {
  if (take(cursor, /[ @$]/) !== undefined) return [];
  if (take(cursor, /\.\./) !== undefined) return [{ kind: "recursive" }, ...fieldOf(take(cursor, /\w(?:\\.|[^\s.,[\]$@{}\\])*/)?.[0])];
  const field = take(cursor, /\.((?:\\.|[^\s.,[\]$@{}\\])*)/);
  if (field !== undefined) return fieldOf(field[1]);
  const filter = take(cursor, /\[\?\(((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^"')])*)\)\]/);
  if (filter !== undefined) return readFilter(filter[1] ?? "");
  const array = take(cursor, /\[([^\]\n]*)\]/);
  if (array !== undefined) return readBrackets(array[1] ?? "");
  return readLiteral(cursor);
}

function fieldOf(text: string | undefined): readonly PathStep[] {
  if (text === undefined) return [];
  return text === "*" ? [{ kind: "wildcard" }] : [{ kind: "field", name: text.replaceAll("\\", "") }];
}

function readLiteral(cursor: Cursor): readonly PathStep[] | undefined {
  const quoted = take(cursor, /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'/);
  if (quoted !== undefined) return [{ kind: "literal", value: (quoted[1] ?? quoted[2] ?? "").replace(/\\(.)/gs, "$1") }];
  const number = take(cursor, /[-+]?\d[\d.]*/);
  if (number !== undefined) return Number.isNaN(Number(number[0])) ? undefined : [{ kind: "literal", value: Number(number[0]) }];
  const word = take(cursor, /true|false/);
  return word === undefined ? undefined : [{ kind: "literal", value: word[0] === "true" }];
}

function readFilter(text: string): readonly PathStep[] | undefined {
  const [, leftText, operator, rightText] = /^([^!<>=]+)([!<>=]+)(.+)$/s.exec(text) ?? [];
  if (leftText === undefined || operator === undefined || rightText === undefined) {
    const left = parseJsonPath(text);
    return left === undefined ? undefined : [{ kind: "filter", left, operator: "exists", right: [] }];
  }
  const [left, right] = [parseJsonPath(leftText), parseJsonPath(rightText)];
  return left === undefined || right === undefined ? undefined : [{ kind: "filter", left, operator, right }];
}

function readBrackets(text: string): readonly PathStep[] | undefined {
  if (text.includes(",")) {
    const paths = text.split(",").map((part) => readBrackets(part.trim()));
    return paths.every((path) => path !== undefined) ? [{ kind: "union", paths }] : undefined;
  }
  const quoted = /^'([^']*)'$/.exec(text)?.[1];
  if (quoted !== undefined) return parseJsonPath(`.${quoted}`);
  const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text === "*" ? ":" : text);
  if (slice === null) return undefined;
  const numberOf = (part: string | undefined): number | undefined =>
    part === undefined || /^:?$/.test(part) ? undefined : Number(part.replace(":", ""));
  return [{ kind: "slice", from: numberOf(slice[1]), to: slice[2] === undefined ? "one" : numberOf(slice[2]), step: numberOf(slice[3]) }];
}
