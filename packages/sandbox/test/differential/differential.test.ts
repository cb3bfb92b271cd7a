import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { isKnownDifference } from "./differences.ts";
import { type Outcome, play, playAll } from "./script.ts";
import { SCRIPTS } from "./scripts/index.ts";
import { openSandboxServer, reasonWithoutRealServer, startRealServer } from "./server.ts";

interface RecordedLine extends Outcome {
  readonly script: string;
}

async function readRecorded(): Promise<ReadonlyMap<string, readonly Outcome[]>> {
  const text = await readFile(new URL("recorded.ndjson", import.meta.url), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedLine); // Written by record.ts.
  return Map.groupBy(lines, ({ script }) => script);
}

/** Every step is compared, so that one difference does not hide the next. */
function compare(script: string, ours: readonly Outcome[], theirs: readonly Outcome[]): void {
  const failures: Error[] = [];
  for (const [index, { why, answer }] of ours.entries()) {
    if (isKnownDifference(script, why)) continue;
    try {
      assert.deepEqual(answer, theirs[index]?.answer, why);
    } catch (failure) {
      if (failure instanceof Error) failures.push(failure);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join("\n\n"));
}

describe("the sandbox answers as the real server did", { concurrency: true }, () => {
  for (const script of SCRIPTS) {
    test(script.name, async () => {
      await using server = await openSandboxServer();
      const theirs = (await readRecorded()).get(script.name) ?? [];
      const ours = await play(script, server);
      assert.deepEqual(
        theirs.map(({ why }) => why),
        script.steps.map(({ why }) => why),
        "the recorded answers are of another script: run record.ts",
      );
      compare(script.name, ours, theirs);
    });
  }
});

const reason = reasonWithoutRealServer();
test("the recorded answers are still those of the real server", reason === undefined ? {} : { skip: reason }, async () => {
  await using server = await startRealServer();
  const recorded = await readRecorded();
  for (const [script, outcomes] of await playAll(SCRIPTS, server)) compare(script.name, outcomes, recorded.get(script.name) ?? []);
});
