import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";

const RUNNER = resolve(import.meta.dirname, "../../scripts/test-runner/main.ts");
const HEAD = `import { before, describe, test } from "node:test";\nimport assert from "node:assert/strict";\n`;

/** Runs the runner over one test file that holds `body`, and gives what it said. */
function runOn(
  body: string,
  args: readonly string[] = [],
): { readonly code: number | null; readonly lines: readonly string[]; readonly said: string } {
  const root = mkdtempSync(join(tmpdir(), "polykind-runner-"));
  try {
    mkdirSync(join(root, "packages/x/test/real"), { recursive: true });
    mkdirSync(join(root, "node_modules"));
    writeFileSync(join(root, "packages/x/test/one.test.ts"), HEAD + body);
    writeFileSync(join(root, "packages/x/test/real/two.test.ts"), `${HEAD}test("needs a server", () => assert.fail());`);
    const env = { ...process.env, NO_COLOR: "1", NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined };
    const limits = ["--test-timeout-ms", "500", "--file-timeout-ms", "2000"];
    const { status, stdout } = spawnSync(process.execPath, [RUNNER, "--root", root, "--no-types", ...limits, ...args], {
      encoding: "utf8",
      env,
    });
    return { code: status, lines: stdout.trimEnd().split("\n"), said: stdout };
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe("the test runner", () => {
  for (const { why, body, last, code, says } of [
    {
      why: "ends with the counts, and leaves out what needs a real server",
      body: `test("a", () => {}); test("b", () => {});`,
      last: "2 passed, 0 failed",
      code: 0,
      says: /✓ packages\/x\/test\/one\.test\.ts {2}2 passed {2}\d/,
    },
    {
      why: "shows the difference, the place and the path of a failure",
      body: `describe("s", () => {\ntest("bad", () => assert.deepEqual([1], [2]));\n});`,
      last: "0 passed, 1 failed",
      code: 1,
      says: /✗ s › bad\n {2}packages\/x\/test\/one\.test\.ts:4:1\n[^]*\+ {3}1\n {2}- {3}2/,
    },
    {
      why: "counts a parent whose child failed not again",
      body: `test("p", async (t) => { await t.test("c", () => assert.fail("no")); });`,
      last: "0 passed, 1 failed",
      code: 1,
      says: /p › c/,
    },
    {
      why: "tells the fields and the cause of an error",
      body: `test("x", () => { throw Object.assign(new Error("up", { cause: new Error("down") }), { code: "C7" }); });`,
      last: "0 passed, 1 failed",
      code: 1,
      says: /Error: up[^]*C7[^]*caused by: Error: down/,
    },
    {
      why: "counts a suite whose hook fails",
      body: `describe("h", () => { before(() => { throw new Error("in hook"); }); test("n", () => {}); });`,
      last: "0 passed, 2 failed",
      code: 1,
      says: /in hook/,
    },
    {
      why: "tells why something was skipped",
      body: `test("a", { skip: "no server here" }, () => {});`,
      last: "0 passed, 0 failed, 1 skipped",
      code: 0,
      says: /skipped .*one\.test\.ts: a: no server here/,
    },
    {
      why: "tells why a whole suite was skipped",
      body: `describe("a", { skip: "no server here" }, () => { test("b", () => {}); });`,
      last: "0 passed, 0 failed, 1 skipped",
      code: 0,
      says: /no server here/,
    },
    {
      why: "shows what a file that cannot be loaded says",
      body: `import "./absent.ts";`,
      last: "0 passed, 1 failed",
      code: 1,
      says: /Cannot find module/,
    },
    {
      why: "does not believe a file that exits with 0 before its tests are over",
      body: `test("a", () => process.exit(0)); test("b", () => {});`,
      last: "0 passed, 1 failed",
      code: 1,
      says: /ended before its tests had/,
    },
    {
      why: "tells what came after a test had ended",
      body: `test("a", () => { setTimeout(() => { throw new Error("too late"); }, 5); });`,
      last: "1 passed, 1 failed",
      code: 1,
      says: /too late/,
    },
    {
      why: "ends a test that hangs, and names it",
      body: `test("waits for ever", () => new Promise(() => { setInterval(() => {}, 1000).unref(); setTimeout(() => {}, 1000); }));`,
      last: "0 passed, 1 failed",
      code: 1,
      says: /✗ waits for ever[^]*timed out after 500ms/,
    },
    {
      why: "ends a file that leaves something open, and names its last test",
      body: `test("fine", () => {}); setInterval(() => {}, 1000);`,
      last: "1 passed, 1 failed",
      code: 1,
      says: /did not end within 2 s; the test begun last is «fine»/,
    },
    { why: "ends a file that never gives way", body: `for (;;);`, last: "0 passed, 1 failed", code: 1, says: /did not end within 2 s/ },
  ]) {
    test(why, () => {
      const run = runOn(body);
      assert.equal(run.lines.at(-1), last, run.said);
      assert.equal(run.code, code);
      assert.match(run.said, says);
    });
  }

  test("takes only the files that fit a pattern, and says when none does", () => {
    assert.equal(runOn(`test("a", () => {});`, ["x/test/one"]).lines.at(-1), "1 passed, 0 failed");
    assert.equal(runOn(`test("a", () => {});`, ["packages/*/test/one.*"]).lines.at(-1), "1 passed, 0 failed");
    const none = runOn(`test("a", () => {});`, ["nowhere"]);
    assert.equal(none.code, 1);
    assert.match(none.said, /no test file fits nowhere/);
  });
});
