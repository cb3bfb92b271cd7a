import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Example, examplesOf, moduleOf, offersOf, type Offer } from "./rules/examples.ts";
import { parseSource } from "./source.ts";
import { fencesOf } from "./rules/texts.ts";
import { readTexts, readWorkspaces, ROOT } from "./tree.ts";

mkdirSync(join(ROOT, ".cache"), { recursive: true });
const folder = mkdtempSync(join(ROOT, ".cache/examples-"));
after(() => rmSync(folder, { recursive: true }));

/** Writes each example as a module into the folder, and gives where it is. */
function writeModules(
  examples: readonly (Example & { readonly offers: readonly Offer[] })[],
  under: string,
): readonly { readonly example: Example; readonly file: string }[] {
  const dir = join(folder, under);
  mkdirSync(dir);
  const config = { extends: join(relative(dir, ROOT), "test/tsconfig.json"), include: ["."] };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
  return examples.map((example, index) => {
    const file = join(dir, `example-${index}.ts`);
    writeFileSync(file, moduleOf(example, example.offers));
    return { example, file };
  });
}

/** What the compiler says of a folder; nothing when all is well. */
function compile(under: string): string {
  return spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", join(folder, under)], { encoding: "utf8" })
    .stdout;
}

describe("the examples of this tree", () => {
  const up = relative(join(folder, "tree"), ROOT);
  const examples = readWorkspaces().flatMap((workspace) => {
    return workspace.sources.flatMap((file) => examplesOf(file).map((example) => ({ ...example, offers: offersOf(workspace, file, up) })));
  });
  const modules = writeModules(examples, "tree");

  test("compile", () => assert.equal(compile("tree"), ""));
  for (const { example, file } of modules) {
    test(`${example.path}:${example.line} gives what it says`, async () => {
      await import(pathToFileURL(file).href);
    });
  }
});

describe("the code in the READMEs", () => {
  test("compiles", () => {
    const dir = join(folder, "readmes");
    mkdirSync(dir);
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ extends: join(relative(dir, ROOT), "test/tsconfig.json"), include: ["."] }));
    const fences = readTexts()
      .filter(({ path }) => path.endsWith("README.md"))
      .flatMap((file) => fencesOf(file, "ts").map((code, index) => ({ name: `${file.path.replaceAll("/", "-")}-${index}.ts`, code })));
    for (const { name, code } of fences) writeFileSync(join(dir, name), `${code}\nexport {};\n`);
    assert.equal(compile("readmes"), "");
    assert(fences.length > 5);
  });
});

describe("an example", () => {
  const offers: readonly Offer[] = [
    {
      specifier: "@polykind/core",
      names: [
        { name: "Scope", isType: false },
        { name: "Clock", isType: true },
        { name: "messageOf", isType: false },
      ],
    },
    { specifier: "../../x.ts", names: [{ name: "inner", isType: false }] },
  ];
  const exampleOf = (code: string): Example => ({ path: "x.ts", line: 1, code });
  const run = (file: string): string => {
    try {
      execFileSync(process.execPath, ["--conditions=@polykind/source", file], {
        stdio: "pipe",
        encoding: "utf8",
        env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      });
      return "";
    } catch (failure) {
      return String(failure);
    }
  };

  test("is found with its line, without its fence, up to the next tag", () => {
    const file = parseSource(
      "x.ts",
      `const b = 1;\n/**\n * Doc.\n *\n * @example\n * \`\`\`ts\n * a();\n * // => 1\n * \`\`\`\n * @throws never\n */\nexport const a = () => b;\n/** @example c() */\nconst c = a;`,
    );
    assert.deepEqual(examplesOf(file), [
      { path: "x.ts", line: 2, code: "a();\n// => 1" },
      { path: "x.ts", line: 13, code: "c()" },
    ]);
  });

  test("imports the names that it uses, types as types, and no others", () => {
    assert.match(
      moduleOf(exampleOf(`const c = new Scope(); let d: Clock;`), offers),
      /import \{ Scope, type Clock \} from "@polykind\/core"/,
    );
    assert.match(moduleOf(exampleOf(`inner();`), offers), /import \{ inner \} from "..\/..\/x.ts"/);
    assert.doesNotMatch(moduleOf(exampleOf(`1`), offers), /@polykind\/core/);
  });

  test("is refused when a value follows nothing that has one", () => {
    assert.throws(() => moduleOf(exampleOf(`const a = 1;\n// => 1`), offers), /does not follow an expression/);
  });

  test("fails when its value is another, when its type is wrong, and passes when all is right", () => {
    const [right, wrong, mistyped] = writeModules(
      [
        `messageOf("a");\n// => "a"`,
        `messageOf("a")\n// => "b"\nawait Promise.resolve(1)\n// => 1`,
        `const x: number = messageOf("a");`,
      ].map((code) => ({ ...exampleOf(code), offers })),
      "planted",
    ).map(({ file }) => file);
    assert.equal(run(String(right)), "");
    assert.match(run(String(wrong)), /Expected values to be strictly deep-equal|Expected values to be strictly equal/);
    assert.equal(run(String(mistyped)), "");
    assert.match(compile("planted"), /example-2\.ts\(\d+,\d+\): error TS2322/);
  });
});
