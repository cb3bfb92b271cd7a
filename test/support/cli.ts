import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, "packages/cli/bin/polykind.js");

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs: `polykind` as people start it. */
export class Cli implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #waiting = new Set<() => void>();
  #out = "";
  #err = "";
  #hasEnded = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#take(() => (this.#out += text)));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#take(() => (this.#err += text)));
    this.#ended = once(child, "close").then(([code]: readonly unknown[]) => {
      this.#take(() => (this.#hasEnded = true));
      return { code: typeof code === "number" ? code : null, out: this.#out, err: this.#err };
    });
  }

  /** Starts it. `bin` is another script than the command line's. */
  static start(
    args: readonly string[],
    { env = {}, bin = BIN }: { readonly env?: Readonly<Record<string, string>>; readonly bin?: string } = {},
  ): Cli {
    return new Cli(
      spawn(process.execPath, [bin, ...args], {
        cwd: ROOT,
        env: { ...process.env, NODE_OPTIONS: "", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  /** Runs it to its end. */
  static run(args: readonly string[], options?: Parameters<typeof Cli.start>[1]): Promise<Ended> {
    return Cli.start(args, options).ended;
  }

  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /** What it has said on standard error up to now. */
  get err(): string {
    return this.#err;
  }

  get out(): string {
    return this.#out;
  }

  /** Closes the reading end of standard output. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  /** Resolves with the groups of `pattern` as soon as standard error or output matches it; rejects when it ends before. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#err) ?? pattern.exec(this.#out);
      if (found !== null) return found;
      if (this.#hasEnded) throw new Error(`it ended without saying ${pattern}:\n${this.#err}${this.#out}`);
      const { promise, resolve: wake } = Promise.withResolvers<void>();
      this.#waiting.add(wake);
      await promise;
    }
  }

  /** Sends a signal; resolves when it has ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.#child.kill(signal);
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) await this.stop("SIGKILL");
  }

  #take(change: () => void): void {
    change();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
