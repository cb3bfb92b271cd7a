/**
 * `npm run bench:lifecycle [-- --only "cycles objects lives burst restart"] [--cycles 200] [--objects 20] [--lives 100] [--burst 1000] [--kinds 200] [--rounds 1]
 * [--contenders "client-go client-go-list client-node ours"]`: what the life of a kind takes, through our real manager, beside others on the same real API server; prints medians, ratios, and
 * which goals are met. Without the baseline or the server it says so in one line and ends well.
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BASE, CLIENT_GO, compileContender, type Measured, Stage, whyNot } from "../watch/baseline.ts";
import { measureBurst } from "./burst.ts";
import { judgeBurst, judgeCycles, judgeLives, judgeObjects, judgeRestart } from "./goals.ts";
import { measureLives } from "./lives.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "cycles objects lives burst restart" },
    cycles: { type: "string", default: "200" },
    objects: { type: "string", default: "20" },
    lives: { type: "string", default: "100" },
    burst: { type: "string", default: "1000" },
    kinds: { type: "string", default: "200" },
    rounds: { type: "string", default: "1" },
    contenders: { type: "string", default: "client-go client-go-list client-node ours" },
  },
});

const PROGRAM = join(import.meta.dirname, "contender.ts");
const { rounds, contenders } = values;
const has = (contender: string): boolean => contenders.split(" ").includes(contender);

const PARTS: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  cycles: async () => judgeCycles(await cycles(["--count", values.cycles])),
  objects: async () => judgeObjects(await cycles(["--count", values.objects, "--objects", "yes"])),
  lives: async () => judgeLives(await measureLives(Number(values.lives))),
  burst,
  restart,
};

async function cycles(options: readonly string[]): Promise<readonly Measured[]> {
  await using stage = await Stage.open();
  return await stage.run({ scenario: "cycles", kinds: [], rounds, contenders, options, program: PROGRAM });
}

async function burst(): Promise<readonly string[]> {
  const kinds = Number(values.burst);
  const ours = await measureBurst({ command: [process.execPath, await compileContender(PROGRAM)] }, kinds);
  return judgeBurst(ours, has(BASE) ? await measureBurst({ command: [CLIENT_GO], env: { QPS: "-1" } }, kinds) : undefined);
}

async function restart(): Promise<readonly string[]> {
  await using stage = await Stage.open();
  const kinds = await stage.loadKinds(Number(values.kinds));
  // Beside the base only: the server is started again for each of them.
  const all = contenders.split(" ").filter((name) => name === BASE || name === "ours");
  return judgeRestart(await stage.run({ scenario: "restart", kinds, rounds, contenders: all.join(" "), program: PROGRAM }));
}

const say = (text: string): unknown => process.stdout.write(`${text}\n`);
const loadNow = (): string =>
  loadavg()
    .map((load) => load.toFixed(1))
    .join(" ");

const reason = whyNot();
if (reason !== undefined) say(`bench:lifecycle is skipped: ${reason}`);
else {
  const lines: string[] = [];
  for (const name of values.only.split(" ")) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`there is no part ${name}; there are: ${Object.keys(PARTS).join(", ")}`);
    const before = loadNow();
    say(`\n${name}`);
    const told = [...(await part()), `${name.padEnd(8)} load before and after: ${before}, ${loadNow()}`, ""];
    // A run that is cut short has told what it knew.
    say(told.join("\n"));
    lines.push(...told);
  }
  say(`\n${lines.join("\n")}`);
}
