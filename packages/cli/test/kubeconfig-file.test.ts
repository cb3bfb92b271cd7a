import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isPolykindError } from "@polykind/core";
import { writeKubeconfig } from "../src/kubeconfig-file.ts";

const sandboxes = (cluster = "polykind-sandbox"): string =>
  JSON.stringify({
    "current-context": "polykind-sandbox",
    clusters: [{ name: "polykind-sandbox" }, { name: cluster }],
    users: [{ name: "polykind-sandbox" }],
    contexts: [{ name: "polykind-sandbox" }],
  });

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), "polykind-kubeconfig-"))));
after(() => rmSync(folder, { recursive: true }));

describe("writeKubeconfig", () => {
  test("writes a file of its own, for its owner only, and removes it with its folder", () => {
    const file = writeKubeconfig("text");
    assert.deepEqual([readFileSync(file.path, "utf8"), statSync(file.path).mode & 0o777], ["text", 0o600]);
    file[Symbol.dispose]();
    assert.equal(existsSync(join(file.path, "..")), false);
  });

  test("writes to the path that is given, and removes the file alone", () => {
    const path = join(folder, "new");
    using file = writeKubeconfig("text", path);
    assert.equal(readFileSync(file.path, "utf8"), "text");
    file[Symbol.dispose]();
    assert.deepEqual([existsSync(path), existsSync(folder)], [false, true]);
  });

  test("writes over what an earlier sandbox has left, with the rights of a new file", () => {
    const path = join(folder, "left");
    writeFileSync(path, sandboxes(), { mode: 0o644 });
    using _ = writeKubeconfig("text", path);
    assert.deepEqual([readFileSync(path, "utf8"), statSync(path).mode & 0o777], ["text", 0o600]);
  });

  for (const { why, text } of [
    { why: "a kubeconfig of somebody's cluster", text: "current-context: prod\nclusters: [{name: prod}]\nusers: []\ncontexts: []\n" },
    { why: "a kubeconfig that a sandbox's was merged into", text: sandboxes("prod") },
    { why: "what is no kubeconfig", text: "a: [b\n" },
    { why: "an empty file", text: "" },
  ]) {
    test(`leaves ${why} as it is, and says so`, () => {
      const path = join(folder, "theirs");
      writeFileSync(path, text);
      assert.throws(
        () => writeKubeconfig("text", path),
        (error) =>
          isPolykindError(error, "CONFIG_INVALID") && error.facts["path"] === path && error.message.includes("another file is there"),
      );
      assert.equal(readFileSync(path, "utf8"), text);
    });
  }

  test("follows no link", () => {
    const path = join(folder, "link");
    writeFileSync(join(folder, "target"), sandboxes());
    symlinkSync(join(folder, "target"), path);
    assert.throws(() => writeKubeconfig("text", path), /no plain file/);
    assert.equal(readFileSync(join(folder, "target"), "utf8"), sandboxes());
  });

  for (const { why, path, says } of [
    { why: "the folder is missing", path: "absent/kubeconfig", says: /there is no such folder/ },
    { why: "a file stands where a folder should", path: "file/kubeconfig", says: /no folder/ },
    { why: "a folder has the name", path: "directory", says: /it is a directory/ },
  ]) {
    test(`says why it cannot be written: ${why}`, () => {
      mkdirSync(join(folder, "directory"), { recursive: true });
      writeFileSync(join(folder, "file"), "");
      assert.throws(() => writeKubeconfig("text", join(folder, path)), says);
    });
  }

  test("does not remove what another has put in its place", () => {
    const path = join(folder, "replaced");
    const file = writeKubeconfig("text", path);
    writeFileSync(path, "another's");
    file[Symbol.dispose]();
    assert.equal(readFileSync(path, "utf8"), "another's");
  });

  test("listens to the end of the process only as long as the file is there", () => {
    const before = process.listenerCount("exit");
    const file = writeKubeconfig("text");
    assert.equal(process.listenerCount("exit"), before + 1);
    file[Symbol.dispose]();
    assert.equal(process.listenerCount("exit"), before);
  });
});
