import { globSync } from "node:fs";
import { matchesGlob } from "node:path";

/** Which test files are wanted. */
export interface Wanted {
  readonly root: string;
  /** The suites that need a real API server, instead of all others. */
  readonly isReal: boolean;
  /** Paths, parts of paths, or globs; a file is taken that fits one. None: all. */
  readonly patterns: readonly string[];
}

const PLACES = ["packages/*/test/**/*.test.ts", "plugins/*/test/**/*.test.ts", "test/**/*.test.ts"];

/** The test files wanted, as sorted paths relative to the root, with slashes. */
export function findTestFiles({ root, isReal, patterns }: Wanted): readonly string[] {
  const files = globSync(PLACES, { cwd: root, exclude: (path) => path.endsWith("node_modules") || path.endsWith("fixtures") });
  return files
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\/?test\/real\//.test(file) === isReal)
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => fits(file, pattern)))
    .toSorted();
}

function fits(file: string, pattern: string): boolean {
  const plain = pattern.replaceAll("\\", "/").replace(/^\.\//, "");
  return file.includes(plain) || matchesGlob(file, plain);
}
