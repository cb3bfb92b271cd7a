import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

let directory: string | undefined;
let count = 0;

/** A directory of this run, removed when the process ends. */
export function scratchDirectory(): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), "polykind-faults-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return directory;
}

/** Writes YAML to a file and resolves with its path. */
export async function writeKubeconfig(yaml: string): Promise<string> {
  count += 1;
  const path = join(scratchDirectory(), `kubeconfig-${count}`);
  await writeFile(path, yaml, { mode: 0o600 });
  return path;
}
