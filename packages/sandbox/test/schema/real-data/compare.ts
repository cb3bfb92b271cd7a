import { isDeepStrictEqual } from "node:util";
import type { Cause } from "../recording.ts";
import { sortedCauses } from "../verdicts.ts";
import type { Verdict } from "./theirs.ts";

/** How many verdicts were compared, and in how many what was the same. */
interface Figures {
  compared: number;
  acceptance: number;
  causes: number;
  kept: number;
  unknown: number;
}

/** The server finds these where it serves the subresource of scale, which is no business of schemas. */
function isOfScale({ message = "" }: Cause): boolean {
  return message.includes("accessor error: ");
}

/** Counts a pair of verdicts; the answer says what differs, if anything. */
function compareVerdicts(figures: Figures, ours: Verdict, theirs: Verdict): string | undefined {
  const [mine, wanted] = [sortedCauses(ours.causes), sortedCauses(theirs.causes.filter((cause) => !isOfScale(cause)))];
  const same = {
    acceptance: ours.isAccepted === theirs.isAccepted,
    causes: isDeepStrictEqual(mine, wanted),
    kept: !theirs.isAccepted || isDeepStrictEqual(ours.kept, theirs.kept),
    unknown: theirs.unknown === undefined || isDeepStrictEqual(ours.unknown, theirs.unknown),
  };
  figures.compared++;
  for (const key of ["acceptance", "causes", "kept", "unknown"] as const) if (same[key]) figures[key]++;
  if (Object.values(same).every(Boolean)) return undefined;
  const missing = wanted.filter((cause) => !mine.includes(cause));
  const extra = mine.filter((cause) => !wanted.includes(cause));
  return JSON.stringify({ ...same, missing, extra });
}

/** Of a CRD the spec is compared: its status is the controllers' business. */
export function ofSpec(verdict: Verdict): Verdict {
  return verdict.kept === undefined ? verdict : { ...verdict, kept: { spec: verdict.kept["spec"] } };
}

/** Compares verdicts, tells of each that differs, and counts. */
export class Comparison {
  readonly #what: string;
  readonly #figures: Figures = { compared: 0, acceptance: 0, causes: 0, kept: 0, unknown: 0 };
  #differences = 0;
  #ms = 0;

  constructor(what: string) {
    this.#what = what;
  }

  add(name: string, theirs: Verdict | undefined, judge: () => Verdict): void {
    if (theirs === undefined) return;
    const start = performance.now();
    const ours = judge();
    this.#ms += performance.now() - start;
    const difference = compareVerdicts(this.#figures, ours, this.#what === "CRDs" ? ofSpec(theirs) : theirs);
    if (difference === undefined) return;
    this.#differences++;
    process.stdout.write(`${name}: ${difference}\n`);
  }

  /** Prints the figures; whether nothing differs. */
  finish(): boolean {
    const { compared, acceptance, causes, kept, unknown } = this.#figures;
    process.stdout.write(
      `${this.#what}: ${compared} compared; the same acceptance ${acceptance}, causes ${causes}, kept ${kept}, unknown fields ${unknown}; ${Math.round(this.#ms)} ms\n`,
    );
    return this.#differences === 0;
  }
}
