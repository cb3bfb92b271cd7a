import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";

/** The content of files, by path: what tells whether anything of a plugin has changed. `absent` for a file that is not there and is wanted. */
export type FileStates = ReadonlyMap<string, string>;

/** Stands for a file that is not there. */
export const ABSENT = "absent";

/** What tells two contents apart. */
export function hashOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("base64url");
}

/** Whether all files are as they were. */
export async function isUnchanged(files: FileStates): Promise<boolean> {
  const same = await Promise.all(Array.from(files, async ([path, hash]) => (await stateOf(path)) === hash));
  return !same.includes(false);
}

async function stateOf(path: string): Promise<string> {
  try {
    return hashOf(await readFile(path));
  } catch {
    // Whatever keeps it from being read keeps it from being loaded too.
    return ABSENT;
  }
}

/** One digest of all files, the same wherever `root` lies: `sha256-…`; empty without files. */
export function digestOf(files: FileStates, root: string): string {
  const present = Array.from(files).filter(([, hash]) => hash !== ABSENT);
  if (present.length === 0) return "";
  const lines = present.map(([path, hash]) => `${relative(root, path)}\0${hash}\n`).toSorted();
  return `sha256-${hashOf(lines.join(""))}`;
}

/** Whether `path` is `root` or in it. Both absolute, links resolved. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** `path` as people name it where they stand in `cwd`: `./…` when it is in there. */
export function pathForPeople(path: string, cwd: string): string {
  return isInside(cwd, path) ? `./${relative(cwd, path)}` : path;
}
