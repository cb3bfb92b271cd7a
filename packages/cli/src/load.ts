import { messageOf } from "@polykind/core";
import { readDocuments, type Sandbox } from "@polykind/sandbox";
import { say, type Terminal } from "./terminal.ts";

/** What became of the documents of some files. */
export interface Loaded {
  readonly accepted: number;
  /** Documents that are broken or that the server refuses; each was told. */
  readonly refused: number;
}

/** Loads the documents of `files` in order; each that is broken or refused is told on standard error with its place and the reason, and the rest goes on. */
export async function loadFiles(sandbox: Sandbox, files: readonly string[], what: string, terminal: Terminal): Promise<Loaded> {
  let [accepted, refused] = [0, 0];
  for (const file of files) {
    for await (const read of readDocuments(file)) {
      const reason = "error" in read ? messageOf(read.error) : await load(sandbox, read.document);
      if (reason === undefined) accepted += 1;
      else {
        refused += 1;
        say(terminal.err, `refused ${read.where}: ${reason}`);
      }
    }
  }
  if (files.length > 0) say(terminal.err, `${what}: ${accepted} loaded, ${refused} refused`);
  return { accepted, refused };
}

async function load(sandbox: Sandbox, document: unknown): Promise<string | undefined> {
  const outcome = await sandbox.load(document);
  return outcome.isAccepted ? undefined : `${outcome.kind} ${outcome.name}: ${outcome.reason}`;
}
