// `npm run leak:kinds [-- --cycles N --real]`: one kind comes and goes N times under one manager; prints what was held after the first tenth, at most 1,000 cycles, and at the end.
import { parseArgs } from "node:util";
import { isRealApiThere, startRealApi } from "../support/real-api.ts";
import { judge, tableOf } from "./judge.ts";
import { runLives } from "./run.ts";
import { openLeakServer } from "./server.ts";

const { values } = parseArgs({ options: { cycles: { type: "string" }, real: { type: "boolean", default: false } } });

const HEAP_BYTES = 1_000_000;
/** After so many lives there was one of every sort, and each counter has come up. */
const EVERY_SORT = 16;
/** A real server looks every five seconds only whether the objects of a CRD that is being deleted are gone. */
const DRAIN_EVERY_REAL = 25;

const say = (line: string): unknown => process.stdout.write(`${line}\n`);
const there = isRealApiThere();
if (values.real && !there.isThere) say(`skipped: ${there.reason}`);
else await main();

async function main(): Promise<void> {
  const cycles = Number(values.cycles ?? (values.real ? 500 : 10_000));
  const markAt = Math.max(1, Math.min(cycles - 1, Math.max(EVERY_SORT, Math.min(1_000, Math.floor(cycles / 10)))));
  await using stack = new AsyncDisposableStack();
  const real = values.real ? stack.use(await startRealApi()) : undefined;
  const server = stack.use(await openLeakServer(real));
  const startedAt = performance.now();
  const onCycle = (done: number): void => {
    if (process.stderr.isTTY || done % 1_000 === 0)
      process.stderr.write(
        `${process.stderr.isTTY ? "\r" : ""}cycle ${done}, ${((performance.now() - startedAt) / done).toFixed(1)} ms each${process.stderr.isTTY ? " " : "\n"}`,
      );
  };
  const outcome = await runLives({ server, cycles, markAt, drainEvery: real === undefined ? 1 : DRAIN_EVERY_REAL, onCycle });
  const rows = judge(outcome, HEAP_BYTES);
  for (const line of tableOf(rows, [markAt, cycles])) say(line);
  const each = (outcome.end.heap - outcome.mark.heap) / (cycles - markAt);
  say(`${outcome.incarnations} lives, ${outcome.cycleMs.toFixed(1)} ms and ${each.toFixed(0)} bytes each`);
  const breaches = rows.filter(({ isBreach }) => isBreach).length;
  say(breaches === 0 ? "nothing leaks" : `${breaches} breaches`);
  process.exitCode = breaches === 0 ? 0 : 1;
}
