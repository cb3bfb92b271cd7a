import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KindReport } from "@polykind/manager";
import { parse } from "yaml";
import { kindColumns, printKinds, stateText } from "../src/output/kinds.ts";
import { ageText, tableLines } from "../src/output/table.ts";

const at = Date.UTC(2026, 0, 1, 1);
const report: KindReport = {
  name: "Session.demo.example.com",
  group: "demo.example.com",
  kind: "Session",
  crd: "sessions.demo.example.com",
  incarnation: "0f9a8b7c-1111-2222-3333-444455556666",
  incarnations: 2,
  epoch: 3,
  resourceScope: "Namespaced",
  version: "v1",
  state: "Running",
  since: "2026-01-01T00:59:30.000Z",
  objects: 0,
  runs: [
    { plugin: "session-ttl", phase: "running", version: "v1", epoch: 2, reconciles: 5, errors: 1, queued: 0, lastError: "cannot delete" },
    { plugin: "inventory", phase: "running", version: "v1", epoch: 3, reconciles: 7, errors: 0, queued: 2, note: "0 objects" },
  ],
};
const absent: KindReport = {
  name: "Gone.x.dev",
  group: "x.dev",
  kind: "Gone",
  crd: "",
  incarnations: 0,
  epoch: 0,
  state: "Absent",
  reason: "NoCrd",
  message: "there is none",
  since: report.since,
  runs: [],
};

describe("tableLines", () => {
  const columns = [
    { title: "A", of: ([a]: readonly [string, string]) => a },
    { title: "LONG", of: ([, b]: readonly [string, string]) => b },
  ];
  test("makes columns as wide as their widest cell, and leaves no space at the ends of lines", () => {
    assert.deepEqual(
      tableLines(columns, [
        ["wide cell", "x"],
        ["y", ""],
      ]),
      ["A           LONG", "wide cell   x", "y"],
    );
  });

  test("lets nothing that an object says break its line or move the cursor", () => {
    assert.deepEqual(tableLines(columns, [["a\nb\u001b[2J", "c"]])[1], "a b [2J   c");
  });
});

describe("ageText", () => {
  for (const [seconds, text] of [
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [3 * 3600 - 1, "179m"],
    [3 * 3600, "3h"],
    [48 * 3600, "2d"],
    [-5, "0s"],
  ] as const) {
    test(`says ${text} for ${seconds} seconds`, () => assert.equal(ageText(at - seconds * 1000, at), text));
  }
});

describe("printKinds", () => {
  test("shows state, version, plugins, incarnation and objects of each kind", () => {
    assert.deepEqual(printKinds([report, absent], "table", at).split("\n"), [
      "NAME                       STATE           VERSION   PLUGIN                  INCARNATION   OBJECTS   SINCE",
      "Session.demo.example.com   Running         v1        session-ttl,inventory   0f9a8b7c      0         30s",
      "Gone.x.dev                 Absent(NoCrd)   -         -                       -             -         30s",
      "",
    ]);
  });

  test("shows in wide form what plugins have done and what they say", () => {
    const [, first = ""] = printKinds([report], "wide", at).split("\n");
    assert.match(first, /Namespaced {3}3 +2 +12 +1 +2 +session-ttl: cannot delete; 0 objects$/);
  });

  test("shows in wide form what is wrong before anything else", () => assert.match(printKinds([absent], "wide", at), /there is none\n$/));
  test("prints JSON that holds the reports as they are", () =>
    assert.deepEqual(JSON.parse(printKinds([report], "json", at)), { kinds: [report] }));
  test("prints YAML that holds the reports as they are", () =>
    assert.deepEqual(parse(printKinds([report], "yaml", at)), { kinds: [report] }));
  test("prints names alone, one a line, for scripts", () =>
    assert.equal(printKinds([report, absent], "name", at), "Session.demo.example.com\nGone.x.dev\n"));
  test("prints no titles when there is nothing under them", () => assert.equal(printKinds([], "table", at), ""));
  test("has the columns of the table first in the wide form", () => {
    const titles = (isWide: boolean): readonly string[] => kindColumns({ isWide, at }).map(({ title }) => title);
    assert.deepEqual(titles(true).slice(0, titles(false).length), titles(false));
  });
});

describe("stateText", () => {
  test("puts the reason behind the state", () =>
    assert.equal(stateText({ state: "Degraded", reason: "Forbidden" }), "Degraded(Forbidden)"));
});
