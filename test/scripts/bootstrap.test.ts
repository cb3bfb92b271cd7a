import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";

const BOOTSTRAP = pathToFileURL(resolve(import.meta.dirname, "../../scripts/bootstrap.mjs")).href;

interface Locked {
  readonly version?: string;
  readonly optional?: boolean;
}

/** What `whyInstall` says of a folder with this lock file and these installed packages. */
function whyInstall(wanted: Readonly<Record<string, Locked>> | undefined, found: Readonly<Record<string, Locked>> | undefined): string {
  const root = mkdtempSync(join(tmpdir(), "polykind-bootstrap-"));
  mkdirSync(join(root, "node_modules"));
  if (wanted !== undefined) writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: wanted }));
  if (found !== undefined) writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages: found }));
  const code = `import { whyInstall } from ${JSON.stringify(BOOTSTRAP)}; console.log(String(whyInstall(${JSON.stringify(root)})));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
  rmSync(root, { recursive: true });
  return stdout.trim();
}

describe("whyInstall", () => {
  const a = { "node_modules/a": { version: "1.0.0" } };
  for (const { why, wanted, found, says } of [
    { why: "finds nothing to do when all is there", wanted: { "": {}, ...a }, found: a, says: "undefined" },
    { why: "installs into an empty folder", wanted: a, found: undefined, says: "nothing is installed" },
    { why: "installs what was added", wanted: { ...a, "packages/b": {} }, found: a, says: "packages/b is missing" },
    {
      why: "installs what was raised",
      wanted: { "node_modules/a": { version: "1.0.1" } },
      found: a,
      says: "node_modules/a is another version",
    },
    { why: "takes away what is not wanted any more", wanted: {}, found: a, says: "node_modules/a is not wanted any more" },
    {
      why: "does without what is for other platforms",
      wanted: { ...a, "node_modules/c": { optional: true } },
      found: a,
      says: "undefined",
    },
    {
      why: "raises what is optional too",
      wanted: { "node_modules/a": { version: "2.0.0", optional: true } },
      found: a,
      says: "node_modules/a is another version",
    },
    { why: "leaves a folder without a lock file alone", wanted: undefined, found: undefined, says: "undefined" },
  ]) {
    test(why, () => assert.equal(whyInstall(wanted, found), says));
  }
});

/** A program that becomes a child that runs `code`. */
function become(code: string): ChildProcess {
  const parent = `import { become } from ${JSON.stringify(BOOTSTRAP)}; become(["--input-type=module", "--eval", ${JSON.stringify(code)}]);`;
  return spawn(process.execPath, ["--input-type=module", "--eval", parent], { stdio: ["ignore", "pipe", "inherit"] });
}

describe("become", { skip: process.platform === "win32" ? "Windows has no such signals" : false }, () => {
  test("ends with the exit code of the child", async () => {
    assert.deepEqual(await once(become("process.exitCode = 7"), "exit"), [7, null]);
  });

  test("ends as a shell would when a signal ended the child", async () => {
    assert.deepEqual(await once(become("process.kill(process.pid, 'SIGKILL')"), "exit"), [137, null]);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`passes ${signal} on, once although it comes twice, and waits for the child to end`, async () => {
      const child = become(`
        let seen = 0;
        const waiting = setInterval(() => {}, 1000);
        process.on("${signal}", () => { seen += 1; setTimeout(() => { clearInterval(waiting); process.exitCode = 40 + seen; }, 50); });
        console.log("ready");`);
      assert(child.stdout !== null);
      await once(child.stdout, "data");
      child.kill(signal);
      child.kill(signal);
      assert.deepEqual(await once(child, "exit"), [41, null]);
    });
  }
});
