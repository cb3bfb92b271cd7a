import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { undocumented } from "../architecture/rules/docs.ts";
import { undeclared, unlike } from "../architecture/rules/manifests.ts";
import { parseSource } from "../architecture/source.ts";
import { plant } from "../architecture/support/plant.ts";
import type { Manifest } from "../architecture/tree.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const root = mkdtempSync(join(tmpdir(), "polykind-scaffold-"));

before(() => {
  for (const path of ["tsconfig.json", "lerna.json", "test/architecture/house.ts"]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(REPOSITORY, path), join(root, path));
  }
  mkdirSync(join(root, "packages/taken"), { recursive: true });
});
after(() => rmSync(root, { recursive: true }));

function run(script: string, ...args: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(REPOSITORY, "scripts", script), "--root", root, ...args], {
    encoding: "utf8",
  });
  return { code: status, said: stdout + stderr };
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("new:package", () => {
  test("makes a package that keeps the rules of the house, and seats it", () => {
    const { code, said } = run("new-package.ts", "shard-map", "--floor", "2", "--description", "Which replica has which kind");
    assert.equal(code, 0, said);
    const manifest = JSON.parse(read("packages/shard-map/package.json")) as Manifest; // Just written.
    const workspace = plant(
      { "index.ts": read("packages/shard-map/src/index.ts"), "shard-map.ts": read("packages/shard-map/src/shard-map.ts") },
      { dir: "packages/shard-map", manifest },
    );
    assert.deepEqual([...undeclared(workspace, []), ...unlike(workspace), ...undocumented(workspace)], []);
    assert.match(read("test/architecture/house.ts"), /polykind: \{[^}]*\},\n {2}"@polykind\/shard-map": \{ floor: 2, hosts: \[\] \},\n\};/);
    assert.match(read("tsconfig.json"), /"packages\/shard-map"/);
    assert.match(said, /npm install/);
  });

  for (const { why, args, says } of [
    { why: "no name", args: ["--floor", "1"], says: /no name is given/ },
    { why: "a name in capitals", args: ["ShardMap", "--floor", "1"], says: /lower case with dashes/ },
    { why: "a way out of the folder", args: ["../x", "--floor", "1"], says: /lower case with dashes/ },
    { why: "a word that says nothing", args: ["http-utils", "--floor", "1"], says: /«utils» says nothing/ },
    { why: "a name that is taken", args: ["taken", "--floor", "1"], says: /is there already/ },
    { why: "no floor", args: ["fresh"], says: /no floor is given/ },
    {
      why: "an option that it does not know",
      args: ["fresh", "--floor", "1", "--bogus"],
      says: /^cannot make a package: Unknown option '--bogus'/,
    },
    { why: "a second name", args: ["fresh", "other", "--floor", "1"], says: /one name is enough: «other» is too much/ },
    { why: "a floor above the roof", args: ["fresh", "--floor", "6"], says: /«6» is no floor: they go from 0 to 5/ },
  ]) {
    test(`refuses ${why}, and writes nothing`, () => {
      const before = globSync("**/*", { cwd: root }).length;
      const { code, said } = run("new-package.ts", ...args);
      assert.equal(code, 1);
      assert.match(said, says);
      assert.equal(globSync("**/*", { cwd: root }).length, before);
    });
  }
});

describe("new:plugin", () => {
  for (const script of ["new-plugin.ts", "new-package.ts"]) {
    test(`says how it is called: ${script} --help`, () => {
      const { code, said } = run(script, "--help");
      assert.deepEqual([code, said.startsWith("npm run new:p")], [0, true], said);
    });
  }

  test("says what comes next in two columns, however long the name is", () => {
    const { said } = run("new-plugin.ts", "a-name-that-is-longer-than-most", "--group", "x.example.com");
    const columns = said.split("\n").flatMap((line) => (/^ {2}(?!npx)(\S.*?) {3,}\S/.exec(line) ? [line.search(/ {3}\S(?!.* {3})/)] : []));
    assert.deepEqual([columns.length, new Set(columns).size], [3, 1], said);
  });

  test("makes a plugin with its CRD, an example and a test", () => {
    const { code, said } = run("new-plugin.ts", "cache-warmer", "--group", "cache.example.com");
    assert.equal(code, 0, said);
    const manifest = JSON.parse(read("plugins/cache-warmer/package.json")) as Manifest; // Just written.
    const workspace = plant({ "index.ts": read("plugins/cache-warmer/src/index.ts") }, { dir: "plugins/cache-warmer", manifest });
    assert.deepEqual([...undeclared({ ...workspace, references: undefined }, []), ...unlike(workspace)], []);
    assert.match(read("plugins/cache-warmer/src/index.ts"), /manages: \{ group: "cache.example.com", kind: "CacheWarmer" \}/);
    assert.match(read("plugins/cache-warmer/crd.yaml"), /name: cachewarmers\.cache\.example\.com/);
    parseSource("test.ts", read("plugins/cache-warmer/test/cache-warmer.test.ts"));
  });

  for (const { why, args, says } of [
    { why: "a kind that is no word", args: ["fresh", "--kind", "two words"], says: /«two words» is no kind/ },
    { why: "a group that is no domain", args: ["fresh", "--group", "apps"], says: /«apps» is no API group/ },
    { why: "a group with a dash at the end of a label", args: ["fresh", "--group", "apps-.example.com"], says: /is no API group/ },
    { why: "a group with a dash at the head of a label", args: ["fresh", "--group", "apps.-example.com"], says: /is no API group/ },
    { why: "a group that ends in a dot", args: ["fresh", "--group", "apps.example.com."], says: /is no API group/ },
    { why: "a group with a label that is too long", args: ["fresh", "--group", `${"a".repeat(64)}.com`], says: /is no API group/ },
    { why: "an option that it does not know", args: ["fresh", "--bogus"], says: /^cannot make a plugin: Unknown option '--bogus'/ },
    { why: "a second name", args: ["fresh", "other"], says: /one name is enough: «other» is too much/ },
    { why: "a name that begins with a digit", args: ["9lives"], says: /lower case with dashes/ },
  ]) {
    test(`refuses ${why}`, () => {
      const { code, said } = run("new-plugin.ts", ...args);
      assert.equal(code, 1);
      assert.match(said, says);
    });
  }
});
