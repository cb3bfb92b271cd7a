import type { User } from "./server.ts";
import type { Stage } from "./stage.ts";

/** One case of the life of a kind, as a script; or why there is none yet. */
export type Row = BuiltRow | MissingRow;

/** A case that can be played. */
export interface BuiltRow {
  readonly id: string;
  readonly what: string;
  /** How many times faster than the real one the manager's clock is. Default: 1. */
  readonly speed?: number;
  /** A real server can produce it, so it is played there, too. */
  readonly isReal?: true;
  /** Needs the machine for itself. */
  readonly isAlone?: true;
  /** So many lives may end before the next ones are held. Default: the manager's. */
  readonly livesAllowed?: number;
  /** Which CRDs the manager deals with, by their labels. Default: all. */
  readonly crdSelector?: string;
  /** As whom the manager comes to a real server. Default: `anything`. */
  readonly user?: User;
  /** What happens, and what is expected meanwhile. That nothing is left when the manager has stopped is checked after every row. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** A case that no script plays. It counts as failed. */
export interface MissingRow {
  readonly id: string;
  readonly what: string;
  readonly missing: string;
}
