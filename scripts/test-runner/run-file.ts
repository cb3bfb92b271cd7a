import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestFileEvent } from "./event.ts";

/** How one file is run. */
export interface RunOptions {
  readonly root: string;
  /** Holds the events of files that are running. */
  readonly scratch: string;
  /** One test may take so long. */
  readonly testTimeoutMs: number;
  /** A file may take so long, from its start until its process is gone. */
  readonly fileTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** A test that failed, or a file that did. */
export interface Failure {
  readonly name: string;
  /** `file:line:column`, or the empty string. */
  readonly at: string;
  readonly text: string;
}

/** What became of one file. */
export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly tookMs: number;
  /** What the file printed. */
  readonly output: string;
}

/**
 * Runs one test file in a process of its own and resolves with what became of it; never rejects because of the file. Whatever the file
 * started is gone afterwards, also when it was ended for taking too long.
 */
export async function runFile(file: string, options: RunOptions): Promise<FileResult> {
  const startedAt = performance.now();
  const events = join(options.scratch, `${file.replaceAll(/[^\w.-]/g, "_")}.ndjson`);
  const child = spawn(process.execPath, argumentsFor(file, events, options), {
    cwd: options.root,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what it started can be ended with it.
    detached: process.platform !== "win32",
  });
  const ended = await waitFor(child, options);
  const told = await readEvents(events);
  await rm(events, { force: true });
  const failures = told.filter((event) => event.type === "failed").map(({ name, at, text }) => ({ name, at, text }));
  const fault = faultOf(ended, told, options);
  return {
    file,
    passed: told.filter((event) => event.type === "passed").length,
    failures:
      fault === undefined || (failures.length > 0 && ended.code === 1) ? failures : [...failures, { name: file, at: "", text: fault }],
    skipped: told.filter((event) => event.type === "skipped"),
    tookMs: performance.now() - startedAt,
    output: ended.output,
  };
}

function argumentsFor(file: string, events: string, { testTimeoutMs }: RunOptions): readonly string[] {
  return [
    "--conditions=@polykind/source",
    "--enable-source-maps",
    `--test-timeout=${testTimeoutMs}`,
    `--test-reporter=${join(import.meta.dirname, "event-reporter.ts")}`,
    `--test-reporter-destination=${events}`,
    file,
  ];
}

interface Ended {
  readonly code: number | null;
  readonly isTooLate: boolean;
  readonly output: string;
}

async function waitFor(child: ChildProcess, { fileTimeoutMs, signal }: RunOptions): Promise<Ended> {
  let output = "";
  let isTooLate = false;
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout?.setEncoding("utf8").on("data", keep);
  child.stderr?.setEncoding("utf8").on("data", keep);
  const end = (): void => endGroup(child);
  const timer = setTimeout(() => {
    isTooLate = true;
    end();
  }, fileTimeoutMs);
  signal.addEventListener("abort", end, { once: true });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
  clearTimeout(timer);
  signal.removeEventListener("abort", end);
  // What it started may go on, and would hold its output open.
  endGroup(child);
  return { code, isTooLate, output };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone.
  }
}

async function readEvents(path: string): Promise<readonly TestFileEvent[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  // A file that was ended may have left a torn last line.
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TestFileEvent); // Our own reporter wrote it.
}

/** Why the file as a whole has failed, if it has. */
function faultOf({ code, isTooLate, output }: Ended, told: readonly TestFileEvent[], { fileTimeoutMs }: RunOptions): string | undefined {
  const remarks = told.filter((event) => event.type === "remarked").map(({ text }) => text);
  const last = told.findLast((event) => event.type === "running")?.name;
  if (isTooLate) {
    return `did not end within ${fileTimeoutMs / 1000} s${last === undefined ? "" : `; the test begun last is «${last}»`}: it hangs, or leaves something open`;
  }
  if (code !== 0) return [`ended with ${code === null ? "a signal" : `exit code ${code}`}`, ...remarks].join("\n");
  if (!told.some((event) => event.type === "ended")) return `ended before its tests had${output === "" ? "" : ":"}`;
  return undefined;
}
