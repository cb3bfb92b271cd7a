import { type Measured, objectsOf, type Run, Stage } from "./baseline.ts";
import { medianOf } from "./goals.ts";

const KINDS: readonly number[] = [1, 10, 100, 1_000];
const OBJECTS: readonly number[] = [1_000, 10_000, 100_000];
const FIELDS = ["wall_ms", "cpu_ms", "settled_kb", "heap", "connections"] as const;

/** One size of a load, and what was measured at it. */
interface Point {
  readonly size: number;
  readonly rows: readonly Measured[];
}

/**
 * Measures first syncs over {@link KINDS} kinds (of the first `mostKinds`) and over {@link OBJECTS} objects of one kind (up to `mostObjects`), each on a server of
 * its own; the lines of a table, with what one more kind or object takes between the smallest and the largest.
 */
export async function measureGrowth(
  most: { readonly kinds: number; readonly objects: number },
  run: Omit<Run, "scenario" | "kinds">,
): Promise<readonly string[]> {
  return [
    ...table(
      "kinds",
      await overKinds(
        KINDS.filter((size) => size <= most.kinds),
        run,
      ),
      run.contenders,
    ),
    ...table(
      "objects",
      await overObjects(
        OBJECTS.filter((size) => size <= most.objects),
        run,
      ),
      run.contenders,
    ),
  ];
}

async function overKinds(sizes: readonly number[], run: Omit<Run, "scenario" | "kinds">): Promise<readonly Point[]> {
  await using stage = await Stage.open();
  const all = await stage.loadKinds(Math.max(...sizes));
  const points: Point[] = [];
  for (const size of sizes) {
    const kinds = all.slice(0, size);
    points.push({ size: kinds.length, rows: await stage.run({ ...run, scenario: "kinds", kinds }) });
  }
  return points;
}

async function overObjects(sizes: readonly number[], run: Omit<Run, "scenario" | "kinds">): Promise<readonly Point[]> {
  await using stage = await Stage.open();
  const points: Point[] = [];
  for (const size of sizes) {
    const kinds = await stage.loadWidgets(size, ["--size", "1700"]);
    points.push({ size: objectsOf(kinds), rows: await stage.run({ ...run, scenario: "sync", kinds }) });
  }
  return points;
}

function table(what: string, points: readonly Point[], contenders: string): readonly string[] {
  return contenders.split(" ").flatMap((contender) => {
    const title = `${contender}, ${what}`.padEnd(24) + points.map(({ size }) => String(size).padStart(12)).join("") + "     one more";
    return [title, ...FIELDS.map((field) => rowOf(field, points, contender)), ""];
  });
}

function rowOf(field: string, points: readonly Point[], contender: string): string {
  const values = points.map(({ rows }) => medianOf(rows, contender, field));
  const told = values.map((value) => (value === undefined ? "" : String(Math.round(value))).padStart(12)).join("");
  const [first, last] = [values[0], values.at(-1)];
  const more = (points.at(-1)?.size ?? 0) - (points[0]?.size ?? 0);
  const slope = first === undefined || last === undefined || more === 0 ? "" : ((last - first) / more).toPrecision(3);
  return `  ${field.padEnd(22)}${told}${slope.padStart(13)}`;
}
