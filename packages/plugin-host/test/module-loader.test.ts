import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ManualClock } from "@polykind/testing";
import { ModuleLoader } from "../src/module-loader.ts";
import { Folder, pluginText } from "./support/folder.ts";

function openLoader(folder: Folder): ModuleLoader {
  return new ModuleLoader({ clock: new ManualClock(), timeoutMs: 1000, cwd: folder.path });
}

function load(loader: ModuleLoader, folder: Folder, file: string): ReturnType<ModuleLoader["load"]> {
  return loader.load({ label: file, entry: `${folder.path}/${file}`, root: folder.path, signal: new AbortController().signal });
}

/** Collects all garbage there is. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  assert.ok(typeof gc === "function");
  gc();
}

describe("ModuleLoader", () => {
  test("tells the files that a module was made of, by content, and those that it missed", async () => {
    await using folder = await Folder.open({ "w.ts": `import "./b.mjs";\nimport "./gone.ts";`, "b.mjs": "" });
    const loader = openLoader(folder);
    const { files, error } = await load(loader, folder, "w.ts");
    loader.close();
    assert.equal(error?.code, "PLUGIN_INVALID");
    assert.deepEqual([files.get(`${folder.path}/gone.ts`), files.has(`${folder.path}/w.ts`)], ["absent", true]);
  });

  test("runs the bytes that it hashed: each load is an instance of its own, with what it imports", async () => {
    const count = "globalThis.instances = (globalThis.instances ?? 0) + 1;";
    await using folder = await Folder.open({ "w.ts": `import "./b.ts";\n${pluginText()}`, "b.ts": count });
    const loader = openLoader(folder);
    await load(loader, folder, "w.ts");
    await load(loader, folder, "w.ts");
    loader.close();
    assert.equal(Reflect.get(globalThis, "instances"), 2);
  });

  test("serves what a module imports later, as long as it is open", async () => {
    await using folder = await Folder.open({
      "w.ts": 'export default () => import("./late.ts");',
      "late.ts": "export const url: string = import.meta.url;",
    });
    const loader = openLoader(folder);
    const { exported } = (await load(loader, folder, "w.ts")) as unknown as {
      readonly exported: { default: () => Promise<{ readonly url: string }> };
    };
    const during = await exported.default();
    assert.match(during.url, /late\.ts\?polykind=/);
    assert.equal(loader.size, 1);
    loader.close();
    assert.equal(loader.size, 0);
  });

  test("is let go of once it is closed: no hook of the process holds it", async () => {
    await using folder = await Folder.open({ "w.ts": pluginText() });
    const weak = await (async () => {
      const loader = openLoader(folder);
      await load(loader, folder, "w.ts");
      loader.close();
      return new WeakRef(loader);
    })();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    collect();
    assert.equal(weak.deref(), undefined);
  });
});
