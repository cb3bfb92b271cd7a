import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, styleText } from "node:util";
import { findTestFiles } from "./find-files.ts";
import { openSharedServer } from "./shared-server.ts";
import { failuresOf, lineOf, skippedOf, type Style, totalOf } from "./report.ts";
import { type FileResult, runFile, type RunOptions } from "./run-file.ts";

const HELP = `npm test [-- [--root DIR] [--real] [--no-types] [--jobs N] [--test-timeout-ms N] [--file-timeout-ms N] FILES OR PATTERNS]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    root: { type: "string", default: resolve(import.meta.dirname, "../..") },
    real: { type: "boolean", default: false },
    "no-types": { type: "boolean", default: false },
    jobs: { type: "string" },
    "test-timeout-ms": { type: "string" },
    "file-timeout-ms": { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

const style: Style = {
  red: (text) => styleText("red", text, { stream: process.stdout }),
  green: (text) => styleText("green", text, { stream: process.stdout }),
  dim: (text) => styleText("dim", text, { stream: process.stdout }),
};

if (values.help) console.log(HELP);
else process.exitCode = await runAll();

async function runAll(): Promise<number> {
  const root = resolve(values.root);
  const files = findTestFiles({ root, isReal: values.real, patterns: positionals });
  if (files.length === 0) return sayNothingFits();
  await using server = await openSharedServer(values.real);
  if (server.skipReason !== undefined) {
    console.log(`skipped: ${server.skipReason}\n0 passed, 0 failed`);
    return 0;
  }
  const checks = values["no-types"]
    ? []
    : [
        check(root, "packages build", ["scripts/build.ts"]),
        check(root, "tests have the types they say", ["node_modules/typescript/bin/tsc", "-p", "test/tsconfig.json"]),
      ];
  const results = [...checks, ...(await runFiles(files, root))];
  return sayResults(results, root);
}

function sayNothingFits(): number {
  console.log(`no test file fits ${positionals.join(" ")}\n0 passed, ${values.real && positionals.length === 0 ? 0 : 1} failed`);
  return values.real && positionals.length === 0 ? 0 : 1;
}

/** The word of the build or of the compiler, as if it were a test. Tests run although it finds errors: they need neither types nor the build, most of them. */
function check(root: string, what: string, args: readonly string[]): FileResult {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  const failures = status === 0 ? [] : [{ name: what, at: "", text: (stdout + stderr).trim() }];
  const result = { file: what, passed: status === 0 ? 1 : 0, failures, skipped: [], tookMs: performance.now() - startedAt, output: "" };
  console.log(lineOf(result, style));
  return result;
}

async function runFiles(files: readonly string[], root: string): Promise<readonly FileResult[]> {
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, "tests-"));
  const abort = new AbortController();
  const stop = (signal: string): void => abort.abort(signal);
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const options: RunOptions = {
    root,
    scratch,
    testTimeoutMs: Number(values["test-timeout-ms"] ?? (values.real ? 240_000 : 30_000)),
    fileTimeoutMs: Number(values["file-timeout-ms"] ?? (values.real ? 480_000 : 60_000)),
    signal: abort.signal,
  };
  const results: FileResult[] = [];
  const waiting = files.values();
  const work = async (): Promise<void> => {
    for (const file of waiting) {
      if (abort.signal.aborted) return;
      const result = await runFile(file, options);
      results.push(result);
      console.log(lineOf(result, style));
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs ?? (values.real ? 1 : availableParallelism())) }, work));
  await rm(scratch, { recursive: true, force: true });
  return results;
}

function sayResults(results: readonly FileResult[], root: string): number {
  for (const result of results) for (const line of skippedOf(result)) console.log(style.dim(line));
  const failed = results.filter(({ failures }) => failures.length > 0);
  for (const result of failed) console.log(`\n${failuresOf(result, root, style)}`);
  console.log(`\n${totalOf(results)}`);
  return failed.length > 0 ? 1 : 0;
}
