import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Manifest } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { type RealApi, skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { linesOf } from "../support/model-server.ts";
import { Recorder } from "../support/recorder.ts";
import { changeTo, clientOf, CRDS, crdOf, editCrd, failuresOf, kindOf, objectOf, poolOf, until } from "./support.ts";

const [WIDGETS, GADGETS] = [kindOf("rights", "widgets"), kindOf("rights", "gadgets")];
const RBAC = { group: "rbac.authorization.k8s.io", version: "v1", resourceScope: "Cluster" } as const;
const ROLES = { ...RBAC, plural: "clusterroles", kind: "ClusterRole" };
const BINDINGS = { ...RBAC, plural: "clusterrolebindings", kind: "ClusterRoleBinding" };

const roleOf = (plural: string): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: `read-${plural}` },
  rules: [{ apiGroups: ["rights.example.com"], resources: [plural], verbs: ["get", "list", "watch"] }],
});
const bindingOf = (plural: string): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: `alice-reads-${plural}` },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `read-${plural}` },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }],
});

describe("an informer whose rights are taken and given back", { skip: skipWithoutRealApi() }, () => {
  let api: RealApi;
  let client: Client;
  let alice: Client;

  const canWatch = (plural: string): Promise<boolean> => alice.canI({ verb: "watch", group: WIDGETS.group, plural });
  const give = async (plural: string): Promise<void> => {
    await client.create(BINDINGS, bindingOf(plural));
    await until(() => canWatch(plural), "the server knows of the right");
  };
  const take = async (plural: string): Promise<void> => {
    await client.delete(BINDINGS, { name: `alice-reads-${plural}` });
    await until(async () => !(await canWatch(plural)), "the server knows that the right is gone");
  };

  before(async () => {
    api = await startRealApi();
    client = await clientOf(api.kubeconfig);
    alice = await clientOf(api.users["alice"] ?? "");
    for (const resource of [WIDGETS, GADGETS]) {
      await client.create(CRDS, crdOf(resource, "first"));
      await client.create(ROLES, roleOf(resource.plural));
      await until(() => client.create(resource, objectOf(resource, "one")).then(Boolean, () => false), "the kind is served");
    }
  });
  after(async () => {
    await alice?.close();
    await client?.close();
    await api?.stop();
  });

  test("waits with API_FORBIDDEN in its state, keeps what it has, disturbs no other, and loses nothing", async () => {
    await give("widgets");
    await give("gadgets");
    const { pool } = poolOf(alice);
    await using _ = pool;
    const [widgets, gadgets] = [(await pool.acquire({ resource: WIDGETS })).informer, (await pool.acquire({ resource: GADGETS })).informer];
    const recorder = new Recorder();
    await Promise.all([widgets.addHandler(recorder).synced(), gadgets.synced()]);
    await until(() => [widgets, gadgets].every(({ state }) => state.phase === "watching"), "both watch");
    const [before] = recorder.take().map((line) => /@(\d+)/.exec(line)?.[1]);
    const failuresOfOther = failuresOf(gadgets);

    await take("widgets");
    // A watch that is open stays open: rights are asked for when it begins.
    await editCrd(client, WIDGETS, "closes all watches");
    const isForbidden = (): boolean => widgets.state.phase === "waiting" && widgets.state.error?.code === "API_FORBIDDEN";
    await until(isForbidden, "the state says why it waits");
    assert.equal(widgets.hasSynced, true);
    assert.equal(widgets.store.size, 1);
    const changed = await changeTo(client, WIDGETS, "one", 1);
    const added = await client.create(WIDGETS, objectOf(WIDGETS, "two"));
    const other = await changeTo(client, GADGETS, "one", 1);
    await gadgets.reached(other.metadata.resourceVersion);
    assert.deepEqual(failuresOfOther, []);
    assert.deepEqual(recorder.take(), []);

    await give("widgets");
    await widgets.reached(added.metadata.resourceVersion);
    await until(() => recorder.lines.length >= 2, "handlers have been told");
    assert.deepEqual(recorder.take().toSorted(), [
      `+two@${added.metadata.resourceVersion}`,
      `~one@${before}>${changed.metadata.resourceVersion}`,
    ]);
    assert.equal(widgets.state.phase, "watching");
    assert.deepEqual(linesOf(widgets.store.list()), linesOf((await client.list(WIDGETS)).items));
    await take("widgets");
    await take("gadgets");
  });

  test("that never had them says so, is not synced, and begins when they are given", async () => {
    const { pool } = poolOf(alice);
    await using _ = pool;
    const { informer } = await pool.acquire({ resource: GADGETS });
    await until(() => informer.state.phase === "waiting" && informer.state.error?.code === "API_FORBIDDEN", "the state says why it waits");
    assert.equal(informer.hasSynced, false);
    await give("gadgets");
    await informer.synced();
    assert.deepEqual(linesOf(informer.store.list()), linesOf((await client.list(GADGETS)).items));
    await take("gadgets");
  });
});
