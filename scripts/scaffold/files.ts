import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ALIKE, EMPTY_WORDS, FILES } from "../../test/architecture/house.ts";

/** New files by their path relative to the root. */
export type NewFiles = Readonly<Record<string, string>>;

/** Why a folder cannot have this name; `undefined` when it can. */
export function whyNotNamed(name: string | undefined, root: string, under: "packages" | "plugins"): string | undefined {
  if (name === undefined) return "no name is given";
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return `«${name}» is not lower case with dashes, such as «shard-map»`;
  const empty = name.split("-").find((word) => EMPTY_WORDS.includes(word));
  if (empty !== undefined) return `the word «${empty}» says nothing: name what it is`;
  return existsSync(join(root, under, name)) ? `${under}/${name} is there already` : undefined;
}

/** The words of a name as one, each with a capital. */
export function pascalOf(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
}

/** A value as a JSON file. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The tsconfigs of a package or plugin, which refers to `references`. */
export function tsconfigs(dir: string, references: readonly string[]): NewFiles {
  const tsconfig = {
    extends: "../../tsconfig.base.json",
    compilerOptions: { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" },
    include: ["src"],
    references: references.map((path) => ({ path })),
  };
  return {
    [`${dir}/tsconfig.json`]: jsonText(tsconfig),
    [`${dir}/test/tsconfig.json`]: jsonText({ extends: "../../../test/tsconfig.json", include: ["."] }),
  };
}

/** A package.json with the fields that are alike in all. */
export function manifestText(own: Readonly<Record<string, unknown>>, files: readonly string[] = FILES): string {
  const { name, version, description, ...others } = own;
  const { license, type, engines, exports, publishConfig } = ALIKE;
  return jsonText({ name, version, description, license, type, engines, exports, files, publishConfig, ...others });
}

/** Writes the files, none of which may be there, and adds the folder to what the root builds. */
export function writeWorkspace(root: string, dir: string, files: NewFiles): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { flag: "wx" });
  }
  const tsconfig = join(root, "tsconfig.json");
  const { references, ...others } = JSON.parse(readFileSync(tsconfig, "utf8")) as {
    readonly references: readonly { readonly path: string }[];
  }; // tsc's format.
  writeFileSync(tsconfig, jsonText({ ...others, references: [...references, { path: dir }] }));
}

/** The version that all packages have now. */
export function currentVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "lerna.json"), "utf8")) as { readonly version: string }; // lerna's format.
  return version;
}
