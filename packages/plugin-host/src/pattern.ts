/**
 * Whether `text` is of the form `pattern`, in which each `*` stands for any text, none too. Takes time in proportion to both, whatever they hold.
 *
 * @example
 * matchesPattern("*.example.com", "demo.example.com");
 * // => true
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - tail.length;
}
