import { systemClock } from "@polykind/core";
import { WorkQueue } from "@polykind/workqueue";

/**
 * Prints the microseconds of one add, get and done with 1,000 up to 1,000,000 keys in the queue: the figure must grow no faster than the logarithm.
 *
 * Run: `node --conditions=@polykind/source packages/workqueue/bench/queue.ts`
 */
const ROUNDS = 200_000;

for (const keys of [1000, 10_000, 100_000, 1_000_000]) {
  const queue = new WorkQueue({ clock: systemClock, random: Math.random });
  for (let n = 0; n < keys; n += 1) queue.add(`namespace-${n % 1000}/object-${n}`, n % 2 === 0 ? {} : { afterMs: 3_600_000 + (n % 977) });
  const startedAtMs = performance.now();
  for (let n = 0; n < ROUNDS; n += 1) {
    const key = await queue.get();
    if (key === undefined) break;
    queue.add(key, { afterMs: 3_600_000 - (n % 977) });
    queue.done(key);
    queue.add(key);
  }
  const perRoundUs = ((performance.now() - startedAtMs) * 1000) / ROUNDS;
  process.stdout.write(`${keys} keys: ${perRoundUs.toFixed(2)} µs for a get, a delayed add, a done and an add\n`);
  queue.close();
}
