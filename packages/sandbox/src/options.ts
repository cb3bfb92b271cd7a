import type { Clock, Random } from "@polykind/core";

/** How a sandbox is opened. */
export interface SandboxOptions {
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string;
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** For generated names and the length of watches. Default: `Math.random`. */
  readonly random?: Random;
  /** Changes kept of each kind, for watches that resume and lists that go on. Default: 1,000. */
  readonly historySize?: number;
}
