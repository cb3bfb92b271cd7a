import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";

const BUILD = resolve(import.meta.dirname, "../../scripts/build.ts");

const manifest = (name: string): string =>
  JSON.stringify({ name, type: "module", exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } } });
const tsconfig = (references: readonly string[]): string =>
  JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" },
    include: ["src"],
    references: references.map((path) => ({ path })),
  });

/** Two packages: `low`, and `high`, which imports it and has a program. */
const TREE: Readonly<Record<string, string>> = {
  "tsconfig.base.json": readFileSync(resolve(import.meta.dirname, "../../tsconfig.base.json"), "utf8").replace('"node"', ""),
  "tsconfig.json": JSON.stringify({ files: [], references: [{ path: "packages/low" }, { path: "packages/high" }] }),
  "packages/low/package.json": manifest("low"),
  "packages/low/tsconfig.json": tsconfig([]),
  "packages/low/src/index.ts": `export { Mark } from "./marks/mark.ts";`,
  "packages/low/src/marks/mark.ts": `export class Mark { readonly at: string = "here"; }`,
  "packages/high/package.json": manifest("high"),
  "packages/high/tsconfig.json": tsconfig(["../low"]),
  "packages/high/src/index.ts": `import { Mark } from "low";\nexport const mark: Mark = new Mark();`,
  "packages/high/src/show/main.ts": `export const load = (): Promise<typeof import("../index.ts")> => import("../index.ts");`,
};

/** A tree in a folder of its own, which is removed at the end. */
class Tree implements Disposable {
  readonly root: string = mkdtempSync(join(tmpdir(), "polykind-build-"));

  constructor() {
    for (const [path, text] of Object.entries(TREE)) this.write(path, text);
    mkdirSync(join(this.root, "node_modules"));
    for (const name of ["low", "high"]) symlinkSync(join(this.root, "packages", name), join(this.root, "node_modules", name), "junction");
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Builds it; what the build said, and how it ended. */
  build(): { readonly code: number | null; readonly said: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BUILD, "--root", this.root], { encoding: "utf8" });
    return { code: status, said: stdout + stderr };
  }

  /** What a program prints that is evaluated in the tree. */
  run(code: string): string {
    return spawnSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: this.root, encoding: "utf8" }).stdout.trim();
  }

  programs(name: string): readonly string[] {
    return globSync("**/*.js", { cwd: join(this.root, "packages", name, "dist") }).toSorted();
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}

describe("the build", () => {
  test("makes one file of what a package exports, which imports other packages as every user does", () => {
    using tree = new Tree();
    assert.deepEqual(tree.build(), { code: 0, said: "" });
    assert.deepEqual(tree.programs("low"), ["index.js"]);
    assert.equal(
      tree.run(`import { Mark } from "low"; import { mark } from "high"; console.log(mark instanceof Mark, mark.at)`),
      "true here",
    );
  });

  test("lets a program share its modules with what the package exports", () => {
    using tree = new Tree();
    tree.build();
    const code = `import { mark } from "high"; import { load } from "./packages/high/dist/show/main.js"; console.log(mark === (await load()).mark)`;
    assert.equal(tree.run(code), "true");
  });

  test("writes source maps that hold the sources", () => {
    using tree = new Tree();
    tree.build();
    const map = JSON.parse(readFileSync(join(tree.root, "packages/low/dist/index.js.map"), "utf8")) as Readonly<Record<string, unknown>>; // the format of source maps
    assert.deepEqual([map["sources"], map["sourcesContent"]], [["../src/marks/mark.ts"], [TREE["packages/low/src/marks/mark.ts"]]]);
  });

  test("takes away programs of files that are no more, and leaves alone what is as wanted", () => {
    using tree = new Tree();
    tree.build();
    const writtenAt = (): number => statSync(join(tree.root, "packages/low/dist/index.js")).ino;
    const before = writtenAt();
    tree.write("packages/low/dist/marks/mark.js", "export {};");
    tree.build();
    assert.deepEqual(tree.programs("low"), ["index.js"]);
    assert.equal(writtenAt(), before);
  });

  test("changes no program while the types are wrong, and says where they are", () => {
    using tree = new Tree();
    tree.build();
    tree.write("packages/low/src/marks/mark.ts", `export class Mark { readonly at: number = "there"; }`);
    const { code, said } = tree.build();
    assert.notEqual(code, 0);
    assert.match(said, /mark\.ts.*TS2322/);
    assert.equal(tree.run(`import { mark } from "high"; console.log(mark.at)`), "here");
  });
});
