import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { readDocuments } from "@polykind/sandbox";

/** The group that the plugins of this repository are written for. */
export const WRITTEN_GROUP = "demo.example.com";

/**
 * A folder of plugins that a host watches, filled with copies of the repository's plugins, written for a group of the demo's own.
 */
export class PluginFolder implements AsyncDisposable {
  readonly path: string;
  readonly #plugins: URL;
  readonly #group: string;

  private constructor(path: string, plugins: URL, group: string) {
    this.path = path;
    this.#plugins = plugins;
    this.#group = group;
  }

  /** @param plugins the repository's folder `plugins/`. */
  static async open(plugins: URL, group: string): Promise<PluginFolder> {
    await readdir(plugins).catch((cause: unknown) => {
      throw new PolykindError(
        "CONFIG_INVALID",
        `cannot show the demo: ${plugins.pathname} is missing; it runs from a clone of the repository`,
        { cause },
      );
    });
    return new PluginFolder(await mkdtemp(join(tmpdir(), "polykind-demo-")), plugins, group);
  }

  /** Puts a built plugin package in, whole, as an installation does. */
  async addPackage(name: string): Promise<void> {
    const made = await mkdtemp(join(tmpdir(), "polykind-demo-package-"));
    try {
      await cp(new URL(`${name}/package.json`, this.#plugins), join(made, "package.json"));
      await cp(new URL(`${name}/dist/`, this.#plugins), join(made, "dist"), {
        recursive: true,
        filter: (path) => !/\.(?:map|d\.ts|tsbuildinfo)$/.test(path),
      });
      for (const entry of await readdir(made, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) await this.#adapt(join(entry.parentPath, entry.name));
      }
      await rename(made, join(this.path, name));
    } finally {
      await rm(made, { recursive: true, force: true });
    }
  }

  /** Puts a plugin in that is one plain TypeScript file. */
  async addFile(name: string): Promise<void> {
    const text = await readFile(new URL(`${name}/src/index.ts`, this.#plugins), "utf8");
    await writeFile(join(this.path, `${name}.ts`), text.replaceAll(WRITTEN_GROUP, this.#group));
  }

  async removeFile(name: string): Promise<void> {
    await rm(join(this.path, `${name}.ts`));
  }

  /** The CRD that comes with a plugin. */
  async crd(name: string): Promise<Manifest> {
    for await (const read of readDocuments(fileURLToPath(new URL(`${name}/crd.yaml`, this.#plugins)))) {
      if ("error" in read) throw read.error;
      return JSON.parse(JSON.stringify(read.document).replaceAll(WRITTEN_GROUP, this.#group)) as Manifest; // What the repository's own file holds.
    }
    throw new PolykindError("CONFIG_INVALID", `cannot show the demo: plugins/${name}/crd.yaml is empty`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async #adapt(file: string): Promise<void> {
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll(WRITTEN_GROUP, this.#group));
  }
}
