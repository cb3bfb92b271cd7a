// `npm run test:faults [-- [--only ours|client-node] [--seed N] [--jobs N] IDS]`: every fault of the table on our watch stack and, side by side, on client-node's informer.
import { parseArgs } from "node:util";
import { Column } from "./column.ts";
import type { Outcome } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: "string", default: "6" }, only: { type: "string" }, seed: { type: "string", default: "1" } },
});
const unknown = positionals.filter((id) => SCENARIOS.every((scenario) => scenario.id !== id));
if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(", ")}`);
const chosen = SCENARIOS.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
const startedAt = performance.now();
let printed = 0;

const columns = (["ours", "client-node"] as const)
  .filter((who) => values.only === undefined || values.only === who)
  .map((who) => {
    const rows = chosen.filter(({ isOnlyOurs }) => who === "ours" || isOnlyOurs !== true);
    return new Column({ who, rows, jobs: Number(values.jobs), seed: Number(values.seed), onOutcome: printReady });
  });

print(`seed ${values.seed}\nfault | what happens | ours | @kubernetes/client-node`);
await Promise.all(columns.map((column) => column.runTogether()));
for (const column of columns) await column.runAlone();
await Promise.all(columns.map((column) => column.close()));
print(`${columns.map((column) => column.summary).join(" · ")} · ${Math.round((performance.now() - startedAt) / 1_000)} s`);
process.exitCode = columns.every((column) => column.who !== "ours" || column.isWell) ? 0 : 1;

/** In the order of the table. */
function printReady(): void {
  for (let scenario = chosen[printed]; scenario !== undefined; scenario = chosen[printed]) {
    const { id } = scenario;
    if (columns.some((column) => column.has(id) && column.outcomeOf(id) === undefined)) return;
    const [ours, theirs] = (["ours", "client-node"] as const).map((who) => columns.find((column) => column.who === who)?.outcomeOf(id));
    print([id, scenario.fault, textOf(ours), textOf(theirs)].join(" | "));
    printed += 1;
  }
}

function textOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "—";
  return [outcome.isSurvived ? "survived" : "FAILED", outcome.text].filter((part) => part !== "").join(": ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
