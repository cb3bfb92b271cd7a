import type { KindReport, ManagerReport } from "@polykind/manager";
import { kindColumns } from "../output/kinds.ts";
import { tableLines } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";

/** What the demo shows as it goes. */
export interface Screen {
  /** A line that stays, above everything that moves. */
  say(line: string): void;
  /** A new step. */
  step(title: string): void;
  /** What was expected, and whether it came. */
  outcome(outcome: Outcome): void;
  /** The present state; a screen that does not move leaves it out. */
  show(kinds: readonly KindReport[], manager: ManagerReport): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

/** An expectation with what came of it. */
export interface Outcome {
  readonly expectation: string;
  readonly isMet: boolean;
  readonly afterMs: number;
  /** What is there instead. */
  readonly instead?: string;
}

/** Lines, one after another. */
export function plainScreen({ out }: Terminal): Screen {
  const say = (line: string): void => void out.write(`${line}\n`);
  return { say, step: (title) => say(`\n${title}`), outcome: (outcome) => say(outcomeLine(outcome)), show: () => {}, end: () => {} };
}

function outcomeLine({ expectation, isMet, afterMs, instead }: Outcome): string {
  return isMet
    ? `  ✓ ${expectation} (${Math.round(afterMs)} ms)`
    : `  ✗ ${expectation}: not within ${Math.round(afterMs)} ms${instead === undefined ? "" : `; ${instead}`}`;
}

const BOLD = "\u001b[1m";
const DIM = "\u001b[2m";
const GREEN = "\u001b[32m";
const RED = "\u001b[31m";
const RESET = "\u001b[0m";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/** Lines as above, and below them a table that moves. */
export function movingScreen({ out }: Terminal): Screen {
  let below: readonly string[] = [];
  const draw = (lines: readonly string[], next: readonly string[]): void => {
    const width = Math.max(20, (out.columns ?? 80) - 1);
    const up = below.length > 0 ? `\u001b[${below.length}A` : "";
    below = next.map((line) => cut(line, width));
    out.write(`${up}\r\u001b[0J${[...lines, ...below].map((line) => `${line}\n`).join("")}`);
  };
  const say = (line: string): void => draw([line], below);
  out.write(HIDE_CURSOR);
  return {
    say,
    step: (title) => draw(["", `${BOLD}${title}${RESET}`], below),
    outcome: (outcome) => say(`${outcome.isMet ? GREEN : RED}${outcomeLine(outcome)}${RESET}`),
    show: (kinds, manager) => draw([], ["", ...tableLines(kindColumns({ isWide: false, at: Date.now() }), kinds), statusLine(manager)]),
    end: () => {
      draw([], []);
      out.write(SHOW_CURSOR);
    },
  };
}

function statusLine({ reconciles, errors, informers, streams, sessions }: ManagerReport): string {
  return `${DIM}${reconciles} reconciles, ${errors} errors, ${informers} informers on ${streams} streams of ${sessions} connections${RESET}`;
}

/** Cuts to a width, so that no line wraps and the cursor finds its way back; colours do not count. */
function cut(line: string, width: number): string {
  const parts = line.split(/(\u001b\[[0-9;?]*[A-Za-z])/);
  let left = width;
  return parts
    .map((part) => {
      if (part.startsWith("\u001b")) return part;
      const kept = part.slice(0, left);
      left -= kept.length;
      return kept;
    })
    .join("");
}
