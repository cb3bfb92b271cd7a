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
  /\\Q([\s\S]*?)(?:\\E|$)|\\x\{([0-9a-fA-F]+)\}|\\([pP])([A-Z])|\\([\s\S])|\[(\^?)(\]?)|\(\?P<|\(\?([imsU]+)\)|\(\?([imsU]*)-?([imsU]*):|[\s\S]/u;

/** A pattern in RE2 syntax, known to be right, as one with the same meaning for JavaScript's engine with the flag `u`. */
export function toJsPattern(pattern: string): string {
  let [out, at, open] = ["", 0, 0];
  const token = new RegExp(TOKEN.source, "uy");
  while (at < pattern.length) {
    token.lastIndex = at;
    const match = token.exec(pattern);
    const isClass = match?.[0].startsWith("[") === true;
    const end = isClass ? endOfClass(pattern, at) : at + (match?.[0].length ?? 1);
    if (match !== null) out += isClass ? charClass(pattern.slice(at, end)) : translated(match);
    if (match?.[8] !== undefined) open++;
    at = end;
  }
  return out + ")".repeat(open);
}

function translated(match: RegExpExecArray): string {
  const [text, quoted, code, property, letter, escape, , , flags, on, off] = match;
  if (quoted !== undefined) return quoted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  if (code !== undefined) return `\\u{${code}}`;
  if (property !== undefined) return `\\${property}{${letter}}`;
  if (escape !== undefined) return escaped(escape);
  if (text === "(?P<") return "(?<";
  // Flags in the middle hold to the end of their group, or of the whole; the latter is what is written.
  if (flags !== undefined) return `(?${flags.replace("U", "")}:`;
  if (on !== undefined) return `(?${on.replace("U", "")}${off === undefined || off === "" ? "" : `-${off}`}:`;
  return text === "." ? "[^\\n]" : text === "$" ? "(?![\\s\\S])" : text;
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
