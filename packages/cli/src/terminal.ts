import type { Writable } from "node:stream";

/** Where a command writes, and what it may assume of it. */
export interface Terminal {
  readonly out: Writable & { readonly columns?: number };
  readonly err: Writable;
  /** Whether a person watches `out`: then it may move and be coloured. */
  readonly isInteractive: boolean;
}

/** Writes one line. */
export function say(to: Writable, line: string): void {
  to.write(`${line}\n`);
}
