// The process of one column: plays the rows whose ids it is sent, and sends their outcomes.
import { messageOf } from "@polykind/core";
import type { Word } from "./column.ts";
import { runScenario } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

const who = process.argv[2] === "ours" ? "ours" : "client-node";
const seed = Number(process.argv[3]);

// What a contender throws behind its user's back must not end the other rows.
for (const event of ["unhandledRejection", "uncaughtException"] as const) {
  process.on(event, (cause: unknown) => say({ is: "loose", text: messageOf(cause).slice(0, 100) }));
}
process.on("message", (id) => void play(String(id))); // play does not reject
process.once("disconnect", () => process.exit());

async function play(id: string): Promise<void> {
  const scenario = SCENARIOS.find((each) => each.id === id);
  if (scenario === undefined) throw new TypeError(`there is no row ${id}`);
  say({ is: "outcome", id, outcome: await runScenario(scenario, who, { seed }) });
}

function say(word: Word): void {
  process.send?.(word);
}
