import type { Stage } from "./stage.ts";

/** One row of the table of faults, as a script. */
export interface Scenario {
  readonly id: string;
  readonly fault: string;
  /** How long a contender may take to be equal to the server once the fault is over. Default: 12 s. */
  readonly withinMs?: number;
  /** Of our clock. Default: 1. */
  readonly speed?: number;
  readonly namespaces?: number;
  readonly plurals?: readonly string[];
  readonly maxLineBytes?: number;
  /** The contender is not started, and `run` starts it. */
  readonly isCold?: boolean;
  /** Objects that are there before. Default: 3. */
  readonly objects?: number;
  /** What the versions that the contender sees are to those of the server. */
  readonly versionSeen?: (version: string) => string;
  /** Needs the machine for itself. */
  readonly isAlone?: boolean;
  /** What the server speaks. Default: `h2`, which also takes HTTP/1.1. */
  readonly protocol?: "h2" | "h1";
  /** Only about ours, as the other has no such part. */
  readonly isOnlyOurs?: boolean;
  /** The fault, and what is expected while it lasts. What it breaks is healed afterwards, and further changes follow. */
  readonly run: (stage: Stage) => Promise<void>;
}
