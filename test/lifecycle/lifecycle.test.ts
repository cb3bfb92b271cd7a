import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BuiltRow, Row } from "./row.ts";
import { ROWS } from "./rows.ts";
import { playRow } from "./run.ts";

/** Those that need no second or two of waiting. */
const QUICK = ["E1", "E2", "E3", "E4", "E10", "E21", "E22", "E23", "E25", "E28", "E37", "E39", "D1", "D3", "D12", "D15"];

const isBuilt = (row: Row): row is BuiltRow => "run" in row;

describe("the life of a kind", { concurrency: 3 }, () => {
  for (const row of ROWS.filter(({ id }) => QUICK.includes(id))) {
    test(`passes ${row.id}: ${row.what}`, async () => {
      assert.ok(isBuilt(row));
      const { hasPassed, text } = await playRow(row);
      assert.ok(hasPassed, text);
    });
  }
});

describe("the harness", { concurrency: 3 }, () => {
  const rows: readonly (Row & { readonly says: RegExp })[] = [
    { id: "X1", what: "a row without a script fails", missing: "nobody wrote it", says: /^not built: nobody wrote it$/ },
    {
      id: "X2",
      what: "what is against the expectation fails",
      run: (stage) => Promise.resolve(stage.expectEqual(1, 2, "one")),
      says: /^one: 1 instead of 2$/,
    },
    {
      id: "X3",
      what: "a plugin that is told after its stop fails",
      run: (stage) => {
        const end = { plugin: "x", life: 1, incarnation: "", version: "v1", name: "CRDGone", at: 0 };
        stage.notebook.told.push({ ...end, is: "stop" }, { ...end, is: "reconcile", name: "o" });
        return Promise.resolve();
      },
      says: /reconcile o after the stop/,
    },
    { id: "X4", what: "a row that hangs fails", run: () => new Promise(() => {}), says: /no result within 0.2 s/ },
    {
      id: "X5",
      what: "a request to the URL of a kind that has gone fails",
      run: async (stage) => {
        const late = setTimeout(() => void stage.client.list(stage.balls()).catch(() => {}), 50); // What comes of it is of no interest.
        await stage.expectEnded();
        clearTimeout(late);
      },
      says: /1 requests to GET \/apis\/x5/,
    },
  ];
  for (const { says, ...row } of rows) {
    test(row.what, async () => {
      const { hasPassed, text } = await playRow(row, row.id === "X4" ? { boundMs: 200 } : {});
      assert.equal(hasPassed, false);
      assert.match(text, says);
    });
  }
});
