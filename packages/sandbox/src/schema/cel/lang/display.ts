import type { SourceError } from "./syntax.ts";

/** Errors of the compiler as the server shows them: with line, column and a pointer below the source. */
export function displayErrors(source: string, errors: readonly SourceError[]): string {
  return errors
    .map((error) => ({ error, ...placeOf(source, error.at) }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ error, line, column, text }) => displayed(error.message, { line, column, text }))
    .join("\n");
}

function placeOf(source: string, at: number): { readonly line: number; readonly column: number; readonly text: string } {
  if (at < 0) return { line: -1, column: -1, text: "" };
  const before = source.slice(0, at);
  const line = before.split("\n").length;
  const column = Array.from(before.slice(before.lastIndexOf("\n") + 1)).length;
  return { line, column, text: source.split("\n")[line - 1] ?? "" };
}

function displayed(message: string, { line, column, text }: { line: number; column: number; text: string }): string {
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
  if (line < 1) return head;
  const chars = Array.from(text.replaceAll("\t", " "));
  const isWide = (char: string | undefined): boolean => char !== undefined && (char.codePointAt(0) ?? 0) > 0x7f;
  const dots = chars.slice(0, column).map((char) => (isWide(char) ? "\uff0e" : "."));
  return `${head}\n | ${chars.join("")}\n | ${dots.join("")}${isWide(chars[column]) ? "\uff3e" : "^"}`;
}
