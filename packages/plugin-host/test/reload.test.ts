import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { Folder, packageOf, pluginText } from "./support/folder.ts";
import { FakeWatches, QUIET_MS, SETTLE_MS, Watched } from "./support/watched.ts";

describe("a plugin whose file changes", () => {
  test("is loaded anew beside the old, which stays whole", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText({ version: "1.0.0" }) });
    const [before] = on.host.records;
    await on.write("d/w.ts", pluginText({ version: "1.1.0" }));
    await on.pass(QUIET_MS);
    const [after] = on.host.records;
    assert.deepEqual(on.told, ["loaded widgets 1.1.0"]);
    assert.deepEqual([before?.version, after?.version, on.host.records.length], ["1.0.0", "1.1.0", 1]);
    assert.notEqual(after?.plugin, before?.plugin);
    assert.notEqual(after?.digest, before?.digest);
  });

  test("is not loaded when the bytes are the same", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText() });
    const before = on.host.records;
    await on.write("d/w.ts", pluginText());
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, []);
    assert.equal(on.host.records, before);
  });

  test("is the same module again when its content comes back: modules are kept, so that no more of them are made than needed", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText({ version: "1.0.0" }) });
    const [first] = on.host.records;
    await on.write("d/w.ts", pluginText({ version: "1.1.0" }));
    await on.pass(QUIET_MS);
    await on.write("d/w.ts", pluginText({ version: "1.0.0" }));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 1.1.0", "loaded widgets 1.0.0"]);
    assert.equal(on.host.records[0]?.plugin, first?.plugin);
  });

  test("is loaded anew when only a file that it imports has changed", async () => {
    const head = 'import { kind } from "./lib/kind.ts";';
    await using on = await Watched.open({
      "d/w/index.ts": pluginText({ head }).replace('"Widget"', "kind"),
      "d/w/lib/kind.ts": 'export const kind = "Old";',
    });
    await on.write("d/w/lib/kind.ts", 'export const kind = "New";');
    await on.pass(QUIET_MS);
    assert.deepEqual(on.host.records[0]?.plugin?.manages, { group: "example.com", kind: "New" });
  });

  test("is looked at once for many changes that come together, and before long", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText({ version: "1.0.0" }) });
    await on.write("d/w.ts", pluginText({ version: "1.1.0" }));
    for (let at = 0; at < 12; at += 1) {
      await on.pass(QUIET_MS - 10);
      if (at === 10) assert.deepEqual(on.told, [], "it is not quiet yet");
      on.watches.changed(join(on.folder.path, "d"));
    }
    assert.deepEqual(on.told, ["loaded widgets 1.1.0"], "no storm of changes puts it off for ever");
  });

  test("goes and comes when it takes another name", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText({ name: "old" }) });
    await on.write("d/w.ts", pluginText({ name: "new" }));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["removed old 0.0.0", "loaded new 0.0.0"]);
  });
});

describe("a change that cannot be loaded", () => {
  test("changes nothing, and is told once", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText() });
    const before = on.host.records;
    await on.write("d/w.ts", "export default {");
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, [], "it may be half written");
    await on.pass(SETTLE_MS);
    await on.pass(10 * SETTLE_MS);
    assert.deepEqual(on.told, ["rejected w PLUGIN_INVALID"]);
    assert.equal(on.host.records, before);
    await on.write("d/w.ts", pluginText({ version: "1.1.0" }));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["rejected w PLUGIN_INVALID", "loaded widgets 1.1.0"]);
  });

  test("is no change when it is taken back", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText() });
    const before = on.host.records;
    await on.write("d/w.ts", "export default {");
    await on.pass(QUIET_MS);
    await on.pass(SETTLE_MS);
    await on.write("d/w.ts", pluginText());
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["rejected w PLUGIN_INVALID"]);
    assert.equal(on.host.records, before);
  });

  test("is not told when it was half written", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText() });
    for (const half of ["", "export", "export default {"]) {
      await on.write("d/w.ts", half);
      await on.pass(QUIET_MS);
      await on.pass(SETTLE_MS - 1);
    }
    await on.write("d/w.ts", pluginText({ version: "1.1.0" }));
    await on.pass(QUIET_MS);
    await on.pass(SETTLE_MS);
    assert.deepEqual(on.told, ["loaded widgets 1.1.0"]);
  });

  test("is tried again when a file appears that it missed", async () => {
    await using on = await Watched.open({ "d/w.ts": pluginText({ head: 'import "./lib/_late.ts";' }) });
    assert.equal(on.host.records[0]?.error?.code, "PLUGIN_INVALID");
    await on.folder.write("d/lib/_late.ts", "export {};");
    on.watches.changed(join(on.folder.path, "d"));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 0.0.0"]);
  });

  test("is tried again when a build makes what a package exports", async () => {
    await using on = await Watched.open({ "d/w/package.json": packageOf({ exports: "./dist/index.js" }) });
    assert.match(on.host.records[0]?.error?.message ?? "", /dist\/index\.js, which is not there; does it need a build/);
    await on.folder.write("d/w/dist/index.js", pluginText());
    on.watches.changed(join(on.folder.path, "d/w"));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 1.4.2"]);
  });

  test("keeps a package on its old version when the new one asks for another host", async () => {
    await using on = await Watched.open({ "d/w/package.json": packageOf(), "d/w/index.js": pluginText() });
    await on.write("d/w/package.json", packageOf({ version: "2.0.0", peerDependencies: { "@polykind/plugin": "^9" } }));
    await on.pass(QUIET_MS);
    await on.pass(SETTLE_MS);
    assert.deepEqual(on.told, ["rejected polykind-plugin-widgets PLUGIN_INCOMPATIBLE"]);
    assert.equal(on.host.records[0]?.version, "1.4.2");
    await on.write("d/w/package.json", packageOf({ version: "2.0.1" }));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told.slice(1), ["loaded widgets 2.0.1"]);
  });
});

describe("a directory that changes", () => {
  test("tells plugins that are new and plugins that are gone", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText({ name: "a" }) });
    await on.write("d/b.ts", pluginText({ name: "b" }));
    await on.pass(QUIET_MS);
    await on.remove("d/a.ts");
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded b 0.0.0"], "it may be put back at once");
    await on.pass(SETTLE_MS);
    assert.deepEqual(on.told, ["loaded b 0.0.0", "removed a 0.0.0"]);
  });

  test("does not miss a file for the moment in which an editor replaces it", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText() });
    const before = on.host.records;
    await on.remove("d/a.ts");
    await on.pass(QUIET_MS);
    await on.write("d/a.ts", pluginText());
    await on.pass(QUIET_MS);
    await on.pass(10 * SETTLE_MS);
    assert.deepEqual([on.told, on.host.records], [[], before]);
  });

  test("forgets a broken plugin that is gone, without telling that one was removed", async () => {
    await using on = await Watched.open({ "d/a.ts": "broken(" });
    await on.remove("d/a.ts");
    await on.pass(QUIET_MS);
    await on.pass(SETTLE_MS);
    assert.deepEqual([on.told, on.host.records], [[], []]);
  });

  test("may go away as a whole, and come back", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText() });
    await rename(join(on.folder.path, "d"), join(on.folder.path, "elsewhere"));
    on.watches.changed(join(on.folder.path, "d"));
    for (let at = 0; at < 5; at += 1) await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["removed widgets 0.0.0"]);
    await on.folder.write("d/a.ts", pluginText({ version: "2.0.0" }));
    for (let at = 0; at < 3; at += 1) await on.pass(1000);
    assert.deepEqual(on.told.slice(1), ["loaded widgets 2.0.0"], "it was looked for, though nothing told of it");
    await on.write("d/a.ts", pluginText({ version: "2.1.0" }));
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told.slice(2), ["loaded widgets 2.1.0"], "the new directory is watched");
  });

  test("is watched anew when another takes its place at once: a watch stays with the old one", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText({ version: "1.0.0" }), "next/a.ts": pluginText({ version: "1.1.0" }) });
    const path = join(on.folder.path, "d");
    on.watches.begun.length = 0;
    await rename(path, join(on.folder.path, "last"));
    await rename(join(on.folder.path, "next"), path);
    on.watches.changed(path);
    await on.pass(QUIET_MS);
    assert.deepEqual([on.told, on.watches.begun], [["loaded widgets 1.1.0"], [path]]);
  });

  test("does not bring back what was removed by name", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText({ name: "a" }), "d/b.ts": pluginText({ name: "b" }) });
    await on.host.remove("a");
    await on.folder.write("d/a.ts", pluginText({ name: "a", version: "2.0.0", head: "globalThis.removedRan = true;" }));
    await on.write("d/b.ts", pluginText({ name: "b", version: "2.0.0" }));
    const changed = new Promise((resolve) => {
      on.host.notices.on("loaded", resolve);
    });
    await on.clock.advance(QUIET_MS);
    await changed;
    assert.deepEqual(on.told, ["removed a 0.0.0", "loaded b 2.0.0"]);
    assert.equal(Reflect.get(globalThis, "removedRan"), undefined);
  });

  test("says so when it cannot be watched, and goes on", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText() });
    on.watches.fail(join(on.folder.path, "d"));
    assert.deepEqual(on.warnings, ["cannot watch for changes of plugins"]);
    assert.equal(on.host.records[0]?.state, "loaded");
  });

  test("is not watched when it is not wished for", async () => {
    await using folder = await Folder.open({ "d/a.ts": pluginText() });
    const watches = new FakeWatches();
    await using host = openPluginHost({ hostVersion: "1.2.3", log: silentLog, cwd: folder.path, watchDirectory: watches.watch });
    await host.add("d", { watch: false });
    assert.equal(watches.open, 0);
  });

  test("is not watched any more when it was removed", async () => {
    await using on = await Watched.open({ "d/a.ts": pluginText() });
    const { open } = on.watches;
    await on.host.remove("d");
    assert.deepEqual([open > 0, on.watches.open, on.clock.pending], [true, 0, 0]);
  });
});

describe("a host on the machine's own clock and watches", () => {
  /** Resolves with the version that is told next. */
  function nextVersion(host: PluginHost): Promise<string> {
    return new Promise((resolve) => {
      const end = host.notices.on("loaded", ({ version }) => {
        end();
        resolve(version);
      });
    });
  }

  test("sees a file that is edited, and one that a ConfigMap mount swaps by its link", async () => {
    await using folder = await Folder.open({
      "d/plain.ts": pluginText({ name: "plain", version: "1.0.0" }),
      "d/..1/mounted.ts": pluginText({ name: "mounted", version: "1.0.0" }),
    });
    await folder.link("d/..data", "..1");
    await folder.link("d/mounted.ts", "..data/mounted.ts");
    await using host = openPluginHost({ hostVersion: "1.2.3", log: silentLog, cwd: folder.path });
    const records = await host.add("d");
    assert.deepEqual(
      records.map(({ name, state }) => `${name} ${state}`),
      ["mounted loaded", "plain loaded"],
    );
    const edited = nextVersion(host);
    await folder.write("d/plain.ts", pluginText({ name: "plain", version: "1.1.0" }));
    assert.equal(await edited, "1.1.0");
    const swapped = nextVersion(host);
    await folder.write("d/..2/mounted.ts", pluginText({ name: "mounted", version: "1.2.0" }));
    await folder.link("d/..new", "..2");
    await rename(join(folder.path, "d/..new"), join(folder.path, "d/..data"));
    assert.equal(await swapped, "1.2.0");
  });
});
