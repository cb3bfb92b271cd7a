import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { skipWithoutRealApi, startRealApi } from "../support/real-api.ts";

describe("startRealApi", { skip: skipWithoutRealApi() }, () => {
  test("gives a server that answers, keeps its objects over a restart on the same port, and leaves nothing behind", async () => {
    const first = await startRealApi({ users: ["carol"], flags: ["--gc-period=0"] });
    await first.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kept" } }));
    assert.deepEqual(Object.keys(first.users).toSorted(), ["alice", "bob", "carol"]);
    await first.stop({ keep: true });

    const second = await startRealApi({ dir: first.dir, port: Number(new URL(first.server).port) });
    assert.equal(second.server, first.server);
    assert.equal(await second.kubectl(["get", "namespace", "kept", "-o", "name"]), "namespace/kept\n");
    await second.stop();
    assert.equal(existsSync(first.dir), false);
  });

  test("says what kubectl said when it fails", async () => {
    await using api = await startRealApi();
    await assert.rejects(api.kubectl(["get", "nothing-of-this-name"]), /the server doesn't have a resource type/);
  });
});
