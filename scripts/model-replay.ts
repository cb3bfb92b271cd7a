import { parseArgs } from "node:util";
import { production, productionFolder, usePlanted } from "../test/model/plant.ts";
import { loadDriver } from "../test/replay/driver.ts";
import { DRIVER_MISTAKES } from "../test/replay/mistakes.ts";
import { type Outcome, replay, type ReplayOptions } from "../test/replay/replay.ts";
import { NEAR, shortestTraces, type Trace, walk } from "../test/replay/traces.ts";

const HELP = `npm run model:replay [-- --traces N --seed S --trace K --jobs N]
Replays traces of the model of the life of a kind on the real manager, over the embedded API server: the shortest way to each state of a kind by each last move, then walks.
  --traces N   so many walks; default 100
  --seed S     the seed of the first walk; default 1
  --trace K    only the trace of this name or number, and its story
  --mistakes   plants mistakes, one at a time, in a copy of the manager, and shows which trace catches each
  --jobs N     so many at a time; default 4`;

const { values } = parseArgs({
  options: {
    traces: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    trace: { type: "string" },
    jobs: { type: "string", default: "4" },
    mistakes: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) console.log(HELP);
else process.exit(values.mistakes ? await showMistakes() : await replayAll()); // What a trace that failed left behind must not hold the end.

/** Replays on each mistake the trace that must catch it. */
async function showMistakes(): Promise<number> {
  const subject = await production();
  const traces = shortestTraces(subject, NEAR);
  let missed = 0;
  for (const mistake of DRIVER_MISTAKES) {
    const caught = await usePlanted(mistake, async (folder) =>
      catchIn(
        traces.filter(({ name }) => name === mistake.caughtBy),
        { subject, driver: await loadDriver(folder) },
      ),
    );
    if (caught?.failure === undefined || !mistake.says.test(caught.failure)) missed += 1;
    console.log(`${mistake.name.padEnd(84)} ${caught?.trace.name ?? "NOT CAUGHT"}\n${caught?.failure?.split("\n").at(-1)}`);
  }
  console.log(`${DRIVER_MISTAKES.length - missed} of ${DRIVER_MISTAKES.length} mistakes caught`);
  return missed > 0 ? 1 : 0;
}

async function catchIn(traces: readonly Trace[], options: ReplayOptions): Promise<Outcome | undefined> {
  for (const trace of traces) {
    const outcome = await replay(trace, { ...options, patienceMs: 1_000 });
    if (outcome.failure !== undefined) return outcome;
  }
  return undefined;
}

async function replayAll(): Promise<number> {
  const subject = await production();
  const driver = await loadDriver(productionFolder);
  const walks = Array.from({ length: Number(values.traces) }, (_, at) => walk(subject, Number(values.seed) + at));
  const traces = [...shortestTraces(subject, NEAR), ...walks].filter((trace, at) => isChosen(trace, at));
  const outcomes: Outcome[] = [];
  const left = [...traces.entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const outcome = await replay(next[1], { subject, driver });
      outcomes.push(outcome);
      if (values.trace !== undefined) console.log(outcome.failure ?? outcome.story);
      else if (outcome.failure !== undefined) console.log(`\n${next[1].name} FAILED\n${outcome.failure}\n`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  sayOutcomes(outcomes, performance.now() - startedAt);
  return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

function isChosen({ name }: Trace, at: number): boolean {
  return values.trace === undefined || values.trace === name || values.trace === String(at);
}

function sayOutcomes(outcomes: readonly Outcome[], tookMs: number): void {
  const steps = outcomes.reduce((sum, outcome) => sum + outcome.steps, 0);
  const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
  const cut = outcomes.filter((outcome) => outcome.cut !== undefined).length;
  for (const { trace, cut: why } of outcomes) if (why !== undefined) console.log(`${trace.name}: ${why}`);
  console.log(`${outcomes.length} traces, ${steps} steps, ${failed} failed, ${cut} cut short, ${(tookMs / 1000).toFixed(1)} s`);
}
