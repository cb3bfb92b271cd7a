import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fencesOf } from "./rules/texts.ts";
import { linesOf } from "./rules/sizes.ts";
import { readJson, readWorkspaces, ROOT } from "./tree.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const README = { path: "README.md", text: read("README.md") };

describe("README.md", () => {
  test("shows the plugin that is in the tree, in at most 25 lines", () => {
    const [plugin = ""] = fencesOf(README, "ts");
    assert.equal(plugin, read("plugins/session-ttl/src/index.ts"));
    assert(linesOf(plugin) <= 25);
  });

  test("names every package", () => {
    const missing = readWorkspaces().filter(({ dir, isPlugin }) => !isPlugin && !README.text.includes(`](${dir})`));
    assert.deepEqual(
      missing.map(({ dir }) => dir),
      [],
    );
  });

  test("names only npm scripts that there are", () => {
    const { scripts } = readJson("package.json") as { readonly scripts: Readonly<Record<string, string>> }; // npm's format.
    const texts = ["README.md", "CONTRIBUTING.md", "AGENTS.md", "ARCHITECTURE.md"].map(read).join("\n");
    const named = [...texts.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map((match) => match[1] ?? "");
    assert.deepEqual(
      named.filter((name) => !(name in scripts)),
      [],
    );
  });

  test("names only flags that the command line knows, and all of run's", () => {
    const help = execFileSync(process.execPath, [join(ROOT, "packages/cli/bin/polykind.js"), "run", "--help"], { encoding: "utf8" });
    const flagsIn = (text: string): readonly string[] =>
      [...new Set(text.match(/--[a-z][a-z-]+/g))].filter((flag) => flag !== "--help").toSorted();
    const section = README.text.slice(README.text.indexOf("## The command line"), README.text.indexOf("## Packages"));
    assert.deepEqual(flagsIn(section), flagsIn(help));
  });
});

describe("the other documents", () => {
  test("keep AGENTS.md short enough to be read each time", () => assert(linesOf(read("AGENTS.md")) <= 60));

  test("have a file behind every sentence of ARCHITECTURE.md", () => {
    const prose = read("ARCHITECTURE.md")
      .replaceAll(/^```[^]*?^```/gm, "")
      .split("\n\n")
      .slice(2)
      .filter((part) => !/^(#|\|)/.test(part));
    const sentences = prose
      .flatMap((part) => part.replaceAll(/\]\([^)]*\)/g, "]()").split(/\n- |(?<=[.;:])\s+(?=[A-Z])/))
      .map((sentence) => sentence.trim())
      .filter((sentence) => sentence !== "");
    assert.deepEqual(
      sentences.filter((sentence) => !sentence.includes("]()")),
      [],
    );
  });
});
