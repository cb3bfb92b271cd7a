// `npm run test:faults [-- IDS]`: every fault of the table on our watch stack and, side by side, on client-node's informer.
import { parseArgs } from "node:util";
import { type Outcome, runScenario } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: "string", default: "8" }, only: { type: "string" } },
});
const chosen = SCENARIOS.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
const results = new Map<Scenario, { readonly ours: Outcome; readonly theirs: Outcome | undefined }>();
const left = [...chosen];
let printed = 0;

// What client-node throws behind its user's back must not end the run; it is counted and told.
let loose = 0;
process.on("unhandledRejection", () => (loose += 1));

print("fault | what happens | ours | @kubernetes/client-node");
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
const failed = [...results.values()].filter(({ ours }) => !ours.isSurvived).length;
const theirs = [...results.values()].flatMap((result) => result.theirs ?? []);
print(
  `ours: ${results.size - failed} of ${results.size} survived · client-node: ${theirs.filter(({ isSurvived }) => isSurvived).length} of ${theirs.length}` +
    (loose > 0 ? ` · ${loose} unhandled rejections` : ""),
);
process.exit(failed === 0 ? 0 : 1);

async function work(): Promise<void> {
  for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
    const ours = await runScenario(scenario, "ours");
    const others = scenario.isOnlyOurs === true || values.only === "ours" ? undefined : await runScenario(scenario, "client-node");
    results.set(scenario, { ours, theirs: others });
    printReady();
  }
}

/** In the order of the table. */
function printReady(): void {
  for (let scenario = chosen[printed]; scenario !== undefined; scenario = chosen[printed]) {
    const result = results.get(scenario);
    if (result === undefined) return;
    print([scenario.id, scenario.fault, textOf(result.ours), result.theirs === undefined ? "—" : textOf(result.theirs)].join(" | "));
    printed += 1;
  }
}

function textOf({ isSurvived, text }: Outcome): string {
  return [isSurvived ? "survived" : "FAILED", text].filter((part) => part !== "").join(": ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
