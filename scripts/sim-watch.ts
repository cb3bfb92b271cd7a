import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hunt } from "../test/sim/bugs.ts";
import { PRODUCTION, type Tally } from "../test/sim/part.ts";
import { scheduleOf } from "../test/sim/schedule.ts";
import { BUGS } from "../test/sim/seeded-bugs.ts";
import { shrink } from "../test/sim/shrink.ts";
import { textOfEvent, textOfSchedule, textOfViolation } from "../test/sim/story.ts";
import { simulate } from "../test/sim/world.ts";

const HELP = `npm run sim:watch [-- --seeds N [--from K] [--jobs N] | --seed K | --bugs [--seeds N]]
Simulates the informer against a model of a cluster, and checks W1-W18 in what happened.
  --seeds N   plays N schedules (default 20000); with --bugs, at most N for each bug (default 4000)
  --from K    the first seed (default 1)
  --seed K    plays one schedule and tells its story
  --bugs      plants mistakes, one at a time, in a copy of the package, and shows which invariant catches each`;

/** So many of the seeds that fail are told. */
const MOST_SHOWN = 20;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    jobs: { type: "string", default: String(Math.min(4, availableParallelism())) },
    bugs: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) console.log(HELP);
else if (values.bugs) process.exitCode = await showBugs(Number(values.seeds ?? 4_000));
else if (values.seed === undefined) process.exitCode = await playAll(Number(values.seeds ?? 20_000), Number(values.from));
else process.exitCode = await tellStory(Number(values.seed));

async function playAll(seeds: number, from: number): Promise<number> {
  const jobs = Math.max(1, Number(values.jobs));
  const startedAt = performance.now();
  const tallies = await Promise.all(Array.from({ length: jobs }, (_, job) => playPart([from + job, from + seeds - 1, jobs])));
  const tookS = (performance.now() - startedAt) / 1000;
  const sum = (read: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + read(tally), 0);
  const schedules = sum((tally) => tally.schedules);
  const failed = tallies.flatMap((tally) => tally.failed).toSorted((a, b) => a - b);
  console.log(`schedules   ${schedules}, seeds ${from} to ${from + seeds - 1}, ${jobs} processes`);
  console.log(`events      ${sum(({ events }) => events)}, ${(sum(({ virtualMs }) => virtualMs) / 86_400_000).toFixed(1)} virtual days`);
  console.log(`violations  ${failed.length}${failed.length > 0 ? `, in seeds ${textOfSeeds(failed)}` : ""}`);
  console.log(`took        ${tookS.toFixed(1)} s, ${Math.round(schedules / tookS)} schedules a second`);
  const [first] = failed;
  if (first !== undefined) await explain(first);
  return failed.length > 0 || schedules === 0 ? 1 : 0;
}

function textOfSeeds(seeds: readonly number[]): string {
  const shown = seeds.slice(0, MOST_SHOWN).join(", ");
  return seeds.length > MOST_SHOWN ? `${shown} and ${seeds.length - MOST_SHOWN} more` : shown;
}

async function playPart(args: readonly number[]): Promise<Tally> {
  const child = fork(join(import.meta.dirname, "../test/sim/child.ts"), args.map(String), { execArgv: ["--conditions=@polykind/source"] });
  const ended = once(child, "exit");
  const answered = once(child, "message");
  const [first] = (await Promise.race([answered, ended])) as [Tally | number | null]; // A child sends one tally, or ends without.
  if (typeof first !== "object" || first === null) throw new Error(`cannot simulate: a child process ended with ${first}`);
  await ended;
  return first;
}

/** Prints the shortest schedule found that still fails as that of `seed` does. */
async function explain(seed: number): Promise<void> {
  const schedule = scheduleOf(seed);
  const [violation] = (await simulate(schedule, PRODUCTION)).violations;
  if (violation === undefined) return console.log(`seed ${seed} fails in company only: it does not fail alone`);
  const shortest = await shrink(schedule, { invariant: violation.invariant, subject: PRODUCTION });
  console.log(`\n${schedule.acts.length} acts shrunk to ${shortest.acts.length}:\n${textOfSchedule(shortest)}\n`);
  for (const found of (await simulate(shortest, PRODUCTION)).violations) console.log(`${textOfViolation(found)}\n`);
  console.log(`npm run sim:watch -- --seed ${seed}`);
}

async function tellStory(seed: number): Promise<number> {
  const schedule = scheduleOf(seed);
  const { trace, violations } = await simulate(schedule, PRODUCTION);
  console.log(`${textOfSchedule(schedule)}\n`);
  for (const event of trace) console.log(textOfEvent(event));
  console.log(`\n${trace.length} events, ${violations.length} violations`);
  for (const violation of violations) console.log(`\n${textOfViolation(violation)}`);
  if (violations.length > 0) await explain(seed);
  return violations.length > 0 ? 1 : 0;
}

async function showBugs(seeds: number): Promise<number> {
  let missed = 0;
  for (const bug of BUGS) {
    const found = await hunt(bug, { seeds });
    if (found === undefined) missed += 1;
    console.log(
      `${bug.name.padEnd(62)} ${found === undefined ? `NOT CAUGHT in ${seeds}` : `${found.invariant.padEnd(4)} ${String(found.seeds).padStart(5)}  ${found.why.slice(0, 90)}`}`,
    );
  }
  console.log(`${BUGS.length - missed} of ${BUGS.length} bugs caught`);
  return missed > 0 ? 1 : 0;
}
