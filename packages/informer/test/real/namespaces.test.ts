import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Resource } from "@polykind/apimachinery";
import { loadCredentials, openClient } from "@polykind/client";
import { acquireNamespaces, openInformerPool } from "@polykind/informer";
import { skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { until } from "./support.ts";

const CONFIG_MAPS: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", resourceScope: "Namespaced" };

describe("a set of namespaces on a real API server", { skip: skipWithoutRealApi(), timeout: 120_000 }, () => {
  test("serves those who may not read all namespaces, and follows it when namespaces come and go", async () => {
    await using api = await startRealApi();
    for (const namespace of ["one", "two", "three"]) {
      await api.kubectl(["create", "namespace", namespace]);
      await api.kubectl(["create", "role", "reader", "-n", namespace, "--verb=list,watch", "--resource=configmaps"]);
      if (namespace !== "three") await api.kubectl(["create", "rolebinding", "reader", "-n", namespace, "--role=reader", "--user=alice"]);
      await api.kubectl(["create", "configmap", "first", "-n", namespace]);
    }
    const client = openClient({ credentials: await loadCredentials({ kubeconfig: String(api.users["alice"]) }) });
    try {
      await using pool = openInformerPool({ open: (key) => client.listWatch(key.resource, key) });
      const lease = await acquireNamespaces(pool, { key: { resource: CONFIG_MAPS }, namespaces: ["one"] });
      const told: string[] = [];
      lease.informer.addHandler({ noticed: ({ type, key }) => void told.push(`${type} ${key}`) }); // Nothing is waited for.
      await lease.informer.synced();
      await until(() => told.length === 1, "the first namespace");
      await lease.setNamespaces(["one", "two", "three"]);
      await until(() => told.length === 2, "the second namespace");
      assert.deepEqual(told.splice(0), ["added one/first", "added two/first"]);
      await until(() => lease.informer.state.phase === "waiting", "it is told that the third may not be read");
      await lease.setNamespaces(["two"]);
      await api.kubectl(["create", "configmap", "second", "-n", "one"]);
      await api.kubectl(["create", "configmap", "second", "-n", "two"]);
      await until(() => told.length === 2, "what goes, and what comes");
      assert.deepEqual(told, ["deleted one/first", "added two/second"]);
      assert.deepEqual([...lease.informer.store.keys()].toSorted(), ["two/first", "two/second"]);
      assert.equal(lease.informer.state.phase, "watching");
      await lease.release();
      assert.equal(client.openStreams().streams, 0);
    } finally {
      await client.close();
    }
  });
});
