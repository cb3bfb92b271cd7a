import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { EXTENTS, type Extent } from "../test/model/budgets.ts";
import { type Exploration, explore } from "../test/model/explore.ts";
import { MISTAKES } from "../test/model/mistakes.ts";
import { Model } from "../test/model/model.ts";
import { hunt, production } from "../test/model/plant.ts";
import { storyOf } from "../test/model/story.ts";

const HELP = `npm run model:check [-- --lives N --total N] [--jobs N] [--mistakes] [--story NAME]
Explores the step function of production, breadth-first, in every world that a model of the API server, the driver and people lets come, and checks I1-I10 and L.
  --lives N    so many lives of the CRD; with --total N, so many other things at most: edits, failures, plugins that come and go, leadership, late news. Default:
               ${EXTENTS.map(({ lives, total }) => `${lives} and ${total}`).join(", ")}
  --mistakes   only plants mistakes, one at a time, in a copy of the code, and shows which invariant catches each
  --story NAME plants the mistakes that have NAME in their names, and tells their stories`;

const { values } = parseArgs({
  options: {
    lives: { type: "string" },
    total: { type: "string" },
    jobs: { type: "string", default: String(Math.min(2, availableParallelism())) },
    mistakes: { type: "boolean", default: false },
    story: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** What a child process has found. */
interface Found extends Omit<Exploration, "failure"> {
  readonly story: string | undefined;
  readonly tookS: number;
  readonly rssBytes: number;
}

if (process.send !== undefined)
  process.send(await exploreOne({ lives: Number(values.lives), total: Number(values.total) }), () => process.disconnect());
else if (values.help) console.log(HELP);
else if (values.story !== undefined) process.exitCode = await showMistakes(values.story);
else process.exitCode = values.mistakes ? await showMistakes() : (await exploreAll()) + (await showMistakes());

async function exploreAll(): Promise<number> {
  const extents = values.lives === undefined ? EXTENTS : [{ lives: Number(values.lives), total: Number(values.total ?? 1) }];
  const startedAt = performance.now();
  const waiting = [...extents];
  const founds: Found[] = [];
  const work = async (): Promise<void> => {
    for (let extent = waiting.shift(); extent !== undefined; extent = waiting.shift()) {
      const found = await exploreApart(extent);
      founds.push(found);
      sayFound(extent, found);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, work));
  const states = founds.reduce((sum, found) => sum + found.states, 0);
  const failed = founds.filter(({ story }) => story !== undefined).length;
  const isWhole = founds.every(({ isComplete }) => isComplete);
  console.log(
    `${states} states in ${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${failed} violations${isWhole ? "" : "; not all was explored"}\n`,
  );
  return failed > 0 || !isWhole ? 1 : 0;
}

function sayFound({ lives, total }: Extent, { states, transitions, rests, depth, tookS, rssBytes, story }: Found): void {
  const what = `${lives} ${lives === 1 ? "life" : "lives"}, ${total} other things`;
  const cost = `${tookS.toFixed(0)} s, ${Math.round(rssBytes / 2 ** 20)} MiB`;
  console.log(
    `${what.padEnd(24)} ${states} states, ${transitions} transitions, ${rests} rests, ${depth} deep, ${story === undefined ? 0 : 1} violations  ${cost}`,
  );
  if (story !== undefined) console.log(`${story}\n`);
}

/** In a process of its own: the extents share nothing, and one takes a core. */
async function exploreApart({ lives, total }: Extent): Promise<Found> {
  const child = fork(import.meta.filename, ["--lives", String(lives), "--total", String(total)], {
    execArgv: ["--conditions=@polykind/source", "--max-old-space-size=3000"],
  });
  const ended = once(child, "exit");
  const [first] = (await Promise.race([once(child, "message"), ended])) as [Found | number | null]; // A child sends one result, or ends without.
  if (typeof first !== "object" || first === null) throw new Error(`cannot explore: a child process ended with ${first}`);
  await ended;
  return first;
}

async function exploreOne(extent: Extent): Promise<Found> {
  const model = new Model(await production(), extent);
  const startedAt = performance.now();
  const { failure, ...found } = explore(model);
  const tookS = (performance.now() - startedAt) / 1000;
  return { ...found, story: failure === undefined ? undefined : storyOf(model, failure), tookS, rssBytes: process.memoryUsage.rss() };
}

async function showMistakes(name?: string): Promise<number> {
  const mistakes = MISTAKES.filter((mistake) => name === undefined || mistake.name.includes(name));
  let missed = 0;
  for (const mistake of mistakes) {
    const { model, exploration } = await hunt(mistake);
    const { failure, states } = exploration;
    if (failure?.invariant !== mistake.caughtBy) missed += 1;
    const found = failure === undefined ? "NOT CAUGHT" : `${failure.invariant.padEnd(4)} ${failure.why}`;
    console.log(`${mistake.name.padEnd(84)} ${String(states).padStart(6)}  ${found}`);
    if (name !== undefined && failure !== undefined) console.log(`${storyOf(model, failure)}\n`);
  }
  console.log(`${mistakes.length - missed} of ${mistakes.length} mistakes caught, each by its invariant`);
  return missed > 0 ? 1 : 0;
}
