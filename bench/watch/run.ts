/**
 * `npm run bench:watch [-- --only "sync watch kinds idle restart growth"] [--rounds 3] [--objects 50000] [--kinds 200]
 * [--grow-kinds 1000] [--grow-objects 100000]`: our watch stack beside client-go's dynamic informers, on the
 * same real API server and the same work, in turn; prints the medians, their ratios to client-go's, and which goals are met. Without the baseline or the server it
 * says so in one line and ends well.
 */
import { parseArgs } from "node:util";
import { Stage, whyNot } from "./baseline.ts";
import { judge } from "./goals.ts";
import { measureGrowth } from "./growth.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "sync watch kinds idle restart" },
    rounds: { type: "string", default: "3" },
    objects: { type: "string", default: "50000" },
    kinds: { type: "string", default: "200" },
    "grow-kinds": { type: "string", default: "1000" },
    "grow-objects": { type: "string", default: "100000" },
    contenders: { type: "string", default: "client-go ours ours-read" },
  },
});

/** How one scenario fills the server, and what it asks of the baseline's `run`. */
interface Scenario {
  load(stage: Stage): Promise<readonly string[]>;
  readonly options?: readonly string[];
}

const manyKinds = (stage: Stage): Promise<readonly string[]> => stage.loadKinds(Number(values.kinds));

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  sync: { load: (stage) => stage.loadWidgets(Number(values.objects), ["--size", "1700"]) },
  watch: { load: (stage) => stage.loadWidgets(10_000, []), options: ["--changes", "6000", "--rate", "400", "--over", "10000"] },
  kinds: { load: manyKinds },
  idle: { load: manyKinds, options: ["--idle", "120"] },
  restart: { load: manyKinds },
};

const say = (text: string): unknown => process.stdout.write(`${text}\n`);

/** What is to be said of one scenario at the end. */
async function measure(name: string): Promise<readonly string[]> {
  const { rounds, contenders } = values;
  if (name === "growth") {
    return await measureGrowth({ kinds: Number(values["grow-kinds"]), objects: Number(values["grow-objects"]) }, { rounds, contenders });
  }
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`there is no scenario ${name}; there are: ${Object.keys(SCENARIOS).join(", ")}, growth`);
  await using stage = await Stage.open();
  const kinds = await scenario.load(stage);
  const rows = await stage.run({ scenario: name, kinds, rounds, contenders, options: scenario.options ?? [] });
  const judged = contenders.split(" ").filter((contender) => contender.startsWith("ours"));
  return judged.flatMap((contender) => judge(rows, { scenario: name, contender, kinds: kinds.length }));
}

const reason = whyNot();
if (reason !== undefined) say(`bench:watch is skipped: ${reason}`);
else {
  const lines: string[] = [];
  for (const name of values.only.split(" ")) {
    say(`\n${name}`);
    lines.push(...(await measure(name)));
  }
  say(`\n${lines.join("\n")}`);
}
