import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSource } from "../../test/architecture/source.ts";
import { type Manifest, readJson, ROOT } from "../../test/architecture/tree.ts";
import { describeSurface } from "./surface.ts";

/** `api.md` of every package as its last build says it should be. */
export function readSurfaces(): readonly { readonly path: string; readonly wanted: string; readonly found: string }[] {
  return globSync("packages/*/dist/index.d.ts", { cwd: ROOT })
    .toSorted()
    .map((index) => {
      const dir = index.split(/[\\/]/).slice(0, 2).join("/");
      const files = globSync(`${dir}/dist/**/*.d.ts`, { cwd: ROOT }).map((file) =>
        parseSource(
          file
            .replaceAll("\\", "/")
            .replace("/dist/", "/src/")
            .replace(/\.d\.ts$/, ".ts"),
          readFileSync(join(ROOT, file), "utf8"),
        ),
      );
      const { name } = readJson(`${dir}/package.json`) as Manifest; // npm's format.
      const path = `${dir}/api.md`;
      return {
        path,
        wanted: describeSurface(name, dir, files),
        found: existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : "",
      };
    });
}

if (import.meta.main) {
  const changed = readSurfaces().filter(({ wanted, found }) => wanted !== found);
  for (const { path, wanted } of changed) {
    writeFileSync(join(ROOT, path), wanted);
    console.log(`wrote ${path}`);
  }
  if (changed.length === 0) console.log("every api.md is as the code says");
}
