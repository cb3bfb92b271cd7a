import { closeSync, constants, openSync, statSync } from "node:fs";
import { messageOf, untilAborted } from "@polykind/core";
import { type ReadDocument, readDocuments, type Sandbox } from "@polykind/sandbox";
import { say, type Terminal } from "./terminal.ts";

/** How {@link loadFiles} loads. */
export interface LoadOptions {
  /** What the documents are, for people. */
  readonly what: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/**
 * Loads the documents of `files` in order; each that is broken or refused is told on standard error with its place and the reason, and the rest goes on. Rejects with the reason of
 * the signal as soon as it aborts, also where a file waits for whoever writes it.
 */
export async function loadFiles(sandbox: Sandbox, files: readonly string[], { what, terminal, signal }: LoadOptions): Promise<void> {
  let [accepted, refused] = [0, 0];
  for (const file of files) {
    for await (const read of documentsUntil(file, signal)) {
      const reason = "error" in read ? reasonOf(read) : await load(sandbox, read.document);
      if (reason === undefined) accepted += 1;
      else {
        refused += 1;
        say(terminal.err, `refused ${read.where}: ${reason}`);
      }
    }
  }
  if (files.length > 0) say(terminal.err, `${what}: ${accepted} loaded, ${refused} refused`);
}

/** The documents until the signal aborts: a read that waits cannot be ended, and is left to itself then. */
async function* documentsUntil(file: string, signal: AbortSignal): AsyncGenerator<ReadDocument, void, undefined> {
  const documents = readDocuments(file);
  try {
    for (;;) {
      const next = await untilAborted(documents.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (signal.aborted) wake(file);
  }
}

/** A pipe that waits to be opened by its writer holds the process up even at its exit, where Node waits for the thread that opens it: a writer comes, and goes again. */
function wake(file: string): void {
  try {
    if (statSync(file).isFIFO()) closeSync(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody waits for it.
  }
}

/** The reason alone, where the error names the place too. */
function reasonOf({ where, error }: Extract<ReadDocument, { readonly error: unknown }>): string {
  const [text, named] = [messageOf(error), `cannot read ${where}: `];
  return text.startsWith(named) ? text.slice(named.length) : text;
}

async function load(sandbox: Sandbox, document: unknown): Promise<string | undefined> {
  const outcome = await sandbox.load(document);
  if (outcome.isAccepted) return undefined;
  const named = [outcome.kind, outcome.name].filter((name) => name !== "").join(" ");
  return named === "" ? outcome.reason : `${named}: ${outcome.reason}`;
}
