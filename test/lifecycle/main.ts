// `npm run test:lifecycle [-- [--real] [--jobs N] IDS]`: the cases of the life of a kind, a line each. Exits with 0 only if every row has passed.
import { parseArgs } from "node:util";
import { type RealApi, startRealApi } from "../support/real-api.ts";
import type { Row } from "./row.ts";
import { ROWS } from "./rows.ts";
import { type Outcome, playRow } from "./run.ts";
import { USERS } from "./server.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { real: { type: "boolean", default: false }, jobs: { type: "string", default: "4" } },
});
const unknown = positionals.filter((id) => ROWS.every((row) => row.id !== id));
if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(", ")}`);
const chosen = ROWS.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
const startedAt = performance.now();

print(`case | what happens | outcome`);
const failed = await playAll(chosen, "sandbox");
if (values.real) failed.push(...(await playOnReal(chosen.filter((row) => "isReal" in row && row.isReal))));
print(
  `${failed.length === 0 ? "all rows passed" : `${failed.length} rows failed: ${failed.join(" ")}`} · ${seconds(performance.now() - startedAt)}`,
);
process.exit(failed.length === 0 ? 0 : 1); // What a row that failed left behind must not hold the end.

async function playOnReal(rows: readonly Row[]): Promise<readonly string[]> {
  await using real = await startRealApi({ users: USERS });
  return (await playAll(rows, "real server", real)).map((id) => `${id} (real)`);
}

/** Plays them, some at a time, and prints them in the order of the table. */
async function playAll(rows: readonly Row[], where: string, real?: RealApi): Promise<string[]> {
  const outcomes = new Map<string, Outcome>();
  let printed = 0;
  const play = async (row: Row): Promise<void> => {
    outcomes.set(row.id, await playRow(row, real === undefined ? {} : { real }));
    for (let next = rows[printed]; next !== undefined; next = rows[printed]) {
      const outcome = outcomes.get(next.id);
      if (outcome === undefined) return;
      print(lineOf(next, outcome, where));
      printed += 1;
    }
  };
  const [alone, together] = [rows.filter(isAlone), rows.filter((row) => !isAlone(row))];
  const left = [...together];
  const work = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) await play(row);
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  for (const row of alone) await play(row);
  const passed = [...outcomes.values()].filter(({ hasPassed }) => hasPassed).length;
  print(`${where}: ${passed} of ${rows.length} passed`);
  return rows.filter(({ id }) => outcomes.get(id)?.hasPassed !== true).map(({ id }) => id);
}

function isAlone(row: Row): boolean {
  return "isAlone" in row && row.isAlone;
}

function lineOf({ id, what }: Row, { hasPassed, text, tookMs }: Outcome, where: string): string {
  const verdict = hasPassed ? `passed in ${seconds(tookMs)}` : "FAILED";
  return `${id} | ${what} | ${where}: ${[verdict, text].filter((part) => part !== "").join(": ")}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
