/** One value of a text that holds JSON values one after another. */
export interface JsonText {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * Cuts a text into the JSON values that follow each other in it, without reading them: strings and brackets are all
 * it looks at. What is no value comes as text too, for the parser to refuse.
 */
export function* cutJson(text: string): Generator<JsonText, void, undefined> {
  let depth = 0;
  let start = -1;
  let line = 1;
  let startLine = 1;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|\n|[^\s"[\]{}]+|"/gs)) {
    if (start === -1 && token !== "\n") [start, startLine] = [index, line];
    line += token === "\n" ? 1 : token.split("\n").length - 1;
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    if (start === -1 || depth > 0 || token === "\n") continue;
    yield { line: startLine, text: text.slice(start, index + token.length) };
    [start, depth] = [-1, 0];
  }
  if (start !== -1) yield { line: startLine, text: text.slice(start) };
}
