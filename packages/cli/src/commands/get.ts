import { PolykindError } from "@polykind/core";
import { isKinds, isKindsLine } from "../answer-shape.ts";
import { ask, checkOk, readJson, readJsonLines } from "../ask.ts";
import { OUTPUT_FORMATS, type OutputFormat, printKinds } from "../output/kinds.ts";
import { say, type Terminal } from "../terminal.ts";

/** What `get kinds` is called with. */
export interface GetCall {
  /** The manager's address, such as `http://127.0.0.1:8377`. */
  readonly endpoint: string;
  readonly output: OutputFormat;
  /** Goes on and prints what changes. */
  readonly isWatch: boolean;
  readonly signal: AbortSignal;
}

/** Prints the kinds of a running manager. Rejects with `API_UNREACHABLE` when there is none, `TIMED_OUT` or `API_PROTOCOL` when something else is. */
export async function getKinds({ endpoint, output, isWatch, signal }: GetCall, terminal: Terminal): Promise<void> {
  if (isWatch) return watchKinds({ endpoint, output, signal }, terminal);
  using answer = await ask(`${endpoint}/v1/kinds`, { what: "get kinds", signal });
  checkOk(answer);
  const { kinds } = await readJson(answer, isKinds);
  if (kinds.length === 0 && isTable(output))
    say(terminal.err, "no kinds: no CustomResourceDefinition is there for this manager, and no plugin names a kind");
  terminal.out.write(printKinds(kinds, output, Date.now()));
}

async function watchKinds({ endpoint, output, signal }: Omit<GetCall, "isWatch">, terminal: Terminal): Promise<void> {
  using answer = await ask(`${endpoint}/v1/kinds?watch=true`, { what: "get kinds", signal });
  checkOk(answer);
  let isFirst = true;
  for await (const { kinds, gone } of readJsonLines(answer, isKindsLine)) {
    const text = printKinds(kinds, output, Date.now());
    terminal.out.write(isFirst ? text : nextText(text, output));
    if (isTable(output)) for (const crd of gone) say(terminal.out, `${crd} is gone`);
    isFirst = false;
  }
  if (!signal.aborted) throw new PolykindError("API_UNREACHABLE", `cannot watch kinds any longer: the manager at ${endpoint} has ended`);
}

/** A text that comes behind another: a table has its titles already, and each document of YAML must be told from the one before. */
function nextText(text: string, output: OutputFormat): string {
  if (isTable(output)) return text.slice(text.indexOf("\n") + 1);
  return output === "yaml" ? `---\n${text}` : text;
}

function isTable(output: OutputFormat): boolean {
  return output === "table" || output === "wide";
}

/** Whether `text` names a format. */
export function isOutputFormat(text: string): text is OutputFormat {
  return OUTPUT_FORMATS.some((format) => format === text);
}
