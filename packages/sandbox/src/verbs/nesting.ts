/** The levels of nesting from which on a body is refused: what walks it later may recurse. The real server takes 10,000. */
const MAX_DEPTH = 1000;

/** Whether a JSON text is nested deeper than is taken. Any text will do: what is no JSON is refused elsewhere. */
export function isNestedTooDeep(text: string): boolean {
  // A level takes at least its two brackets.
  if (text.length <= 2 * MAX_DEPTH) return false;
  let [depth, isInString] = [0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}
