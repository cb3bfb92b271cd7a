/**
 * The paths of keys that occur more than once in one object of a JSON text, such as `spec.a` or `spec.list[0].b`.
 *
 * The text must be valid JSON: it is only skimmed. Keys are compared as written, escapes and all, but for those that hold escapes,
 * which are decoded first.
 */
export function duplicateKeys(text: string): readonly string[] {
  const found = new Set<string>();
  const open: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const top = open.at(-1);
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push({ keys: new Set(), index: 0, key: undefined });
        break;
      case 0x5b: // [
        open.push({ keys: undefined, index: 0, key: undefined });
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        break;
      case 0x2c: // ,
        if (top !== undefined) Object.assign(top, { index: top.index + 1, key: undefined });
        break;
      case 0x22: {
        const end = endOfString(text, at);
        if (top?.keys !== undefined && top.key === undefined) noteKey(top, textOf(text.slice(at, end + 1)), open, found);
        at = end;
      }
    }
  }
  return [...found];
}

interface Level {
  /** The keys seen so far; absent in an array. */
  readonly keys: Set<string> | undefined;
  index: number;
  /** The key whose value is being skimmed. */
  key: string | undefined;
}

function noteKey(level: Level, key: string, open: readonly Level[], found: Set<string>): void {
  level.key = key;
  if (level.keys?.has(key) === true) found.add(pathOf(open));
  level.keys?.add(key);
}

function pathOf(open: readonly Level[]): string {
  return open
    .map(({ keys, index, key }) => (keys === undefined ? `[${index}]` : `.${key ?? ""}`))
    .join("")
    .replace(/^\./, "");
}

function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

function textOf(literal: string): string {
  return literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1);
}
