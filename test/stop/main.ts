// `npm run test:stop [-- --rounds N --others N --informers N --seed N]`: informers that are stopped just after the server closed their watches, ours and, in the first `--others` rounds, client-node's: each of
// its informers has connections of its own, which takes most of the time.
import { parseArgs } from "node:util";
import type { Cut } from "@polykind/testing";
import { Draws } from "../sim/random.ts";
import { openClientNode } from "./client-node.ts";
import { openOurs } from "./ours.ts";
import { type Leftovers, NOTHING, plus, runRound } from "./round.ts";
import { openStopServer } from "./server.ts";
import type { OpenStoppables } from "./stoppable.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    others: { type: "string", default: "10" },
    informers: { type: "string", default: "300" },
    "within-ms": { type: "string", default: "100" },
    "watch-ms": { type: "string", default: "1500" },
    seed: { type: "string", default: "1" },
  },
});
/** In most rounds the server ends its watches in order, as one does that is about to stop. */
const CUTS: readonly Cut[] = ["end", "end", "end", "stream", "reset"];
const SAID: Readonly<Record<Cut, string>> = { end: "ended in order", stream: "streams broken off", reset: "connections reset" };
const CONTENDERS: readonly (readonly [string, OpenStoppables])[] = [
  ["ours", openOurs],
  ["@kubernetes/client-node", openClientNode],
];

// What client-node throws behind its user's back must not end the run; it is counted and told.
let loose = 0;
process.on("unhandledRejection", () => (loose += 1));

const random = new Draws(Number(values.seed)).next;
const counts = new Map<string, Leftovers>();
await using server = await openStopServer(Number(values.informers));
for (let round = 0; round < Number(values.rounds); round += 1) {
  const how = CUTS[round % CUTS.length] ?? "end";
  for (const [name, open] of round < Number(values.others) ? CONTENDERS : CONTENDERS.slice(0, 1)) {
    const left = await runRound(server, { open, how, withinMs: Number(values["within-ms"]), watchMs: Number(values["watch-ms"]), random });
    const key = `${how} ${name}`;
    counts.set(key, plus(counts.get(key) ?? NOTHING, left));
  }
  if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${values.rounds} `);
}

print(
  `${values.informers} informers, each stopped within ${values["within-ms"]} ms of the server's close, ${values.rounds} rounds; what was seen after stop() had resolved:`,
);
print(["the watches were", ...CONTENDERS.map(([name]) => name)].join(" | "));
for (const how of new Set(CUTS)) {
  print([SAID[how], ...CONTENDERS.map(([name]) => textOf(counts.get(`${how} ${name}`) ?? NOTHING))].join(" | "));
}
const ours = [...new Set(CUTS)].reduce((sum, how) => plus(sum, counts.get(`${how} ours`) ?? NOTHING), NOTHING);
if (loose > 0) print(`${loose} unhandled rejections`);
print(`ours: ${textOf(ours)}`);
process.exitCode = ours.goOn + ours.streams + ours.timers === 0 && ours.stopped > 0 ? 0 : 1;

function textOf({ stopped, resuming, goOn, callbacks, requests, streams, timers }: Leftovers): string {
  return `${goOn} of ${stopped} go on (${resuming} had begun again): ${callbacks} callbacks, ${requests} requests, ${streams} streams, ${timers} timers`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
