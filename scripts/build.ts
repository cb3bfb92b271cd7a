// `npm run build [-- FOLDERS]`: declarations by the compiler, for these packages and what they need, and the programs of all by esbuild.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, type OutputFile } from "esbuild";

const COMPILER = resolve(import.meta.dirname, "../node_modules/typescript/bin/tsc");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: "string", default: resolve(import.meta.dirname, "..") } },
});
const root = resolve(values.root);

/** What can be loaded from outside: what a package exports, and the programs it has. Each becomes one file. */
const ENTRIES = ["src/index.ts", "src/main.ts", "src/*/main.ts"];

process.exitCode = declare(positionals);
if (process.exitCode === 0) await Promise.all(findPackages().map(bundle));

/** Checks the types and writes declarations, where anything has changed. The compiler's exit code. */
function declare(folders: readonly string[]): number {
  return spawnSync(process.execPath, [COMPILER, "-b", ...folders], { cwd: root, stdio: "inherit" }).status ?? 1;
}

/** The folders of all packages and plugins. */
function findPackages(): readonly string[] {
  return globSync(["packages/*/package.json", "plugins/*/package.json"], { cwd: root }).map((path) => join(root, dirname(path)));
}

/** Makes `dist` hold the programs of a package as its sources are now, and none from before. What other packages export stays an import. */
async function bundle(folder: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: globSync(ENTRIES, { cwd: folder }),
    outbase: "src",
    outdir: "dist",
    bundle: true,
    packages: "external",
    splitting: true, // What only some commands need is loaded by them, from a file of its own.
    format: "esm",
    platform: "node",
    target: "node24.15",
    supported: { using: true }, // Node has it since 24; esbuild does not know.
    sourcemap: true,
    legalComments: "none",
    write: false,
  });
  outputFiles.forEach(writeChanged);
  const isWanted = new Set(outputFiles.map(({ path }) => path));
  for (const path of globSync("dist/**/*.{js,js.map}", { cwd: folder })) {
    if (!isWanted.has(join(folder, path))) rmSync(join(folder, path));
  }
}

/** Leaves alone what is as wanted, and replaces the rest at once: somebody may be running it, or watching. */
function writeChanged({ path, contents }: OutputFile): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}
