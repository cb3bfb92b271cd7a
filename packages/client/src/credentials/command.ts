import type { ChildProcess } from "node:child_process";
import { type Clock, untilAborted } from "@polykind/core";

/** What to run. */
export interface Command {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How a command ended. What it printed may hold a secret. */
export type CommandEnd =
  | { readonly how: "well"; readonly stdout: string }
  /** With the code of its exit or that of Node, such as `ENOENT`; `undefined`: a signal ended it. */
  | { readonly how: "badly"; readonly code: unknown; readonly stderr: string }
  /** It was killed. */
  | { readonly how: "late"; readonly stderr: string };

/** What bounds a run. */
export interface CommandBounds {
  /** Milliseconds, from when the run is asked for. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

const OUTPUT_BYTES_MAX = 1 << 20;
const SAID_MAX = 1_000;

/**
 * Runs commands, one process at a time.
 *
 * Guarantees: a run settles when its time is over, and rejects with the reason of its signal when that aborts, whatever the process does; the
 * process is killed then, in a way that it cannot ignore, and the next one does not start before it is gone.
 */
export class CommandRunner {
  readonly #clock: Clock;
  /** Resolves when the process before is gone. */
  #gone: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(command: Command, { withinMs, signal }: CommandBounds): Promise<CommandEnd> {
    signal.throwIfAborted();
    const ending = new AbortController();
    const said = { stderr: "" };
    const abort = (): void => ending.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const timer = this.#clock.setTimer(withinMs, () => ending.abort(said));
    try {
      await untilAborted(this.#gone, ending.signal);
      ending.signal.throwIfAborted();
      return await untilAborted(this.#start(command, said, ending.signal), ending.signal);
    } catch (cause) {
      if (cause === said) return { how: "late", ...said };
      throw cause;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  #start(command: Command, said: { stderr: string }, ending: AbortSignal): Promise<CommandEnd> {
    const { promise, resolve } = Promise.withResolvers<CommandEnd>();
    const child = execute(command, resolve);
    if (child === undefined) return promise;
    this.#gone = whenGone(child);
    child.stderr?.on("data", (piece: string) => (said.stderr = `${said.stderr}${piece}`.slice(-SAID_MAX)));
    child.stdin?.end();
    const kill = (): void => {
      child.kill("SIGKILL");
      // Its own children may hold the other ends.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    ending.addEventListener("abort", kill, { once: true });
    return promise;
  }
}

/** The process, if there is one; `ended` is told also where there is none. */
function execute({ path, args, env }: Command, ended: (end: CommandEnd) => void): ChildProcess | undefined {
  // Loaded for those who have a plugin.
  const { execFile } = process.getBuiltinModule("node:child_process");
  // Neither a time nor a signal: with those of `execFile` a process may ignore that it is to end, and is waited for.
  const options = { env, maxBuffer: OUTPUT_BYTES_MAX, encoding: "utf8", windowsHide: true, killSignal: "SIGKILL" } as const;
  try {
    return execFile(path, args, options, (error, stdout, stderr) =>
      ended(error === null ? { how: "well", stdout } : { how: "badly", code: error.code ?? undefined, stderr }),
    );
  } catch (cause) {
    // Its message quotes arguments and environment.
    ended({ how: "badly", code: cause instanceof Error && "code" in cause ? cause.code : undefined, stderr: "" });
    return undefined;
  }
}

function whenGone(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
  });
}
