import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import type { FaultyServer } from "@polykind/testing";
import { type RealApi, skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { linesOf } from "../support/model-server.ts";
import { Recorder } from "../support/recorder.ts";
import { changeTo, clientOf, CRDS, crdOf, failuresOf, forget, kindOf, objectOf, openDoor, poolOf, startAgain, until } from "./support.ts";

const WIDGETS = kindOf("compaction", "widgets");
const FLAGS = ["--etcd-compaction-interval=1s", "--authorization-mode=AlwaysAllow", "--gc-period=0"];

/** Whether the server still has what came after the version; told by the status that it answers or sends. */
async function isCompacted(client: Client, resource: Resource, resourceVersion: string): Promise<boolean> {
  const abort = new AbortController();
  try {
    for await (const lines of client.listWatch(resource).watch({ resourceVersion, timeoutSeconds: 1, signal: abort.signal })) {
      const text = lines.map((line) => Buffer.from(line).toString()).join("");
      if (text.includes('"code":410')) return true;
    }
    return false;
  } catch (error) {
    if (isPolykindError(error, "API_GONE")) return true;
    throw error;
  }
}

describe("an informer that comes back when etcd has been compacted", { skip: skipWithoutRealApi() }, () => {
  let api: RealApi;
  let client: Client;
  let door: FaultyServer;
  let throughDoor: Client;

  before(async () => {
    api = await startRealApi({ flags: FLAGS });
    client = await clientOf(api.kubeconfig);
    const opened = await openDoor(api);
    door = opened.door;
    throughDoor = await clientOf(opened.kubeconfig);
    await client.create(CRDS, crdOf(WIDGETS, "first"));
    await until(() => client.list(WIDGETS).then(Boolean, () => false), "the kind is served");
  });
  after(async () => {
    await throughDoor?.close();
    await client?.close();
    await door?.close();
    await api?.stop();
  });

  test("is told 410, lists once, tells only of true changes, and has lost nothing", async () => {
    for (const name of ["kept", "changed", "removed", "renewed"]) await client.create(WIDGETS, objectOf(WIDGETS, name));
    const { pool, asked } = poolOf(throughDoor);
    await using _ = pool;
    const { informer } = await pool.acquire({ resource: WIDGETS });
    const recorder = new Recorder();
    await informer.addHandler(recorder).synced();
    const failures = failuresOf(informer);
    await until(() => informer.state.phase === "watching", "it watches");
    const versionBefore = (name: string): string | undefined => informer.store.byKey(`default/${name}`)?.metadata.resourceVersion;
    const [keptFrom, removed, changedFrom, renewed] = ["kept", "removed", "changed", "renewed"].map(versionBefore);
    const { resourceVersion } = informer.store;
    recorder.take();
    forget(asked);

    await door.become("refuse");
    const changed = await changeTo(client, WIDGETS, "changed", 1);
    await client.delete(WIDGETS, { namespace: "default", name: "removed" });
    await client.delete(WIDGETS, { namespace: "default", name: "renewed" });
    const again = await client.create(WIDGETS, objectOf(WIDGETS, "renewed"));
    const added = await client.create(WIDGETS, objectOf(WIDGETS, "added"));
    // A server that was there all the time would tell from its memory what etcd has forgotten.
    await api.stop({ keep: true });
    api = await startAgain(api, (place) => startRealApi({ ...place, flags: FLAGS }));
    let n = 0;
    await until(async () => {
      await changeTo(client, WIDGETS, "kept", (n += 1));
      return isCompacted(client, WIDGETS, resourceVersion);
    }, "the version of the informer is compacted away");
    const kept = await changeTo(client, WIDGETS, "kept", 0);
    await door.heal();
    informer.retryNow();

    await informer.reached(kept.metadata.resourceVersion);
    await until(() => recorder.lines.length >= 6, "handlers have been told");
    assert.deepEqual(
      recorder.take().toSorted(),
      [
        `+added@${added.metadata.resourceVersion}`,
        `+renewed@${again.metadata.resourceVersion}`,
        `-removed@${removed}?`,
        `-renewed@${renewed}?`,
        `~changed@${changedFrom}>${changed.metadata.resourceVersion}`,
        `~kept@${keptFrom}>${kept.metadata.resourceVersion}`,
      ].toSorted(),
    );
    assert.deepEqual(
      failures.filter((code) => code === "API_GONE"),
      ["API_GONE"],
    );
    const relists = asked.lists + asked.watches.filter(({ sendInitialEvents }) => sendInitialEvents === true).length;
    assert.equal(relists, 1, "one list, or one watch that begins with all objects");
    assert.deepEqual(linesOf(informer.store.list()), linesOf((await client.list(WIDGETS)).items));
  });
});
