import { writeFile } from "node:fs/promises";
import { type Outcome, playAll } from "./script.ts";
import { SCRIPTS } from "./scripts/index.ts";
import { startRealServer } from "./server.ts";

// Plays all scripts on a real server and keeps its answers: run it when a script changes, or Kubernetes does.
await using server = await startRealServer();
const recorded: Record<string, readonly Outcome[]> = {};
for (const [script, outcomes] of await playAll(SCRIPTS, server)) recorded[script.name] = outcomes;
const lines = Object.entries(recorded).flatMap(([script, outcomes]) =>
  outcomes.map(({ why, answer }) => JSON.stringify({ script, why, answer })),
);
await writeFile(new URL("recorded.ndjson", import.meta.url), `${lines.join("\n")}\n`);
