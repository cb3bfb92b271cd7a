import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { plant, production, productionFolder, usePlanted } from "../model/plant.ts";
import { type Driver, loadDriver } from "./driver.ts";
import { DRIVER_MISTAKES } from "./mistakes.ts";
import { replay } from "./replay.ts";
import { NEAREST, shortestTraces, type Trace, walk } from "./traces.ts";

/** Of the shortest traces each so-many-th is played; `npm run model:replay` plays all. */
const EACH = 5;
const WALKS = 6;
/** Mistakes after which nothing is left that would hold the process. */
const PLANTED = DRIVER_MISTAKES.filter(({ says }) => !says.source.includes("did not stop"));

const subject = await production();
const shortest = shortestTraces(subject, NEAREST);

describe("the manager, driven along traces of the model", { concurrency: 3 }, async () => {
  const driver: Driver = await loadDriver(productionFolder);
  const walks = Array.from({ length: WALKS }, (_, at) => walk(subject, at + 1));
  const traces: readonly Trace[] = [...shortest.filter((_, at) => at % EACH === 0), ...walks];
  for (const trace of traces) {
    test(`does as the model: ${trace.name}`, { timeout: 60_000 }, async () => {
      const { failure, steps } = await replay(trace, { subject, driver });
      assert.equal(failure, undefined, failure);
      assert.ok(steps > 0);
    });
  }
});

describe("a mistake in the driver", { concurrency: 3 }, () => {
  test("of those that are planted fits the source as it is", async () => {
    for (const mistake of DRIVER_MISTAKES) assert.notEqual(await plant(mistake), "");
  });

  for (const mistake of PLANTED) {
    test(`is caught: ${mistake.name}`, { timeout: 60_000 }, async () => {
      const trace = shortest.find(({ name }) => name === mistake.caughtBy);
      assert.ok(trace !== undefined, `there is no trace ${mistake.caughtBy}`);
      const failure = await usePlanted(mistake, async (folder) => {
        const driver = await loadDriver(folder);
        const failureWithin = async (patienceMs: number): Promise<string> =>
          (await replay(trace, { subject, driver, patienceMs })).failure ?? "nothing was found";
        const soon = await failureWithin(1_500);
        // A busy machine may take longer for what comes before.
        return mistake.says.test(soon) ? soon : failureWithin(10_000);
      });
      assert.match(failure, mistake.says);
    });
  }
});
