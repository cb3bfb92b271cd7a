import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { PolykindError, type PolykindErrorCode } from "@polykind/core";
import { definePlugin } from "@polykind/plugin";
import { openPluginHost, type PluginHost, type PluginHostOptions, type PluginRecord } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { Folder, packageOf, pluginText } from "./support/folder.ts";

function openHost(folder: Folder, options: Partial<PluginHostOptions> = {}): PluginHost {
  return openPluginHost({ hostVersion: "1.2.3", log: silentLog, cwd: folder.path, ...options });
}

/** Adds one source and expects one plugin, not watched. */
async function addOne(
  files: Readonly<Record<string, string | object>>,
  source: string,
  options: Partial<PluginHostOptions> = {},
): Promise<PluginRecord> {
  await using folder = await Folder.open(files);
  await using host = openHost(folder, options);
  const [record, ...others] = await host.add(source, { watch: false });
  assert.equal(others.length, 0);
  assert.ok(record);
  return record;
}

/** What a test reads of a refusal. */
function refusalOf(record: PluginRecord): {
  readonly code: PolykindErrorCode | undefined;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
} {
  return { code: record.error?.code, message: record.error?.message ?? "", facts: record.error?.facts ?? {} };
}

describe("a plugin in one file", () => {
  for (const { why, files, source } of [
    {
      why: "plain TypeScript, without any package around it",
      files: { "w.ts": pluginText({ head: "interface A { readonly b: string }\nconst a: A = { b: '' }; void a;" }) },
      source: "./w.ts",
    },
    { why: "plain JavaScript", files: { "w.js": pluginText() }, source: "w.js" },
    { why: "a module by its name", files: { "w.mjs": pluginText() }, source: "w.mjs" },
    { why: "an old CommonJS module", files: { "w.js": pluginText().replace("export default", "module.exports =") }, source: "w.js" },
    {
      why: "what a compiler made of a module for CommonJS",
      files: { "w.js": pluginText().replace("export default", "exports.__esModule = true; exports.default =") },
      source: "w.js",
    },
    { why: "TypeScript in a package that says nothing of modules", files: { "package.json": {}, "w.ts": pluginText() }, source: "w.ts" },
    {
      why: "TypeScript in a package that says CommonJS",
      files: { "package.json": { type: "commonjs" }, "w.ts": pluginText() },
      source: "w.ts",
    },
    { why: "a folder with an index", files: { "widgets/index.ts": pluginText() }, source: "widgets" },
    {
      why: "other files that it imports by path",
      files: { "w/index.ts": pluginText({ head: 'import { b } from "./lib/b.ts"; void b;' }), "w/lib/b.ts": "export const b: number = 1;" },
      source: "w",
    },
  ]) {
    test(`loads: ${why}`, async () => {
      const record = await addOne(files, source);
      assert.equal(record.error?.message, undefined);
      assert.deepEqual([record.state, record.name, record.version, record.source], ["loaded", "widgets", "0.0.0", source]);
      assert.equal(typeof record.plugin?.setup, "function");
      assert.match(record.digest, /^sha256-/);
    });
  }

  test("finds @polykind/plugin at the host when it has none of its own", async () => {
    const text =
      'import { definePlugin, TerminalError } from "@polykind/plugin";\n' +
      pluginText()
        .replace("export default {", "export default definePlugin({ TerminalError,")
        .replace(/};\s*$/, "});");
    const record = await addOne({ "w.ts": text }, "w.ts");
    assert.equal(record.error?.message, undefined);
    const { TerminalError } = await import("@polykind/plugin");
    assert.equal((record.plugin as unknown as { readonly TerminalError: unknown }).TerminalError, TerminalError);
  });

  test("keeps its own @polykind/plugin when it has one", async () => {
    const own = {
      "node_modules/@polykind/plugin/package.json": { name: "@polykind/plugin", type: "module", exports: "./i.js" },
      "node_modules/@polykind/plugin/i.js": "export const own = 42;",
    };
    const record = await addOne(
      { ...own, "w.ts": `import { own } from "@polykind/plugin";\n${pluginText({ kind: "Own" })}`.replace('"Own"', "`Own${own}`") },
      "w.ts",
    );
    assert.deepEqual(record.plugin?.manages, { group: "example.com", kind: "Own42" });
  });

  test("tells where it can be found, by file and as it was added", async () => {
    await using folder = await Folder.open({ "w.ts": pluginText({ version: "3.1.0" }) });
    await using host = openHost(folder, { clock: new ManualClock(1000) });
    const [record] = await host.add("w.ts", { watch: false });
    assert.deepEqual([record?.file, record?.source, record?.version, record?.loadedAt], [join(folder.path, "w.ts"), "w.ts", "3.1.0", 1000]);
    assert.deepEqual(host.records, [record]);
  });
});

describe("a plugin that does not parse", () => {
  const broken = 'export default {\n  name: "a",\n  oops oops\n};\n';
  for (const { why, files, source, at, says } of [
    { why: "TypeScript", files: { "w.ts": broken }, source: "w.ts", at: "./w.ts:3:8", says: "Unexpected token" },
    {
      why: "JavaScript, of which Node's error does not tell the place",
      files: { "w.mjs": broken },
      source: "w.mjs",
      at: "./w.mjs:3:8",
      says: "Unexpected identifier 'oops'",
    },
    {
      why: "a file that it imports",
      files: { "w/index.ts": pluginText({ head: 'import "./b.ts";' }), "w/b.ts": "\n\n   const = 1;" },
      source: "w",
      at: "./w/b.ts:3:10",
      says: "Unexpected token",
    },
    ...["w.ts", "w.mjs"].map((source) => ({
      why: `${source} that ends too early`,
      files: { [source]: 'export default {\n  name: "a",' },
      source,
      at: `./${source}:2:13`,
      says: "Unexpected",
    })),
    {
      why: "JavaScript that ends in a line feed too early",
      files: { "w.mjs": 'export default {\n  name: "a",\n' },
      source: "w.mjs",
      at: "./w.mjs:3:1",
      says: "Unexpected end of input",
    },
    {
      why: "syntax that types cannot be stripped from",
      files: { "w.ts": "enum A { B }\nexport default A;" },
      source: "w.ts",
      at: "./w.ts:1:1",
      says: "without enums",
    },
    {
      why: "an import of what is not exported",
      files: { "w.ts": 'import { nope } from "./b.ts";\nexport default nope;', "b.ts": "export {};" },
      source: "w.ts",
      at: "./w.ts:1:10",
      says: "nope",
    },
  ]) {
    test(`is refused with file, line and column: ${why}`, async () => {
      const { code, message, facts } = refusalOf(await addOne(files, source));
      assert.equal(code, "PLUGIN_INVALID");
      assert.ok(message.startsWith(`cannot load plugin ./${source}: ${at}: `), message);
      assert.ok(message.includes(says), message);
      assert.deepEqual([facts["line"], facts["column"]], at.split(":").slice(1).map(Number));
    });
  }
});

describe("a plugin that does not load", () => {
  for (const { why, files, code, says } of [
    {
      why: "it throws",
      files: { "w.ts": 'const f = (): never => {\n  throw new Error("boom");\n};\nf();' },
      code: "PLUGIN_FAILED",
      says: /it threw while loading: boom \(\.\/w\.ts:2:9\)$/,
    },
    {
      why: "it throws below itself",
      files: { "w.ts": "JSON.parse('{');" },
      code: "PLUGIN_FAILED",
      says: /it threw while loading: .*JSON.* \(\.\/w\.ts:1:6\)$/,
    },
    { why: "it throws what is no error", files: { "w.ts": "throw 'tea';" }, code: "PLUGIN_FAILED", says: /tea/ },
    { why: "a package that it imports is missing", files: { "w.ts": 'import "not-there";' }, code: "PLUGIN_INVALID", says: /'not-there'/ },
    { why: "a file that it imports is missing", files: { "w.ts": 'import "./gone.ts";' }, code: "PLUGIN_INVALID", says: /gone\.ts/ },
    { why: "it has no default export", files: { "w.ts": "export const plugin = 1;" }, code: "PLUGIN_INVALID", says: /no default export/ },
    {
      why: "its default export is no plugin",
      files: { "w.ts": "export default () => {};" },
      code: "PLUGIN_INVALID",
      says: /must be definePlugin\(\{ … \}\), not a function/,
    },
    {
      why: "a field is wrong",
      files: { "w.ts": pluginText({ kind: "not a kind" }) },
      code: "PLUGIN_INVALID",
      says: /^cannot load plugin \.\/w\.ts: "manages\.kind" must be a kind/,
    },
    {
      why: "it asks for another host",
      files: { "w.ts": pluginText({ range: "^2.0" }) },
      code: "PLUGIN_INCOMPATIBLE",
      says: /\^2\.0.*1\.2\.3/,
    },
  ] as const) {
    test(`is refused, saying why: ${why}`, async () => {
      const record = await addOne(files, "w.ts");
      assert.deepEqual([record.state, record.name, record.error?.code], ["rejected", "w", code], record.error?.message);
      assert.match(refusalOf(record).message, says);
      assert.match(refusalOf(record).message, /^cannot load plugin \.\/w\.ts: /);
    });
  }

  test("is refused when it imports what is outside of its folder", async () => {
    const record = await addOne({ "d/w.ts": 'import "../x.ts";', "x.ts": "globalThis.outsideRan = true;" }, "d/w.ts");
    assert.match(refusalOf(record).message, /imports "\.\.\/x\.ts", which is outside of/);
    assert.equal(Reflect.get(globalThis, "outsideRan"), undefined);
  });

  test("is given up when its import does not settle", async () => {
    await using folder = await Folder.open({
      "w.ts": "await new Promise(() => {});\nexport default 1;",
      "keep.ts": "setInterval(() => {}, 1e6).unref();",
    });
    const clock = new ManualClock();
    await using host = openHost(folder, { clock });
    const adding = host.add("w.ts", { watch: false });
    while (clock.pending === 0) await settle();
    await clock.advance(9_999);
    assert.equal(clock.pending, 1);
    await clock.advance(1);
    const [record] = await adding;
    assert.equal(record?.error?.code, "PLUGIN_FAILED");
    assert.match(record.error.message, /within 10 s/);
    assert.equal(clock.pending, 0);
  });

  test("keeps its secrets out of what is told of a link that leads out", async () => {
    await using outside = await Folder.open({ "evil.ts": pluginText({ head: "globalThis.outsideRan = true;" }) });
    await using folder = await Folder.open({ "d/ok.ts": pluginText() });
    await folder.link("d/evil.ts", join(outside.path, "evil.ts"));
    await folder.link("d/evil-folder", outside.path);
    await using host = openHost(folder);
    const records = await host.add("d", { watch: false });
    assert.deepEqual(
      records.map(({ name, state, error }) => [name, state, error?.code]),
      [
        ["evil", "rejected", "PLUGIN_INVALID"],
        ["widgets", "loaded", undefined],
      ],
    );
    assert.equal(Reflect.get(globalThis, "outsideRan"), undefined);
  });
});

describe("a plugin that is a package", () => {
  const ran = (): unknown => Reflect.get(globalThis, "packageRan");
  const index = pluginText({ head: "globalThis.packageRan = (globalThis.packageRan ?? 0) + 1;" });

  test("is loaded by its folder, with the version and the manifest of its package.json", async () => {
    const record = await addOne({ "w/package.json": packageOf(), "w/index.js": pluginText() }, "w");
    assert.deepEqual([record.state, record.name, record.version], ["loaded", "widgets", "1.4.2"], record.error?.message);
    assert.deepEqual(record.manifest, { manages: [{ group: "example.com", kind: "Widget" }] });
  });

  test("is found by its name where the process stands, also in a folder above", async () => {
    await using folder = await Folder.open({
      "node_modules/polykind-plugin-widgets/package.json": packageOf({ exports: { import: "./lib/m.js" } }),
      "node_modules/polykind-plugin-widgets/lib/m.js": pluginText(),
      "below/readme.txt": "",
    });
    await using host = openHost(folder, { cwd: join(folder.path, "below") });
    const [record] = await host.add("polykind-plugin-widgets", { watch: false });
    assert.equal(record?.error?.message, undefined);
    assert.equal(record?.file, join(folder.path, "node_modules/polykind-plugin-widgets/lib/m.js"));
  });

  for (const { why, fields, code, says } of [
    {
      why: "it asks for another host",
      fields: { peerDependencies: { "@polykind/plugin": "^9.0.0" } },
      code: "PLUGIN_INCOMPATIBLE",
      says: /\^9\.0\.0.*1\.2\.3/,
    },
    { why: "it does not say which hosts it runs on", fields: { peerDependencies: {} }, code: "PLUGIN_INVALID", says: /"peerDependencies"/ },
    {
      why: "its range is none",
      fields: { peerDependencies: { "@polykind/plugin": "soon" } },
      code: "PLUGIN_INVALID",
      says: /must be a range/,
    },
    { why: "it has no manifest", fields: { polykind: undefined }, code: "PLUGIN_INVALID", says: /"polykind" must be a manifest|polykind/ },
    { why: "its manifest manages nothing", fields: { polykind: {} }, code: "PLUGIN_INVALID", says: /"polykind\.manages" must be/ },
    {
      why: "a field of its manifest is wrong",
      fields: { polykind: { manages: [{ group: "example.com" }] } },
      code: "PLUGIN_INVALID",
      says: /"polykind\.manages\[0\]\.kind" must be/,
    },
    ...["worker", "process"].map((isolation) => ({
      why: `it asks for a ${isolation} of its own, which it would not get`,
      fields: { polykind: { manages: [{ group: "example.com", kind: "Widget" }], isolation } },
      code: "PLUGIN_INVALID",
      says: new RegExp(`"polykind\\.isolation" must be inline: no plugin can have a ${isolation} of its own yet`),
    })),
    {
      why: "it asks to run nobody knows where",
      fields: { polykind: { manages: [{ group: "example.com", kind: "Widget" }], isolation: "moon" } },
      code: "PLUGIN_INVALID",
      says: /"polykind\.isolation" must be inline$/,
    },
    { why: "its version is none", fields: { version: "one" }, code: "PLUGIN_INVALID", says: /"version"/ },
    { why: "it has no name", fields: { name: undefined }, code: "PLUGIN_INVALID", says: /"name"/ },
    { why: "what it exports is not there", fields: { exports: "./absent.js" }, code: "PLUGIN_INVALID", says: /absent\.js.*build\?/ },
  ] as const) {
    test(`is refused before any of its code runs: ${why}`, async () => {
      const before = ran();
      const record = await addOne({ "w/package.json": packageOf(fields), "w/index.js": index }, "w");
      assert.deepEqual([record.state, record.error?.code], ["rejected", code]);
      assert.match(refusalOf(record).message, says);
      assert.equal(ran(), before);
    });
  }

  test("would have run else: the same code with a manifest that is admitted", async () => {
    const record = await addOne({ "w/package.json": packageOf(), "w/index.js": index }, "w");
    assert.equal(record.state, "loaded");
    assert.equal(ran(), 1);
  });

  test("is refused when its package.json is no JSON", async () => {
    const record = await addOne({ "w/package.json": "{", "w/index.js": pluginText() }, "w");
    assert.equal(record.error?.code, "PLUGIN_INVALID");
    assert.match(refusalOf(record).message, /package\.json/);
  });

  for (const { why, text, says } of [
    { why: "manages another kind", text: pluginText({ kind: "Secret" }), says: /it manages Secret\.example\.com/ },
    {
      why: "watches another kind",
      text: pluginText().replace("setup:", 'watches: [{ group: "", kind: "Secret" }], setup:'),
      says: /it watches Secret/,
    },
    { why: "asks for another host than its manifest", text: pluginText({ range: ">=2" }), says: />=2.*1\.2\.3/ },
  ]) {
    test(`is refused when its code ${why}: what was agreed to is what runs`, async () => {
      const record = await addOne({ "w/package.json": packageOf(), "w/index.js": text }, "w");
      assert.equal(record.state, "rejected");
      assert.match(refusalOf(record).message, says);
    });
  }
});

describe("a directory of plugins", () => {
  test("gives folders, packages and files, good and bad, and leaves out what is none", async () => {
    await using folder = await Folder.open({
      "d/a.ts": pluginText({ name: "a" }),
      "d/b/index.mjs": pluginText({ name: "b" }),
      "d/c/package.json": packageOf({ name: "c" }),
      "d/c/index.js": pluginText({ name: "c" }),
      "d/bad.ts": "export default",
      "d/throws.js": "export default nothing;",
      "d/.hidden.ts": "broken(",
      "d/_shared.ts": "broken(",
      "d/a.d.ts": "broken(",
      "d/a.test.ts": "broken(",
      "d/notes.md": "broken(",
      "d/b.ts~": "broken(",
      "d/empty/readme.md": "",
      "d/node_modules/x/index.js": "broken(",
      "d/.git/index.js": "broken(",
    });
    await using host = openHost(folder);
    const records = await host.add("./d", { watch: false });
    assert.deepEqual(
      records.map(({ name, state }) => `${name} ${state}`),
      ["a loaded", "b loaded", "bad rejected", "c loaded", "throws rejected"],
    );
    assert.deepEqual(
      host.records.map(({ name }) => name),
      ["a", "b", "c", "bad", "throws"],
      "the loaded ones come first",
    );
  });

  test("may be empty", async () => {
    await using folder = await Folder.open({ "d/readme.md": "" });
    await using host = openHost(folder);
    assert.deepEqual(await host.add("d", { watch: false }), []);
  });

  test("lets its plugins share files that are none", async () => {
    const head = 'import { shared } from "./_shared.ts"; void shared;';
    await using folder = await Folder.open({
      "d/a.ts": pluginText({ name: "a", head }),
      "d/b/index.ts": pluginText({ name: "b", head: head.replace("./", "../") }),
      "d/_shared.ts": "export const shared = 1;",
    });
    await using host = openHost(folder);
    assert.deepEqual(
      (await host.add("d", { watch: false })).map(({ state }) => state),
      ["loaded", "loaded"],
    );
  });
});

describe("a source", () => {
  for (const source of ["./absent.ts", "/absent/dir", "polykind-plugin-absent", "@scope/absent", "../..%2f", "Not A Package"]) {
    test(`that is not there is an error of the call: ${source}`, async () => {
      await using folder = await Folder.open();
      await using host = openHost(folder);
      await assert.rejects(
        host.add(source),
        (error: unknown) => error instanceof PolykindError && error.code === "PLUGIN_NOT_FOUND" && error.message.includes(source),
      );
      assert.deepEqual(host.records, []);
    });
  }

  test("is there once, however often and by whatever name it is added", async () => {
    await using folder = await Folder.open({ "d/a.ts": pluginText() });
    await using host = openHost(folder);
    let told = 0;
    host.notices.on("loaded", () => (told += 1));
    const added = await Promise.all([host.add("d", { watch: false }), host.add("./d/"), host.add(join(folder.path, "d"))]);
    const again = await host.add("d");
    assert.equal(host.records.length, 1);
    assert.deepEqual(
      [...added, again].flat().map((record) => record === host.records[0]),
      [true, true, true, true],
    );
    assert.equal(told, 1);
  });

  test("that is a file of another kind is refused", async () => {
    const record = await addOne({ "notes.md": "# Notes" }, "notes.md");
    assert.equal(record.error?.code, "PLUGIN_INVALID");
    assert.match(refusalOf(record).message, /a plugin is a folder or a file that ends in \.ts/);
  });
});

describe("plugins of one name", () => {
  const [older, newer] = [pluginText({ version: "1.9.0", kind: "Older" }), pluginText({ version: "1.10.0", kind: "Newer" })];

  test("are one: the higher semver is used, the other says which", async () => {
    await using folder = await Folder.open({ "a.ts": older, "b.ts": newer });
    await using host = openHost(folder);
    const told: string[] = [];
    host.notices.on("loaded", ({ version }) => told.push(`loaded ${version}`));
    host.notices.on("rejected", ({ version, error }) => told.push(`rejected ${version} ${error.code}`));
    host.notices.on("removed", ({ version }) => told.push(`removed ${version}`));
    await host.add("a.ts", { watch: false });
    const [record] = await host.add("b.ts", { watch: false });
    assert.equal(record?.state, "loaded");
    assert.deepEqual(told, ["loaded 1.9.0", "loaded 1.10.0", "rejected 1.9.0 PLUGIN_CONFLICT"]);
    const [first, second] = host.records;
    assert.deepEqual([first?.version, second?.version], ["1.10.0", "1.9.0"]);
    assert.match(second?.error?.message ?? "", /1\.9\.0 gives way to 1\.10\.0 of .*b\.ts, which is newer/);
    await host.remove("b.ts");
    assert.deepEqual(told.slice(3), ["loaded 1.9.0"], "when the winner goes, the other takes its place, and the name was never without");
  });

  test("of one version are one too: the first stays", async () => {
    await using folder = await Folder.open({ "a.ts": older, "b.ts": older });
    await using host = openHost(folder);
    await host.add("a.ts", { watch: false });
    const [record] = await host.add("b.ts", { watch: false });
    assert.deepEqual([record?.state, record?.error?.code], ["rejected", "PLUGIN_CONFLICT"]);
    assert.match(record?.error?.message ?? "", /was there before/);
  });
});

describe("a plugin that two sources hold", () => {
  test("is one, and stays as long as one of them does", async () => {
    await using folder = await Folder.open({ "d/a.ts": pluginText({ name: "a" }), "d/b.ts": pluginText({ name: "b" }) });
    await using host = openHost(folder);
    const told: string[] = [];
    host.notices.on("removed", ({ name }) => told.push(name));
    await host.add("d", { watch: false });
    const [record] = await host.add("d/a.ts", { watch: false });
    assert.equal(record?.state, "loaded");
    assert.deepEqual(
      host.records.map(({ name, state }) => `${name} ${state}`),
      ["a loaded", "b loaded"],
    );
    await host.remove("d");
    assert.deepEqual([told, host.records.map(({ name }) => name)], [["b"], ["a"]]);
  });
});

describe("remove", () => {
  test("takes out a source with all its plugins, and tells those that ran", async () => {
    await using folder = await Folder.open({
      "d/a.ts": pluginText({ name: "a" }),
      "d/b.ts": pluginText({ name: "b" }),
      "d/c.ts": "broken(",
    });
    await using host = openHost(folder);
    await host.add("d", { watch: false });
    const removed: string[] = [];
    host.notices.on("removed", ({ name }) => removed.push(name));
    await host.remove("d");
    assert.deepEqual([removed, host.records], [["a", "b"], []]);
  });

  test("takes out one plugin by its name, until its source is added again", async () => {
    await using folder = await Folder.open({ "d/a.ts": pluginText({ name: "a" }), "d/b.ts": pluginText({ name: "b" }) });
    await using host = openHost(folder);
    await host.add("d", { watch: false });
    await host.remove("a");
    assert.deepEqual(
      host.records.map(({ name }) => name),
      ["b"],
    );
    await host.add("d", { watch: false });
    assert.deepEqual(
      host.records.map(({ name }) => name),
      ["a", "b"],
    );
  });

  test("is refused for what is not there", async () => {
    await using folder = await Folder.open();
    await using host = openHost(folder);
    await assert.rejects(host.remove("ghost"), { code: "PLUGIN_NOT_FOUND" });
  });
});

describe("a plugin made in this process", () => {
  const plugin = definePlugin({
    name: "made",
    version: "1.0.0",
    engines: { polykind: "^1.0" },
    manages: { group: "example.com", kind: "Made" },
    setup: () => ({ reconcile: async () => undefined }),
  });

  test("is loaded as any other, and replaced by the next of its name", async () => {
    await using folder = await Folder.open();
    await using host = openHost(folder);
    const told: PluginRecord[] = [];
    host.notices.on("loaded", (record) => told.push(record));
    host.notices.on("removed", (record) => told.push(record));
    const first = host.addPlugin(plugin);
    const second = host.addPlugin({ ...plugin });
    assert.deepEqual(host.records, [second]);
    assert.notEqual(first.digest, second.digest);
    await host.remove("made");
    assert.deepEqual(
      told.map(({ digest }) => digest),
      [first.digest, second.digest, second.digest],
    );
    assert.deepEqual(host.records, []);
  });

  for (const { why, wrong, code } of [
    { why: "it asks for another host", wrong: { ...plugin, engines: { polykind: "^3" } }, code: "PLUGIN_INCOMPATIBLE" },
    { why: "a field is wrong", wrong: { ...plugin, workers: 0 }, code: "PLUGIN_INVALID" },
  ] as const) {
    test(`is refused as any other: ${why}`, async () => {
      await using folder = await Folder.open();
      await using host = openHost(folder);
      const record = host.addPlugin(wrong);
      assert.deepEqual([record.state, record.error?.code], ["rejected", code]);
    });
  }
});

describe("a host that is closed", () => {
  test("gives up the loads that are under way, and takes no more", async () => {
    await using folder = await Folder.open({ "w.ts": "await new Promise(() => {});", "ok.ts": pluginText() });
    const clock = new ManualClock();
    const host = openHost(folder, { clock });
    const adding = host.add("w.ts");
    while (clock.pending === 0) await settle();
    const closing = host.close();
    await assert.rejects(adding, { code: "STOPPED" });
    await closing;
    await assert.rejects(host.add("ok.ts"), { code: "STOPPED" });
    assert.equal(clock.pending, 0);
  });

  test("leaves nothing in the loading of modules, and another host is not touched", async () => {
    await using folder = await Folder.open({
      "w.ts": `import "@polykind/plugin";\n${pluginText()}`,
      "v.ts": `import "@polykind/plugin";\n${pluginText()}`,
    });
    const host = openHost(folder);
    await using other = openHost(folder);
    await host.add("w.ts", { watch: false });
    await other.add("v.ts", { watch: false });
    await host.close();
    await host.close();
    const [record] = await other.add("w.ts", { watch: false });
    assert.equal(record?.error?.code, "PLUGIN_CONFLICT", "it loaded, and v.ts was there before");
    await assert.rejects(import(join(folder.path, "w.ts")), { code: "ERR_MODULE_NOT_FOUND" });
  });
});
