import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Exploration, explore } from "./explore.ts";
import { Model } from "./model.ts";
import type { Mistake } from "./mistakes.ts";
import { loadSubject, type Subject } from "./subject.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PACKAGE = join(ROOT, "packages/manager");

/** The code that runs in production. */
export function production(): Promise<Subject> {
  return loadSubject(folderUrl(PACKAGE));
}

/** A mistake cannot be planted any more, because the source has changed. */
export class StaleMistakeError extends Error {
  constructor({ name, file, find }: Mistake, times: number) {
    super(
      `cannot plant "${name}": ${file} has ${times} times what is to be replaced: ${find}\nwrite the mistake anew in test/model/mistakes.ts`,
    );
    this.name = "StaleMistakeError";
  }
}

/** The text of the file with the mistake in it. */
export async function plant(mistake: Mistake): Promise<string> {
  const text = await readFile(join(PACKAGE, "src/kind", mistake.file), "utf8");
  const times = text.split(mistake.find).length - 1;
  if (times !== 1) throw new StaleMistakeError(mistake, times);
  return text.replace(mistake.find, () => mistake.replace);
}

/** What an exploration of the code with the mistake in it comes to, and the model that tells its story. The tree is left alone. */
export async function hunt(mistake: Mistake): Promise<{ readonly model: Model; readonly exploration: Exploration }> {
  const directory = await mkdtemp(join(tmpdir(), "polykind-mistake-"));
  try {
    await cp(join(PACKAGE, "src/kind"), join(directory, "src/kind"), { recursive: true });
    await cp(join(PACKAGE, "package.json"), join(directory, "package.json"));
    await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
    await writeFile(join(directory, "src/kind", mistake.file), await plant(mistake));
    const model = new Model(await loadSubject(folderUrl(directory)), mistake.within);
    return { model, exploration: explore(model) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function folderUrl(packageDirectory: string): string {
  return pathToFileURL(join(packageDirectory, "src/kind/")).href;
}
