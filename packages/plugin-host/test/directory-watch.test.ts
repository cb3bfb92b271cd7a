import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { DirectoryWatches } from "../src/directory-watch.ts";
import { Folder } from "./support/folder.ts";
import { FakeWatches } from "./support/watched.ts";

const OBSERVER = { changed: () => undefined, failed: (cause: unknown) => assert.fail(String(cause)) };

describe("DirectoryWatches", () => {
  test("are none once they are closed, though they were being looked for then", async () => {
    await using folder = await Folder.open();
    const system = new FakeWatches();
    const watches = new DirectoryWatches(system.watch, OBSERVER);
    const wanting = watches.want([folder.path]);
    watches.close();
    assert.deepEqual([await wanting, await watches.want([folder.path])], [false, false]);
    assert.deepEqual([system.open, watches.size], [0, 0]);
  });

  test("are those of the nearest directories that are there, each once", async () => {
    await using folder = await Folder.open();
    const system = new FakeWatches();
    const watches = new DirectoryWatches(system.watch, OBSERVER);
    const wanted = [folder.path, join(folder.path, "a"), join(folder.path, "a/b")];
    assert.deepEqual([await watches.want(wanted), await watches.want(wanted), watches.size], [true, false, 1]);
    await mkdir(join(folder.path, "a"));
    assert.deepEqual([await watches.want(wanted), watches.size], [true, 2]);
    watches.close();
    assert.equal(system.open, 0);
  });
});
