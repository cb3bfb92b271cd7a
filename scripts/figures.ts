// `npm run figures`: the figures by which the code is judged, beside those of the projects it learns from.
import { functionsOf, linesOf } from "../test/architecture/rules/sizes.ts";
import { undocumented, publicNames } from "../test/architecture/rules/docs.ts";
import { examplesOf } from "../test/architecture/rules/examples.ts";
import { impurities, unreasoned } from "../test/architecture/rules/purity.ts";
import { lineAt, type SourceFile } from "../test/architecture/source.ts";
import { readWorkspaces } from "../test/architecture/tree.ts";

const all = readWorkspaces();
const packages = all.filter(({ isPlugin }) => !isPlugin);
const sources = all.flatMap((workspace) => workspace.sources);
const tests = all.flatMap((workspace) => workspace.tests);

const rows: readonly (readonly [figure: string, models: string, aim: string, ours: string])[] = [
  ["", "the models", "aim", "now"],
  [
    "function lines: half / nine of ten / longest",
    "workqueue 5/18/77, rollup 9/30/196",
    "8 / 25 / 60",
    spread(sources.flatMap(functionsOf).map(({ lines }) => lines)),
  ],
  [
    "file lines: half / nine of ten / longest",
    "rollup 59/267, controller-runtime 113/388",
    "100 / 250 / 400",
    spread(sources.map(({ text }) => linesOf(text))),
  ],
  ["exports with a contract in their doc", "kube-rs: all, by lint", "all", documented()],
  ["doc examples, all compiled and run", "kube-rs, Effect: all", "all", String(sources.flatMap(examplesOf).length)],
  [
    "any, unexplained suppressions, decorators, module state",
    "–",
    "0",
    String(sources.flatMap((file) => [...impurities(file), ...unreasoned(file)]).length),
  ],
  ["test lines / code lines", "controller-runtime 2, eslint's rewrite 3.9", "≥ 2", ratio(codeLines(tests), codeLines(sources))],
  [
    "comments / lines, in packages",
    "0.22–0.30",
    "0.2–0.3",
    ratio(
      commentLines(packages.flatMap((each) => each.sources)),
      sum(packages.flatMap((each) => each.sources.map(({ text }) => linesOf(text)))),
    ),
  ],
  ["lines a user writes for a time-to-live plugin", "–", "≤ 25", linesOfExample()],
];
printTable(rows);

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => String(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `${at(0.5)} / ${at(0.9)} / ${at(1)}`;
}

function documented(): string {
  const names = packages.flatMap((each) => publicNames(each).filter(({ from }) => from === undefined));
  return `${names.length - packages.flatMap(undocumented).length} of ${names.length}`;
}

/** Lines that hold code: not empty, not only comment. */
function codeLines(files: readonly SourceFile[]): number {
  return sum(files.map((file) => file.text.split("\n").filter((line) => line.trim() !== "").length)) - commentLines(files);
}

/** Lines that hold nothing but comment. */
function commentLines(files: readonly SourceFile[]): number {
  return sum(
    files.flatMap((file) =>
      file.comments
        .filter(({ start }) => file.text.slice(file.text.lastIndexOf("\n", start) + 1, start).trim() === "")
        .map(({ start, end }) => lineAt(file.text, end) - lineAt(file.text, start) + 1),
    ),
  );
}

function linesOfExample(): string {
  const file = sources.find(({ path }) => path === "plugins/session-ttl/src/index.ts");
  return file === undefined ? "not written" : String(linesOf(file.text));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): string {
  return `${(part / Math.max(1, whole)).toFixed(2)} (${part} / ${whole})`;
}

function printTable(table: readonly (readonly string[])[]): void {
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
