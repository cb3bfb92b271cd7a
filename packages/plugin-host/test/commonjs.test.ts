import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openPluginHost, type PluginRecord } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { Folder, packageOf, pluginText } from "./support/folder.ts";
import { QUIET_MS, SETTLE_MS, Watched } from "./support/watched.ts";

/** A CommonJS plugin whose kind is the value of an expression. */
function cjsText(kind: string, head = ""): string {
  return pluginText({ head }).replace("export default", "module.exports =").replace('"Widget"', kind);
}

/** The kind that a plugin manages: what its code came to. */
function kindOf(record: PluginRecord | undefined): unknown {
  assert.equal(record?.error?.message, undefined);
  return (record?.plugin?.manages as { readonly kind: unknown } | undefined)?.kind;
}

async function addOne(files: Readonly<Record<string, string | object>>, source = "w"): Promise<PluginRecord> {
  await using folder = await Folder.open(files);
  await using host = openPluginHost({ hostVersion: "1.2.3", log: silentLog, cwd: folder.path });
  const [record] = await host.add(source, { watch: false });
  assert.ok(record);
  return record;
}

describe("a CommonJS plugin that changes", () => {
  for (const { why, files, path, next } of [
    { why: "itself", files: { "d/w/index.js": cjsText('"Old"') }, path: "d/w/index.js", next: cjsText('"New"') },
    {
      why: "a file that it requires",
      files: { "d/w/index.js": cjsText('require("./lib/part")'), "d/w/lib/part.js": 'module.exports = "Old";' },
      path: "d/w/lib/part.js",
      next: 'module.exports = "New";',
    },
    {
      why: "JSON that it requires",
      files: { "d/w/index.js": cjsText('require("./kind.json").kind'), "d/w/kind.json": { kind: "Old" } },
      path: "d/w/kind.json",
      next: { kind: "New" },
    },
    {
      why: "a file that a module of the plugin imports by name",
      files: {
        "d/w/index.mjs": pluginText({ head: 'import { kind } from "./part.cjs";' }).replace('"Widget"', "kind"),
        "d/w/part.cjs": 'exports.kind = "Old";',
      },
      path: "d/w/part.cjs",
      next: 'exports.kind = "New";',
    },
    {
      why: "where a path of it leads",
      files: {
        "d/w/index.js": cjsText('require("./part")'),
        "d/w/part/package.json": { main: "old.js" },
        "d/w/part/old.js": 'module.exports = "Old";',
        "d/w/part/new.js": 'module.exports = "New";',
      },
      path: "d/w/part/package.json",
      next: { main: "new.js" },
    },
  ] as const) {
    test(`is loaded anew, and the old one stays whole: ${why}`, async () => {
      await using on = await Watched.open(files);
      const [before] = on.host.records;
      assert.equal(kindOf(before), "Old");
      await on.write(path, next);
      await on.pass(QUIET_MS);
      const [after] = on.host.records;
      assert.deepEqual([kindOf(before), kindOf(after), on.told], ["Old", "New", ["loaded widgets 0.0.0"]]);
      assert.notEqual(after?.digest, before?.digest);
    });
  }

  test("is loaded when a file comes that it missed", async () => {
    await using on = await Watched.open({ "d/w/index.js": cjsText('require("./part")') });
    assert.equal(on.host.records[0]?.error?.code, "PLUGIN_FAILED");
    await on.write("d/w/part.js", 'module.exports = "Part";');
    await on.pass(QUIET_MS);
    assert.equal(kindOf(on.host.records[0]), "Part");
  });

  test("changes nothing while it does not parse, and is told where", async () => {
    await using on = await Watched.open({ "d/w/index.js": cjsText('require("./part.cjs")'), "d/w/part.cjs": 'module.exports = "Old";' });
    await on.write("d/w/part.cjs", "\nmodule.exports = = 1;");
    await on.pass(QUIET_MS);
    const told = new Promise<PluginRecord>((resolve) => {
      on.host.notices.on("rejected", resolve);
    });
    await on.pass(SETTLE_MS);
    assert.match((await told).error?.message ?? "", /: \.\/d\/w\/part\.cjs:2:18: Unexpected token '='$/);
    assert.equal(kindOf(on.host.records[0]), "Old");
  });

  test("does not touch the packages that it uses, nor Node's cache of modules", async () => {
    const dependency = "globalThis.dependencyRuns = (globalThis.dependencyRuns ?? 0) + 1; module.exports = 'Dep';";
    await using on = await Watched.open({
      "d/w/index.js": cjsText('require("dep")'),
      "d/w/node_modules/dep/index.js": dependency,
    });
    await on.write("d/w/index.js", cjsText('require("dep") + "2"'));
    await on.pass(QUIET_MS);
    assert.deepEqual([kindOf(on.host.records[0]), Reflect.get(globalThis, "dependencyRuns")], ["Dep2", 1]);
    const cached = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.startsWith(on.folder.path));
    assert.deepEqual(cached, [join(on.folder.path, "d/w/node_modules/dep/index.js")]);
  });
});

describe("a CommonJS plugin", () => {
  for (const { why, files, kind } of [
    {
      why: "by the type of its package",
      files: { "w/package.json": packageOf({ type: "commonjs" }), "w/index.js": cjsText('"Widget"') },
      kind: "Widget",
    },
    {
      why: "by its extension",
      files: { "w/package.json": packageOf({ exports: "./i.cjs" }), "w/i.cjs": cjsText('"Widget"') },
      kind: "Widget",
    },
    {
      why: "though a comment of it reads as a module",
      files: { "w/index.js": cjsText('"Widget"', "/*\nimport nothing\n*/") },
      kind: "Widget",
    },
    {
      why: "with a first line for a shell",
      files: { "w/index.js": `#!/usr/bin/env node\n${cjsText('"Widget"').trim()}` },
      kind: "Widget",
    },
    {
      why: "in strict mode if it says so",
      files: { "w/index.js": `"use strict";\n${cjsText('(function () { return String(this); })().replace("u", "U")')}` },
      kind: "Undefined",
    },
    {
      why: "with its names",
      files: {
        "w/index.js": cjsText(
          '[__dirname, __filename, module.id === __filename, require.main === module, this === exports].join().replace(__dirname, "").replace(__dirname, "").replace(/\\W/g, "")',
        ),
      },
      kind: "indexjstruefalsetrue",
    },
    {
      why: "with files that require each other",
      files: {
        "w/index.js": cjsText('require("./a").kind()'),
        "w/a.js": 'exports.name = "Ring"; exports.kind = require("./b");',
        "w/b.js": 'const a = require("./a"); module.exports = () => a.name;',
      },
      kind: "Ring",
    },
    {
      why: "with files that know who required them",
      files: {
        "w/index.js": cjsText('require("./a")', "const isMain = module.parent === undefined;").replace("setup", "isMain, setup"),
        "w/a.js": 'module.exports = require("path").basename(module.parent.filename, ".js");',
      },
      kind: "index",
    },
    {
      why: "with a folder of a package that it uses, by its path",
      files: {
        "w/index.js": cjsText('require("./node_modules/dep")'),
        "w/node_modules/dep/package.json": { main: "./m.js" },
        "w/node_modules/dep/m.js": 'module.exports = "Main";',
        "w/node_modules/dep/index.js": 'module.exports = "Index";',
      },
      kind: "Main",
    },
    {
      why: "with each of its files run once",
      files: { "w/index.js": cjsText('require("./a") === require("./a.js") ? "Same" : "Other"'), "w/a.js": "module.exports = {};" },
      kind: "Same",
    },
    {
      why: "with folders by their index",
      files: {
        "w/index.js": cjsText('require("./a").kind'),
        "w/a/index.js": 'exports.kind = require("..").early + require("./b/").x;',
        "w/a/b/index.js": 'exports.x = "X";',
      },
      kind: "undefinedX",
    },
    { why: "with what is built into Node", files: { "w/index.js": cjsText('require("node:path").basename("/a/Base")') }, kind: "Base" },
    {
      why: "with the host's @polykind/plugin",
      files: { "w/index.js": cjsText('require("@polykind/plugin").TerminalError.name') },
      kind: "TerminalError",
    },
  ]) {
    test(`loads ${why}`, async () => {
      const record = await addOne(files);
      const plugin = record.plugin ?? assert.fail(record.error?.message ?? record.state);
      assert.deepEqual(plugin.manages, { group: "example.com", kind });
    });
  }

  test("may import modules, its own and those of CommonJS, as long as it runs", async () => {
    const importing = cjsText('"Widget"').replace(
      "reconcile: async () => undefined",
      'reconcile: async () => [(await import("./m.mjs")).default, (await import("./c.cjs")).c].join()',
    );
    await using on = await Watched.open({
      "d/w/index.js": importing,
      "d/w/m.mjs": "export default import.meta.url;",
      "d/w/c.cjs": 'exports.c = "C";',
    });
    const reconciler = (await on.host.records[0]?.plugin?.setup({} as never)) ?? assert.fail();
    assert.match(String(await reconciler.reconcile({} as never, {} as never)), /m\.mjs\?polykind=[\w.]+,C$/);
  });

  for (const { why, files, code, says } of [
    {
      why: "a module",
      files: { "w/index.js": cjsText('require("./m.mjs")'), "w/m.mjs": "" },
      code: "PLUGIN_INVALID",
      says: /requires "\.\/m\.mjs", which is a module; use import\(\)/,
    },
    {
      why: "TypeScript",
      files: { "w/index.js": cjsText('require("./m.ts")'), "w/m.ts": "" },
      code: "PLUGIN_INVALID",
      says: /requires "\.\/m\.ts", which is a module/,
    },
    {
      why: "CommonJS in TypeScript",
      files: { "w/index.js": cjsText('require("./m.cts")'), "w/m.cts": "" },
      code: "PLUGIN_INVALID",
      says: /a \.cts file: write a module/,
    },
    {
      why: "what is outside of its folder",
      files: {
        "w/package.json": packageOf(),
        "w/index.js": 'import "./a.cjs";',
        "w/a.cjs": 'require("../x");',
        "x.js": "globalThis.requiredOutside = true;",
      },
      code: "PLUGIN_INVALID",
      says: /imports "\.\.\/x", which is outside of/,
    },
    {
      why: "what is not there",
      files: { "w/index.js": cjsText('require("./gone")') },
      code: "PLUGIN_FAILED",
      says: /Cannot find module '\.\/gone' \(\.\/w\/index\.js:6:42\)$/,
    },
    {
      why: "a package that is not there",
      files: { "w/index.js": cjsText('require("not-there")') },
      code: "PLUGIN_FAILED",
      says: /Cannot find module 'not-there' \(\.\/w\/index\.js:6:42\)$/,
    },
    {
      why: "JSON that is none",
      files: { "w/index.js": cjsText('require("./a.json")'), "w/a.json": "{" },
      code: "PLUGIN_FAILED",
      says: /cannot read .*a\.json/,
    },
    {
      why: "a file that throws",
      files: { "w/index.js": cjsText('require("./a")'), "w/a.js": '\nthrow new Error("boom");' },
      code: "PLUGIN_FAILED",
      says: /boom \(\.\/w\/a\.js:2:7\)$/,
    },
  ]) {
    test(`is refused where it requires ${why}`, async () => {
      const { error } = await addOne(files);
      assert.equal(error?.code, code);
      assert.match(error.message, says);
      assert.equal(Reflect.get(globalThis, "requiredOutside"), undefined);
    });
  }
});

describe("a module that says nothing of being one", () => {
  test("is known by its syntax, wherever in a line that stands", async () => {
    assert.equal(
      kindOf(
        await addOne({ "w/index.js": pluginText().replace("export default", "var e =").replaceAll("\n", " ") + "export{e as default};" }),
      ),
      "Widget",
    );
  });
});
