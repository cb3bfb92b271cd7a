import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { BOUND_MS, type ContenderName, type Outcome } from "./run.ts";
import type { Scenario } from "./scenario.ts";

/** What a process of a column says. */
export type Word =
  | { readonly is: "outcome"; readonly id: string; readonly outcome: Outcome }
  /** An error that nobody caught. */
  | { readonly is: "loose"; readonly text: string };

/** Later than a row that keeps its bound can be. */
const SILENT_MS = BOUND_MS + 20_000;

interface Running {
  readonly row: Scenario;
  readonly timer: NodeJS.Timeout;
}

/** How a column is run. */
export interface ColumnOptions {
  readonly who: ContenderName;
  readonly rows: readonly Scenario[];
  /** So many rows at a time. */
  readonly jobs: number;
  readonly seed: number;
  readonly onOutcome: () => void;
}

/**
 * All rows of one contender, in a process of its own: what nobody catches there is the contender's, and a process that dies or hangs costs no more than the rows
 * that ran in it.
 */
export class Column {
  readonly #options: ColumnOptions;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #running = new Map<string, Running>();
  readonly #loose: string[] = [];
  #left: Scenario[] = [];
  #done = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;

  constructor(options: ColumnOptions) {
    this.#options = options;
  }

  get who(): ContenderName {
    return this.#options.who;
  }

  has(id: string): boolean {
    return this.#options.rows.some((row) => row.id === id);
  }

  outcomeOf(id: string): Outcome | undefined {
    return this.#outcomes.get(id);
  }

  /** Whether every row was survived, and nothing was thrown behind the back of the contender's user. */
  get isWell(): boolean {
    return this.#loose.length === 0 && this.#options.rows.every(({ id }) => this.#outcomes.get(id)?.isSurvived === true);
  }

  get summary(): string {
    const survived = [...this.#outcomes.values()].filter(({ isSurvived }) => isSurvived).length;
    const kinds = [...new Set(this.#loose)].slice(0, 3).join("; ");
    const loose = this.#loose.length === 0 ? "" : `, ${this.#loose.length} errors that nobody caught (${kinds})`;
    return `${this.who}: ${survived} of ${this.#options.rows.length} survived${loose}`;
  }

  /** Resolves when all rows have their outcomes that share the machine with others, some at a time. */
  runTogether(): Promise<void> {
    return this.#run(this.#options.rows.filter(({ isAlone }) => isAlone !== true));
  }

  /** Resolves when all others have theirs, one after another. */
  async runAlone(): Promise<void> {
    for (const row of this.#options.rows) if (row.isAlone === true) await this.#run([row]);
  }

  #run(rows: readonly Scenario[]): Promise<void> {
    this.#done = Promise.withResolvers();
    this.#left = [...rows];
    this.#next();
    return this.#done.promise;
  }

  /** Resolves when the process has gone. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.disconnect();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  #next(): void {
    while (this.#running.size < this.#options.jobs) {
      const row = this.#left.shift();
      if (row === undefined) break;
      const { id } = row;
      const timer = setTimeout(() => this.#abandon(`the process did not answer within ${SILENT_MS / 1_000} s`), SILENT_MS);
      this.#running.set(id, { row, timer });
      (this.#child ??= this.#start()).send(id);
    }
    if (this.#left.length === 0 && this.#running.size === 0) this.#done.resolve();
  }

  #start(): ChildProcess {
    const { who, seed } = this.#options;
    const child = fork(join(import.meta.dirname, "worker.ts"), [who, String(seed)]);
    child.on("message", (word) => this.#hear(word as Word)); // worker.ts sends nothing else
    child.once("exit", (code, signal) => {
      if (this.#child === child) this.#abandon(`the process died (${signal ?? code})`);
    });
    return child;
  }

  #hear(word: Word): void {
    if (word.is === "loose") this.#loose.push(word.text);
    else this.#settle(word.id, word.outcome);
  }

  #settle(id: string, outcome: Outcome): void {
    clearTimeout(this.#running.get(id)?.timer);
    this.#running.delete(id);
    this.#outcomes.set(id, outcome);
    this.#options.onOutcome();
    this.#next();
  }

  /** Gives up the process with all rows that run in it, and goes on in another one. */
  #abandon(why: string): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
    const lost = [...this.#running.values()];
    this.#running.clear();
    for (const { row, timer } of lost) {
      clearTimeout(timer);
      this.#outcomes.set(row.id, { isSurvived: false, text: why });
    }
    this.#options.onOutcome();
    this.#next();
  }
}
