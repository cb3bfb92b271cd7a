import { setImmediate as turn } from "node:timers/promises";

/** Waits for what the other side will have done soon; 5 s at most. */
export async function eventually(why: string, condition: () => boolean): Promise<void> {
  for (const endAt = performance.now() + 5_000; !condition(); await turn()) {
    if (performance.now() > endAt) throw new Error(`did not come about: ${why}`);
  }
}
