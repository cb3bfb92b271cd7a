import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openPluginHost, pluginPlacesOf } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { Folder, pluginText } from "./support/folder.ts";

/** What `setup` of a plugin throws that is loaded from these files. */
async function thrownBy(files: Readonly<Record<string, string>>, folder: Folder): Promise<unknown> {
  for (const [path, text] of Object.entries(files)) await folder.write(path, text);
  await using host = openPluginHost({ hostVersion: "1.2.3", log: silentLog, cwd: folder.path });
  const [record] = await host.add("w", { watch: false });
  assert.equal(record?.error?.message, undefined);
  try {
    await record?.plugin?.setup({} as never); // It looks at nothing.
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

const plugin = (body: string, head = ""): string => pluginText({ head }).replace(/setup: .*/, `setup() { ${body} },`);

describe("pluginPlacesOf", () => {
  test("tells the places in a plugin's files, innermost first", async () => {
    await using folder = await Folder.open({});
    const files = {
      "w/index.ts": plugin("fail();", 'import { fail } from "./lib/b.ts";'),
      "w/lib/b.ts": '\nexport function fail(): never { throw new Error("no"); }',
    };
    const [inner, outer] = pluginPlacesOf(await thrownBy(files, folder));
    assert.deepEqual([inner?.file, inner?.line, outer?.file], [join(folder.path, "w/lib/b.ts"), 2, join(folder.path, "w/index.ts")]);
  });

  test("tells the place in CommonJS", async () => {
    await using folder = await Folder.open({});
    const text = plugin("throw new Error('no');").replace("export default", "module.exports =");
    const [place] = pluginPlacesOf(await thrownBy({ "w/index.js": text }, folder));
    assert.equal(place?.file, join(folder.path, "w/index.js"));
  });

  for (const { why, body } of [
    {
      why: "the cause of what was thrown",
      body: "const cause = new Error('no'); throw Object.assign(new Error('outer', { cause }), { stack: '' });",
    },
    { why: "one of several that were thrown", body: "return Promise.any([Promise.reject(new Error('no'))]);" },
  ]) {
    test(`looks at ${why}`, async () => {
      await using folder = await Folder.open({});
      const [place] = pluginPlacesOf(await thrownBy({ "w/index.ts": plugin(body) }, folder));
      assert.equal(place?.file, join(folder.path, "w/index.ts"));
    });
  }

  for (const { why, thrown } of [
    { why: "what is no error", thrown: "file:///w.ts?polykind=a.1:1:1" },
    { why: "what no plugin had a part in", thrown: new Error("ours") },
    { why: "nothing", thrown: undefined },
    { why: "an error whose stack is no text", thrown: Object.assign(new Error("no"), { stack: 7 }) },
    { why: "an error whose text names no file", thrown: new Error("file:///%zz?polykind=a.1:1:1") },
    {
      why: "an error whose stack cannot be read",
      thrown: Object.defineProperty(new Error("no"), "stack", {
        get: () => {
          throw new Error("no");
        },
      }),
    },
    {
      why: "an error that is its own cause",
      thrown: Object.assign(new Error("no"), {
        get cause() {
          return this;
        },
      }),
    },
  ]) {
    test(`is empty for ${why}`, () => assert.deepEqual(pluginPlacesOf(thrown), []));
  }
});
