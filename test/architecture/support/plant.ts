import { parseSource } from "../source.ts";
import type { Manifest, Workspace } from "../tree.ts";

/** A workspace that is not in the tree, for rules to be tried on. */
export function plant(
  files: Readonly<Record<string, string>>,
  {
    dir = "packages/core",
    manifest = {},
    references = [],
  }: { readonly dir?: string; readonly manifest?: Partial<Manifest>; readonly references?: readonly string[] } = {},
): Workspace {
  const sources = Object.entries(files).map(([path, text]) => parseSource(`${dir}/src/${path}`, text));
  return {
    dir,
    isPlugin: dir.startsWith("plugins/"),
    manifest: { name: `@polykind/${dir.split("/")[1]}`, version: "1.0.0", ...manifest },
    references,
    sources,
    tests: [],
  };
}
