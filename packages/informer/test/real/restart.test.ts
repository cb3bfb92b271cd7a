import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { type RealApi, skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { linesOf } from "../support/model-server.ts";
import { Recorder } from "../support/recorder.ts";
import { changeTo, clientOf, CRDS, crdOf, forget, kindOf, objectOf, poolOf, startAgain, until } from "./support.ts";

const KINDS = 200;
// Nothing else may list these kinds: the server's own collector would.
const FLAGS = ["--gc-period=0"];
const RESOURCES = Array.from({ length: KINDS }, (_, n) => kindOf("restart", `kind${n}s`));

/** Requests that the server has counted for the group since it started, by verb. */
async function countedBy(api: RealApi): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const line of (await api.kubectl(["get", "--raw", "/metrics"])).split("\n")) {
    if (!line.startsWith("apiserver_request_total{") || !line.includes('group="restart.example.com"')) continue;
    const verb = /verb="([A-Z]+)"/.exec(line)?.[1] ?? "";
    counts[verb] = (counts[verb] ?? 0) + Number(line.slice(line.lastIndexOf(" ")));
  }
  return counts;
}

/** Ten at a time. */
async function forEach(resources: readonly Resource[], act: (resource: Resource, place: number) => Promise<unknown>): Promise<void> {
  const places = resources.entries();
  const work = async (): Promise<void> => {
    for (const [place, resource] of places) await act(resource, place);
  };
  await Promise.all(Array.from({ length: 10 }, work));
}

describe("an API server that is started again under 200 watches", { skip: skipWithoutRealApi() }, () => {
  let api: RealApi;
  let client: Client;

  before(async () => {
    api = await startRealApi({ flags: FLAGS });
    client = await clientOf(api.kubeconfig);
    await forEach(RESOURCES, (resource) => client.create(CRDS, crdOf(resource, "first")));
    await forEach(RESOURCES, async (resource) => {
      await until(() => client.create(resource, objectOf(resource, "one")).then(Boolean, () => false), `${resource.plural} are served`);
    });
  });
  after(async () => {
    await client?.close();
    await api?.stop();
  });

  test("is heard again by all of them, without a list and without a loss", { timeout: 150_000 }, async (t) => {
    const { pool, asked } = poolOf(client);
    await using _ = pool;
    const leases = await Promise.all(RESOURCES.map((resource) => pool.acquire({ resource })));
    const informers = leases.map(({ informer }) => informer);
    const recorders = informers.map(() => new Recorder());
    await Promise.all(informers.map((informer, place) => informer.addHandler(recorders[place] ?? {}).synced()));
    await until(() => informers.every(({ state }) => state.phase === "watching"), "all watch");
    for (const recorder of recorders) recorder.take();
    const versions = informers.map(({ store }) => store.byKey("default/one")?.metadata.resourceVersion ?? "");
    forget(asked);

    await api.stop({ keep: true });
    await until(() => informers.every(({ state }) => state.phase === "waiting"), "all have noticed");
    api = await startAgain(api, (place) => startRealApi({ ...place, flags: FLAGS }));
    const readyAt = performance.now();
    const writer = await clientOf(api.kubeconfig);
    const changed = RESOURCES.map(() => "");
    const writing = forEach(RESOURCES, async (resource, place) => {
      changed[place] = (await changeTo(writer, resource, "one", 1)).metadata.resourceVersion;
    });
    await until(() => informers.every(({ state }) => state.phase === "watching"), "all watch again", 100_000);
    t.diagnostic(`${KINDS} informers watched again ${Math.round(performance.now() - readyAt)} ms after the server was ready`);
    await writing;
    await Promise.all(informers.map((informer, place) => informer.reached(changed[place] ?? "")));
    t.diagnostic(`and all had heard of their change after ${Math.round(performance.now() - readyAt)} ms`);

    await until(() => recorders.every(({ lines }) => lines.length > 0), "all handlers are told");
    assert.deepEqual(
      recorders.map((recorder) => recorder.take()),
      versions.map((version, place) => [`~one@${version}>${changed[place]}`]),
    );
    const counted = await countedBy(api);
    assert.deepEqual({ byUs: asked.lists, byTheServer: counted["LIST"] ?? 0 }, { byUs: 0, byTheServer: 0 });
    assert.equal(asked.probedBy.size, 1, "one of all asks whether history was kept");
    assert.equal(counted["PATCH"], KINDS, "the server does count");
    const begun = asked.watches.filter(({ sendInitialEvents }) => sendInitialEvents === true).length;
    t.diagnostic(`${begun} kinds began with all objects, for the new server has no older history`);
    await forEach(RESOURCES, async (resource, place) => {
      assert.deepEqual(linesOf(informers[place]?.store.list() ?? []), linesOf((await writer.list(resource)).items));
    });
    await writer.close();
  });
});
