import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Writes a kubeconfig to a folder of its own. */
export async function kubeconfigFile(text: string): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "polykind-test-"));
  await writeFile(join(folder, "kubeconfig"), text, { mode: 0o600 });
  return { path: join(folder, "kubeconfig"), remove: () => rm(folder, { recursive: true, force: true }) };
}
