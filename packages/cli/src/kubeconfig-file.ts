import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PolykindError } from "@polykind/core";

/** A kubeconfig on disk. */
export interface KubeconfigFile {
  readonly path: string;
  /** Removes what was made for it. */
  remove(): Promise<void>;
}

/**
 * Writes a kubeconfig, readable by its owner only, to `path` or to a new directory of its own.
 *
 * @throws PolykindError `CONFIG_INVALID` when `path` cannot be written.
 */
export async function writeKubeconfig(text: string, path?: string): Promise<KubeconfigFile> {
  const target = path ?? join(await mkdtemp(join(tmpdir(), "polykind-")), "kubeconfig");
  try {
    await writeFile(target, text, { mode: 0o600 });
  } catch (cause) {
    throw new PolykindError("CONFIG_INVALID", `cannot write the sandbox's kubeconfig to ${target}`, { cause, facts: { path: target } });
  }
  return { path: target, remove: () => rm(path === undefined ? dirname(target) : target, { recursive: path === undefined, force: true }) };
}
