import { lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf, PolykindError } from "@polykind/core";
import { parse } from "yaml";

/** A kubeconfig on disk, which is there until it is disposed of or the process exits. */
export interface KubeconfigFile extends Disposable {
  readonly path: string;
}

/** How the sandbox calls its cluster, its user and its context. */
const SANDBOX = "polykind-sandbox";

/**
 * Writes a sandbox's kubeconfig, readable by its owner only, to `path` or to a new directory of its own.
 *
 * *Guarantees.* Only a kubeconfig of a sandbox is written over. Disposing removes the file if it still holds what was written, also when the process exits before; nothing else is
 * removed. All is written and removed at once: a process that exits waits for nothing.
 *
 * @throws PolykindError `CONFIG_INVALID` when `path` cannot be written, or holds what is not a sandbox's.
 */
export function writeKubeconfig(text: string, path?: string): KubeconfigFile {
  const target = path ?? newPath();
  try {
    if (path !== undefined) makeRoom(path);
    writeFileSync(target, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw writeError(target, cause);
  }
  const remove = (): void => {
    process.off("exit", remove);
    if (contentOf(target) === text) rmSync(path === undefined ? dirname(target) : target, { recursive: path === undefined, force: true });
  };
  process.once("exit", remove);
  return { path: target, [Symbol.dispose]: remove };
}

function newPath(): string {
  try {
    return join(mkdtempSync(join(tmpdir(), "polykind-")), "kubeconfig");
  } catch (cause) {
    throw writeError(tmpdir(), cause);
  }
}

/** Removes the kubeconfig of an earlier sandbox, which a process that was killed has left, so that the new one has rights of its own. */
function makeRoom(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isFile()) throw occupied(stats.isDirectory() ? "it is a directory" : "it is no plain file");
  if (!isSandboxes(readFileSync(path, "utf8"))) throw occupied("another file is there");
  rmSync(path);
}

function occupied(what: string): Error {
  return new Error(`${what}, which is not the sandbox's to write over; remove it, or name another by --sandbox-kubeconfig FILE`);
}

/** Whether all that a kubeconfig names is of a sandbox. */
function isSandboxes(text: string): boolean {
  try {
    const { "current-context": current, clusters, users, contexts } = parse(text) as Readonly<Record<string, unknown>>; // Looked at below.
    const named = [clusters, users, contexts].flat() as readonly { readonly name?: unknown }[]; // As above.
    return current === SANDBOX && named.every(({ name }) => name === SANDBOX);
  } catch {
    return false;
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function writeError(path: string, cause: unknown): PolykindError {
  return new PolykindError("CONFIG_INVALID", `cannot write the sandbox's kubeconfig to ${path}: ${whyUnwritable(cause)}`, {
    cause,
    facts: { path },
  });
}

/** In plain words where the system has only a code. */
function whyUnwritable(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "there is no such folder";
  if (code === "ENOTDIR") return "a part of its path is no folder";
  return code === "EACCES" || code === "EPERM" ? "this user may not write there" : messageOf(cause);
}
