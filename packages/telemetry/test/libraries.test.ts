import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";

/** The libraries that are loaded in a process of its own once `code` has run. */
function loadedBy(code: string): readonly string[] {
  const list = `console.log(Object.keys(createRequire(import.meta.url).cache).flatMap((path) => path.match(/(?<=node_modules.)[\\w-]+/)?.[0] ?? []).join());`;
  const script = `import { createRequire } from "node:module"; import { openLog, openMetrics } from "@polykind/telemetry"; ${code}; ${list}`;
  const args = ["--conditions=@polykind/source", "--input-type=module", "--eval", script];
  const text = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8" });
  return [...new Set(text.trim().split(","))].filter((name) => name === "pino" || name === "prom-client");
}

describe("the libraries of this package", () => {
  for (const { why, code, are } of [
    { why: "are not loaded for its interfaces, as everything imports these", code: "", are: [] },
    { why: "are loaded with the first log: the one that writes it", code: `openLog({ level: "silent" })`, are: ["pino"] },
    { why: "are loaded with the first metrics: the one that collects them", code: "openMetrics()", are: ["prom-client"] },
  ]) {
    test(why, () => assert.deepEqual(loadedBy(code), are));
  }
});
