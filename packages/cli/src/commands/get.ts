import { PolykindError } from "@polykind/core";
import type { KindReport, KindsLine } from "@polykind/manager";
import { ask, notAManager } from "../ask.ts";
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

/** Prints the kinds of a running manager. Rejects with `API_UNREACHABLE` when there is none. */
export async function getKinds({ endpoint, output, isWatch, signal }: GetCall, terminal: Terminal): Promise<void> {
  if (isWatch) return watchKinds({ endpoint, output, signal }, terminal);
  const response = await asked(`${endpoint}/v1/kinds`, signal);
  const { kinds } = (await response.json()) as { readonly kinds: readonly KindReport[] }; // Our own endpoint's answer.
  if (kinds.length === 0 && (output === "table" || output === "wide"))
    say(terminal.err, "no kinds: no plugin is loaded and no CustomResourceDefinition is there");
  terminal.out.write(printKinds(kinds, output, Date.now()));
}

async function watchKinds({ endpoint, output, signal }: Omit<GetCall, "isWatch">, terminal: Terminal): Promise<void> {
  const response = await asked(`${endpoint}/v1/kinds?watch=true`, signal);
  let isFirst = true;
  for await (const line of linesOf(response)) {
    const { kinds, gone } = JSON.parse(line) as KindsLine; // Our own endpoint's line.
    const text = printKinds(kinds, output, Date.now());
    terminal.out.write(isFirst || (output !== "table" && output !== "wide") ? text : text.slice(text.indexOf("\n") + 1));
    if (output === "table" || output === "wide") for (const crd of gone) say(terminal.out, `${crd} is gone`);
    isFirst = false;
  }
  if (!signal.aborted) throw new PolykindError("API_UNREACHABLE", `cannot watch kinds any longer: the manager at ${endpoint} has ended`);
}

async function asked(url: string, signal: AbortSignal): Promise<Response> {
  const response = await ask(url, signal);
  if (!response.ok) throw notAManager(response, "get kinds");
  return response;
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = "";
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Whether `text` names a format. */
export function isOutputFormat(text: string): text is OutputFormat {
  return OUTPUT_FORMATS.some((format) => format === text);
}
