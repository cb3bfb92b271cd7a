import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runScenario } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

/** Those that need no second or two of waiting. */
const QUICK = ["A1", "A2", "A2s", "A3", "A5", "A6o", "A17", "A19k", "A22t", "A24", "A26l", "A28"];
/** The faults on the side of the API server are numbered from 1 to this. */
const FAULTS = 33;

const numberOf = ({ id }: Scenario): number => Number(/^A(\d+)[a-z]*$/.exec(id)?.[1]);

describe("the table of faults", () => {
  test("has a row for every fault, in order, and no id twice", () => {
    const numbers = SCENARIOS.map(numberOf);
    assert.deepEqual(
      [...new Set(numbers)],
      Array.from({ length: FAULTS }, (_, index) => index + 1),
    );
    assert.equal(new Set(SCENARIOS.map(({ id }) => id)).size, SCENARIOS.length);
  });
});

describe("our informers", { concurrency: 4 }, () => {
  for (const scenario of SCENARIOS.filter(({ id }) => QUICK.includes(id))) {
    test(`survive ${scenario.id}: ${scenario.fault}`, async () => {
      const { isSurvived, text } = await runScenario(scenario, "ours");
      assert.ok(isSurvived, text);
    });
  }
});

describe("the harness", { concurrency: 4 }, () => {
  const losing: Scenario = {
    id: "lost",
    fault: "an event is swallowed on its way, which nobody can survive",
    withinMs: 1_000,
    async run(stage) {
      stage.server.disturb({ is: "map", map: (line) => (line.includes('"swallowed"') ? [] : [line]) });
      await stage.create("swallowed");
    },
  };

  for (const who of ["ours", "client-node"] as const) {
    test(`sees that ${who} does not have what was never told`, async () => {
      const { isSurvived, text } = await runScenario(losing, who);
      assert.deepEqual([isSurvived, /of 5 configmaps 1 missing/.test(text)], [false, true], text);
    });
  }

  test("gives up a row that does not end, and says what it waited for", async () => {
    const endless: Scenario = {
      id: "endless",
      fault: "it never ends",
      run: (stage) => stage.until(() => false, 60_000, "the end of time"),
    };
    const { isSurvived, text } = await runScenario(endless, "ours", { boundMs: 1_500 });
    assert.deepEqual([isSurvived, text], [false, "no result within 1.5 s: waited for the end of time"]);
  });

  test("tells of what a row expected in vain, although all ends well", async () => {
    const strict: Scenario = { id: "strict", fault: "too much is expected", run: async (stage) => stage.expect(false, "it did not fly") };
    assert.deepEqual(await runScenario(strict, "ours"), { isSurvived: false, text: "it did not fly" });
  });
});
