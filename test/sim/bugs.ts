import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Invariant } from "@polykind/testing";
import { PRODUCTION } from "./part.ts";
import { scheduleOf } from "./schedule.ts";
import { simulate, type Subject } from "./world.ts";

/** A mistake that somebody may make, as an exact edit of one file. */
export interface Bug {
  readonly name: string;
  /** Default: `informer`. `client`: in what cuts watches into lines. */
  readonly package?: "informer" | "client";
  /** In the `src` of the package. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The invariants of which at least one must catch it. */
  readonly caughtBy: readonly Invariant[];
  /** Takes hundreds of seeds to find. */
  readonly isRare?: boolean;
}

const ROOT = resolve(import.meta.dirname, "../..");

/** `bug` cannot be planted any more, because the source has changed. */
export class StaleBugError extends Error {
  constructor({ name, file, find }: Bug, times: number) {
    super(
      `cannot plant "${name}": ${file} has ${times} times what is to be replaced: ${find}\nwrite the bug anew in test/sim/seeded-bugs.ts`,
    );
    this.name = "StaleBugError";
  }
}

/** The text of the file with the bug in it. */
export async function plant(bug: Bug): Promise<string> {
  const text = await readFile(join(directoryOf(bug), "src", bug.file), "utf8");
  const times = text.split(bug.find).length - 1;
  if (times !== 1) throw new StaleBugError(bug, times);
  return text.replace(bug.find, () => bug.replace);
}

function directoryOf({ package: name = "informer" }: Bug): string {
  return join(ROOT, "packages", name);
}

/** A copy of the package with the bug in it, beside the others as they are; the tree is left alone. */
export async function openBuggy(bug: Bug): Promise<Subject & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "polykind-bug-"));
  await cp(join(directoryOf(bug), "src"), join(directory, "src"), { recursive: true });
  await cp(join(directoryOf(bug), "package.json"), join(directory, "package.json"));
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "src", bug.file), await plant(bug));
  const buggy = (await import(pathToFileURL(join(directory, "src/index.ts")).href)) as Partial<Subject>; // Each package exports a part of it.
  return {
    openInformerPool: buggy.openInformerPool ?? PRODUCTION.openInformerPool,
    LineFramer: buggy.LineFramer ?? PRODUCTION.LineFramer,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** How a bug was found. */
export interface Catch {
  readonly invariant: Invariant;
  readonly why: string;
  /** How many seeds it took. */
  readonly seeds: number;
}

/** Plays seeds from 1 on until one of the invariants named by `bug` catches it; `undefined` when `seeds` of them do not. */
export async function hunt(bug: Bug, { seeds }: { readonly seeds: number }): Promise<Catch | undefined> {
  await using subject = await openBuggy(bug);
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate(scheduleOf(seed), subject);
    const found = violations.find(({ invariant }) => bug.caughtBy.includes(invariant));
    if (found !== undefined) return { invariant: found.invariant, why: found.why, seeds: seed };
  }
  return undefined;
}
