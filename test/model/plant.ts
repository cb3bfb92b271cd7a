import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Exploration, explore } from "./explore.ts";
import { Model } from "./model.ts";
import type { Mistake, Planted } from "./mistakes.ts";
import { loadSubject, type Subject } from "./subject.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PACKAGE = join(ROOT, "packages/manager");

/** Where the sources of the manager are, as a URL that ends in a slash. */
export const productionFolder: string = pathToFileURL(join(PACKAGE, "src/")).href;

/** The code that runs in production. */
export function production(): Promise<Subject> {
  return loadSubject(`${productionFolder}kind/`);
}

/** A mistake cannot be planted any more, because the source has changed. */
export class StaleMistakeError extends Error {
  constructor({ name, file, find }: Planted, times: number) {
    super(`cannot plant "${name}": ${file} has ${times} times what is to be replaced: ${find}\nwrite the mistake anew`);
    this.name = "StaleMistakeError";
  }
}

/** The text of the file with the mistake in it. */
export async function plant(mistake: Planted): Promise<string> {
  const text = await readFile(join(PACKAGE, "src/kind", mistake.file), "utf8");
  const times = text.split(mistake.find).length - 1;
  if (times !== 1) throw new StaleMistakeError(mistake, times);
  return text.replace(mistake.find, () => mistake.replace);
}

/** What an exploration of the code with the mistake in it comes to, and the model that tells its story. */
export function hunt(mistake: Mistake): Promise<{ readonly model: Model; readonly exploration: Exploration }> {
  return usePlanted(mistake, async (folder) => {
    const model = new Model(await loadSubject(`${folder}kind/`), mistake.within);
    return { model, exploration: explore(model) };
  });
}

/** Calls `use` with the folder of a copy of the sources with the mistake in it, as a URL that ends in a slash. The tree is left alone. */
export async function usePlanted<T>(mistake: Planted, use: (folder: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "polykind-mistake-"));
  try {
    await cp(join(PACKAGE, "src"), join(directory, "src"), { recursive: true });
    await cp(join(PACKAGE, "package.json"), join(directory, "package.json"));
    await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
    await writeFile(join(directory, "src/kind", mistake.file), await plant(mistake));
    return await use(pathToFileURL(join(directory, "src/")).href);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
