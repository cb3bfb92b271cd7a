import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openPluginHost, type PluginRecord } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { settle } from "@polykind/testing";
import { Folder, packageOf, pluginText } from "./support/folder.ts";
import { FakeWatches, QUIET_MS, SETTLE_MS, Watched } from "./support/watched.ts";

/** Tells that something came or went in a folder, and lets it be looked at, with the watches that are new then. */
async function change(on: Watched, folder: string): Promise<void> {
  on.watches.changed(join(on.folder.path, folder));
  await on.pass(QUIET_MS);
  await on.pass(QUIET_MS);
}

describe("a plugin that comes slowly, as from git clone or kubectl cp", () => {
  test("is found when its index comes after its folder", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText({ name: "a" }) });
    await mkdir(join(on.folder.path, "d/slow"));
    await change(on, "d");
    await on.write("d/slow/index.js", pluginText({ name: "slow" }));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded slow 0.0.0"]);
  });

  test("is found in a folder that held something else before", async () => {
    await using on = await Watched.open({ "d/w/util.js": "" });
    await on.write("d/w/index.js", pluginText());
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 0.0.0"]);
  });

  test("is a package as soon as its package.json is there", async () => {
    await using on = await Watched.open({ "d/w/index.js": pluginText() });
    await on.write("d/w/package.json", packageOf());
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 1.4.2"]);
  });

  test("is loaded when its package.json is whole, after it was half written", async () => {
    await using on = await Watched.open({ "d/w/package.json": '{ "name": "w", ', "d/w/index.js": pluginText() });
    assert.equal(on.host.records[0]?.error?.code, "PLUGIN_INVALID");
    await on.write("d/w/package.json", packageOf());
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 1.4.2"]);
  });

  test("is found when its folder is the source, and was empty", async () => {
    await using on = await Watched.open({ "d/readme.md": "" });
    await on.write("d/index.ts", pluginText());
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 0.0.0"]);
  });

  test("is watched for no longer than its folder is there, and never in folders that hold no plugins", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText(), "d/node_modules/x/index.js": "", "d/.git/x": "" });
    const { open } = on.watches;
    await mkdir(join(on.folder.path, "d/slow"));
    await change(on, "d");
    assert.equal(on.watches.open, open + 1);
    await on.folder.remove("d/slow");
    await change(on, "d");
    assert.equal(on.watches.open, open);
  });

  test("is found on the machine's own watches", async () => {
    await using folder = await Folder.open({ "d/readme.md": "" });
    // Each watch tells the test what it watches: the index comes when its folder is watched.
    const begun = Promise.withResolvers<string>();
    const { watchSystemDirectory } = await import("../src/directory-watch.ts");
    await using host = openPluginHost({
      hostVersion: "1.2.3",
      log: silentLog,
      cwd: folder.path,
      watchDirectory: (directory, observer) => {
        const end = watchSystemDirectory(directory, observer);
        if (directory.endsWith("slow")) begun.resolve(directory);
        return end;
      },
    });
    const found = new Promise<PluginRecord>((resolve) => {
      host.notices.on("loaded", resolve);
    });
    await host.add("d");
    await mkdir(join(folder.path, "d/slow"));
    await begun.promise;
    await folder.write("d/slow/index.ts", pluginText({ name: "slow" }));
    assert.equal((await found).name, "slow");
  });
});

describe("one bad plugin of a directory", () => {
  const bad = {
    "a getter that throws": 'export default { get name() { throw new Error("lazy"); } };',
    "a getter that throws no error": "export default { get name() { throw Symbol('x'); } };",
    "an error whose message is no text": "throw Object.assign(new Error('x'), { message: { text: 'x' } });",
    "an error whose message cannot be read": "throw Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('y'); } });",
    "an error whose stack is no text": "throw Object.assign(new Error('x'), { stack: 42 });",
    "an object that cannot be looked at":
      "throw new Proxy({}, { getPrototypeOf() { throw new Error('y'); }, has() { throw new Error('y'); } });",
    "what poses as an error of the host": "throw { [Symbol.for('polykind.error')]: true, code: 'STOPPED' };",
  };
  for (const [why, text] of Object.entries(bad)) {
    test(`stops no other: it throws ${why}`, async () => {
      await using folder = await Folder.open({ "d/bad.js": text, "d/good.js": pluginText({ name: "good" }) });
      await using host = openPluginHost({ hostVersion: "1.2.3", log: silentLog, cwd: folder.path });
      const records = await host.add("d", { watch: false });
      assert.deepEqual(
        records.map(({ name, state, error }) => [name, state, error?.code]),
        [
          ["bad", "rejected", "PLUGIN_FAILED"],
          ["good", "loaded", undefined],
        ],
      );
      assert.match(records[0]?.error?.message ?? "", /^cannot load plugin \.\/d\/bad\.js: it threw /);
    });
  }

  test("that comes later keeps no other from being changed", async () => {
    await using on = await Watched.open({ "d/good.js": pluginText({ name: "good", version: "1.0.0" }) });
    await on.write("d/bad.js", bad["a getter that throws"]);
    await on.write("d/good.js", pluginText({ name: "good", version: "2.0.0" }));
    await on.pass(QUIET_MS);
    await on.pass(SETTLE_MS);
    assert.deepEqual(on.told, ["loaded good 2.0.0", "rejected bad PLUGIN_FAILED"]);
  });
});

describe("a look at a source that fails", () => {
  test("still watches what it found", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText({ name: "a" }) });
    on.isLogBroken = true;
    await on.folder.write("d/w/lib/index.js", pluginText({ version: "1.5.0" }));
    await on.folder.write("d/w/package.json", packageOf({ exports: "./lib/index.js" }));
    await change(on, "d");
    assert.deepEqual(on.warnings, ["cannot look for changes of plugins"]);
    on.isLogBroken = false;
    await on.write("d/w/lib/index.js", pluginText({ version: "1.6.0" }));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 1.6.0"]);
  });
});

describe("a host that is closed while a source is added", () => {
  for (let turns = 0; turns < 12; turns += 1) {
    test(`leaves no watch: after ${turns} turns`, async () => {
      await using folder = await Folder.open({ "d/a.ts": pluginText() });
      const watches = new FakeWatches();
      const host = openPluginHost({ hostVersion: "1.2.3", log: silentLog, cwd: folder.path, watchDirectory: watches.watch });
      const adding = host.add("d").then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      for (let turn = 0; turn < turns; turn += 1) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      await host.close();
      await adding;
      await settle();
      assert.equal(watches.open, 0);
    });
  }
});
