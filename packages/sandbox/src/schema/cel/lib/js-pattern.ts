const CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t ",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

const TOKEN =
  /\\Q([\s\S]*?)(?:\\E|$)|\\x\{([0-9a-fA-F]+)\}|\\([pP])([A-Z])|\\([\s\S])|\[(\^?)(\]?)|\(\?P<|\(\?([imsU]*)(?:-([imsU]+))?([:)])|[\s\S]/u;

/** What a group, or the whole pattern, began with. */
interface Scope {
  /** Flags that hold in it: "i", "m", "s". */
  readonly flags: string;
  /** How many groups of the result end with it. */
  readonly closes: number;
}

/** A pattern in RE2 syntax, known to be right, as one with the same meaning for JavaScript's engine with the flag "u". */
export function toJsPattern(pattern: string): string {
  let [out, at] = ["", 0];
  const scopes: Scope[] = [{ flags: "", closes: 0 }];
  const token = new RegExp(TOKEN.source, "uy");
  while (at < pattern.length) {
    token.lastIndex = at;
    const match = token.exec(pattern);
    const isClass = match?.[0].startsWith("[") === true;
    const end = isClass ? endOfClass(pattern, at) : at + (match?.[0].length ?? 1);
    if (match !== null) out += isClass ? charClass(pattern.slice(at, end)) : translated(match, scopes);
    at = end;
  }
  return out + ")".repeat(scopes.at(-1)?.closes ?? 0);
}

function translated(match: RegExpExecArray, scopes: Scope[]): string {
  const [text, quoted, code, property, letter, escape] = match;
  if (quoted !== undefined) return quoted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  if (code !== undefined) return `\\u{${code}}`;
  if (property !== undefined) return `\\${property}{${letter}}`;
  if (escape !== undefined) return escaped(escape);
  return match[10] === undefined ? ofScope(text, scopes) : withFlags(match, scopes);
}

/** A character by itself, which may mean another thing by the flags that hold. */
function ofScope(text: string, scopes: Scope[]): string {
  const { flags, closes } = scopes.at(-1) ?? { flags: "", closes: 0 };
  switch (text) {
    case "(?P<":
    case "(":
      scopes.push({ flags, closes: 1 });
      return text === "(" ? "(" : "(?<";
    case ")":
      scopes.pop();
      return ")".repeat(closes);
    case ".":
      return flags.includes("s") ? "[\\s\\S]" : "[^\\n]";
    case "^":
      return flags.includes("m") ? "(?<![^\\n])" : "(?<![\\s\\S])";
    case "$":
      return flags.includes("m") ? "(?![^\\n])" : "(?![\\s\\S])";
    default:
      return text;
  }
}

/** A group with flags, or flags that hold to the end of the group they stand in. Only that of case is JavaScript's business. */
function withFlags(match: RegExpExecArray, scopes: Scope[]): string {
  const [on = "", off = "", end] = match.slice(8);
  const around = scopes.at(-1) ?? { flags: "", closes: 0 };
  const flags = [...new Set(around.flags + on)].filter((flag) => !off.includes(flag)).join("");
  const opening = on.includes("i") ? "(?i:" : off.includes("i") ? "(?-i:" : "(?:";
  if (end === ":") scopes.push({ flags, closes: 1 });
  else scopes[scopes.length - 1] = { flags, closes: around.closes + 1 };
  return opening;
}

function escaped(char: string): string {
  switch (char) {
    case "A":
      return "(?<![\\s\\S])";
    case "z":
      return "(?![\\s\\S])";
    case "a":
      return "\\x07";
    case "s":
      return "[\\t\\n\\f\\r ]";
    case "S":
      return "[^\\t\\n\\f\\r ]";
    default:
      return /[a-zA-Z0-9^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
  }
}

function endOfClass(pattern: string, start: number): number {
  let at = start + (pattern[start + 1] === "^" ? 2 : 1);
  if (pattern[at] === "]") at++;
  while (at < pattern.length && pattern[at] !== "]") {
    if (pattern[at] === "\\") at += 2;
    else if (pattern.startsWith("[:", at)) at = pattern.indexOf(":]", at) + 2;
    else at++;
  }
  return at + 1;
}

function charClass(text: string): string {
  const isNegated = text.startsWith("[^");
  const body = text.slice(isNegated ? 2 : 1, -1);
  const inner = body
    .replace(/\[:(\^?)(\w+):\]/g, (match, negated: string, name: string) => (negated === "" ? (CLASSES[name] ?? match) : match))
    .replace(/\\s/g, "\\t\\n\\f\\r ")
    .replace(/\\x\{([0-9a-fA-F]+)\}/g, "\\u{$1}")
    .replace(/\\([pP])([A-Z])/g, "\\$1{$2}")
    .replace(/\\a/g, "\\x07")
    .replace(/\\([^a-zA-Z0-9^$\\.*+?()[\]{}|/-])/g, "$1")
    .replace(/^\]/, "\\]")
    .replace(/\[/g, "\\[")
    .replace(/\\\\\[/g, "\\[");
  return `[${isNegated ? "^" : ""}${inner}]`;
}
