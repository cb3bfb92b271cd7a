import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder on disk for one test, removed with it. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Holds `files`, by their paths in it. */
  static async open(files: Readonly<Record<string, string | object>> = {}): Promise<Folder> {
    const folder = new Folder(await realpath(await mkdtemp(join(tmpdir(), "polykind-"))));
    for (const [path, content] of Object.entries(files)) await folder.write(path, content);
    return folder;
  }

  /** Writes at once, as `rename` does: nobody sees half of it. What is no text is written as JSON. */
  async write(path: string, content: string | object): Promise<string> {
    const full = join(this.path, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(`${full}~`, typeof content === "string" ? content : JSON.stringify(content));
    await rename(`${full}~`, full);
    return full;
  }

  async link(path: string, target: string): Promise<void> {
    await mkdir(dirname(join(this.path, path)), { recursive: true });
    await symlink(target, join(this.path, path));
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.path, path), { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** The text of a plugin that loads. */
export function pluginText({
  name = "widgets",
  version,
  range = "^1.0",
  kind = "Widget",
  head = "",
}: {
  readonly name?: string;
  readonly version?: string;
  readonly range?: string;
  readonly kind?: string;
  readonly head?: string;
} = {}): string {
  return `${head}
export default {
  name: ${JSON.stringify(name)},
  ${version === undefined ? "" : `version: ${JSON.stringify(version)},`}
  engines: { polykind: ${JSON.stringify(range)} },
  manages: { group: "example.com", kind: ${JSON.stringify(kind)} },
  setup: () => ({ reconcile: async () => undefined }),
};
`;
}

/** The `package.json` of a plugin package that loads. */
export function packageOf(fields: Readonly<Record<string, unknown>> = {}): object {
  return {
    name: "polykind-plugin-widgets",
    version: "1.4.2",
    type: "module",
    keywords: ["polykind-plugin"],
    exports: { ".": "./index.js" },
    peerDependencies: { "@polykind/plugin": "^1.0.0" },
    polykind: { manages: [{ group: "example.com", kind: "Widget" }] },
    ...fields,
  };
}
