import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findCondition, type KubeObject, type SetupContext } from "@polykind/plugin";
import type { ConfigMap, Deployment, MyApp } from "../src/app.ts";
import { childrenOf, isAsWanted } from "../src/children.ts";
import myapp from "../src/index.ts";
import { statusOf } from "../src/status.ts";
import { FakeCluster } from "./fake-cluster.ts";

function appOf(spec: Partial<MyApp["spec"]> = {}, name = "shop"): MyApp {
  const metadata = {
    name,
    namespace: "default",
    uid: `uid-app-${name}`,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  return { apiVersion: "demo.example.com/v1", kind: "MyApp", metadata, spec: { image: "shop:1", replicas: 3, port: 8080, ...spec } };
}

async function reconcile(cluster: FakeCluster, app: MyApp): Promise<readonly string[]> {
  const reconciler = await myapp.setup({} as SetupContext<MyApp>);
  const before = cluster.sent.length;
  assert.equal(await reconciler.reconcile(cluster.get<MyApp>("MyApp", app.metadata.name) ?? app, cluster.context()), undefined);
  return cluster.sent.slice(before);
}

async function finalize(cluster: FakeCluster, app: MyApp): Promise<readonly string[]> {
  const reconciler = await myapp.setup({} as SetupContext<MyApp>);
  const before = cluster.sent.length;
  assert.equal(await reconciler.finalize?.(app, cluster.context()), undefined);
  return cluster.sent.slice(before);
}

/** A cluster in which `app` was reconciled. */
async function clusterOf(...apps: readonly MyApp[]): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  for (const app of apps) await reconcile(cluster, app);
  return cluster;
}

describe("myapp, reconciling", () => {
  test("makes the registry entry, the settings, the service and the Deployment, in this order, then tells the status", async () => {
    const cluster = new FakeCluster();
    assert.deepEqual(await reconcile(cluster, appOf({ settings: { A: "1" } })), [
      "apply ConfigMap/myapp-registry",
      "patch ConfigMap/myapp-registry",
      "apply ConfigMap/shop-settings",
      "apply Service/shop",
      "apply Deployment/shop",
      "status MyApp/shop",
    ]);
    for (const [kind, name] of [
      ["ConfigMap", "shop-settings"],
      ["Service", "shop"],
      ["Deployment", "shop"],
    ] as const) {
      assert.equal(cluster.get(kind, name)?.metadata.ownerReferences?.[0]?.uid, "uid-app-shop", `${kind} is owned`);
    }
    assert.equal(cluster.get("ConfigMap", "myapp-registry")?.metadata.ownerReferences, undefined);
  });

  for (const settings of [undefined, {}, { A: "1" }]) {
    test(`sends nothing when all is as wanted, with settings ${JSON.stringify(settings)}`, async () => {
      const app = appOf(settings === undefined ? {} : { settings });
      assert.deepEqual(await reconcile(await clusterOf(app), app), []);
    });
  }

  for (const { why, change, sent } of [
    { why: "a child that was deleted", change: (cluster: FakeCluster) => cluster.drop("Service", "shop"), sent: ["apply Service/shop"] },
    {
      why: "a field that was edited",
      change: (cluster: FakeCluster) =>
        cluster.put({ ...cluster.get<KubeObject>("Deployment", "shop"), spec: { replicas: 9 } } as unknown as KubeObject),
      sent: ["apply Deployment/shop"],
    },
    {
      why: "a setting that was edited",
      change: (cluster: FakeCluster) =>
        cluster.put({ ...cluster.get<ConfigMap>("ConfigMap", "shop-settings"), data: { A: "2" } } as unknown as KubeObject),
      sent: ["apply ConfigMap/shop-settings"],
    },
    {
      why: "an owner that was taken away",
      change: (cluster: FakeCluster) => {
        const { metadata, ...rest } = cluster.get<KubeObject>("Service", "shop") as KubeObject;
        cluster.put({ ...rest, metadata: { ...metadata, ownerReferences: [] } });
      },
      sent: ["apply Service/shop"],
    },
    {
      why: "a registry that was deleted",
      change: (cluster: FakeCluster) => cluster.drop("ConfigMap", "myapp-registry"),
      sent: ["apply ConfigMap/myapp-registry", "patch ConfigMap/myapp-registry"],
    },
  ]) {
    test(`puts right ${why}, and nothing else`, async () => {
      const app = appOf({ settings: { A: "1" } });
      const cluster = await clusterOf(app);
      change(cluster);
      assert.deepEqual(await reconcile(cluster, app), sent);
      assert.deepEqual(await reconcile(cluster, app), []);
    });
  }

  test("leaves alone what others added to a child", async () => {
    const app = appOf();
    const cluster = await clusterOf(app);
    const { metadata, ...rest } = cluster.get<KubeObject>("Deployment", "shop") as KubeObject;
    cluster.put({ ...rest, metadata: { ...metadata, annotations: { "deployment.kubernetes.io/revision": "1" } } });
    const settings = cluster.get<ConfigMap>("ConfigMap", "shop-settings") as ConfigMap;
    cluster.put({ ...settings, data: { ...settings.data, THEIRS: "1" } } as KubeObject);
    assert.deepEqual(await reconcile(cluster, app), []);
  });

  test("takes out a setting that is not wished for any more, and rolls the pods", async () => {
    const cluster = await clusterOf(appOf({ settings: { A: "1", B: "2" } }));
    cluster.drop("MyApp", "shop");
    const sent = await reconcile(cluster, appOf({ settings: { B: "2" } }));
    assert.deepEqual(sent.slice(0, 2), ["apply ConfigMap/shop-settings", "apply Deployment/shop"]);
    assert.deepEqual(cluster.get<ConfigMap>("ConfigMap", "shop-settings")?.data, { B: "2" });
  });

  test("enters another image in the registry, beside the entries of others", async () => {
    const cluster = await clusterOf(appOf(), appOf({ image: "blog:1" }, "blog"));
    cluster.drop("MyApp", "shop");
    await reconcile(cluster, appOf({ image: "shop:2" }));
    assert.deepEqual(cluster.get<ConfigMap>("ConfigMap", "myapp-registry")?.data, { shop: "shop:2", blog: "blog:1" });
  });
});

describe("myapp, finalizing", () => {
  test("takes its entry out of the registry, and leaves those of others", async () => {
    const cluster = await clusterOf(appOf(), appOf({}, "blog"));
    assert.deepEqual(await finalize(cluster, appOf()), ["patch ConfigMap/myapp-registry"]);
    assert.deepEqual(cluster.get<ConfigMap>("ConfigMap", "myapp-registry")?.data, { blog: "shop:1" });
  });

  test("is done when there is nothing to undo, however often it runs", async () => {
    const cluster = await clusterOf(appOf());
    await finalize(cluster, appOf());
    assert.deepEqual(await finalize(cluster, appOf()), []);
    assert.deepEqual(await finalize(new FakeCluster(), appOf()), []);
  });
});

describe("myapp, watching", () => {
  const map = myapp.watches?.find(({ kind }) => kind === "ConfigMap")?.map ?? (() => []);
  const configMap = (name: string, fields: object): KubeObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...appOf().metadata, name },
    ...fields,
  });

  test("looks at every application of a registry that changes, namespaced or not", () => {
    assert.deepEqual(map(configMap("myapp-registry", { data: { shop: "a", blog: "b" } })), [
      { namespace: "default", name: "shop" },
      { name: "shop" },
      { namespace: "default", name: "blog" },
      { name: "blog" },
    ]);
    assert.deepEqual(map(configMap("myapp-registry", {})), []);
  });

  test("looks at the owner of settings that change, and at nobody for a ConfigMap of others", async () => {
    const cluster = await clusterOf(appOf());
    const settings = cluster.get<KubeObject>("ConfigMap", "shop-settings") as KubeObject;
    assert.deepEqual(map(settings), [{ namespace: "default", name: "shop" }, { name: "shop" }]);
    assert.deepEqual(map(configMap("foreign", {})), []);
    const [owner] = settings.metadata.ownerReferences ?? [];
    for (const other of [
      { ...owner, kind: "Other" },
      { ...owner, apiVersion: "other.example.com/v1" },
      { ...owner, controller: false },
    ]) {
      assert.deepEqual(map({ ...settings, metadata: { ...settings.metadata, ownerReferences: [other] } } as KubeObject), []);
    }
  });
});

describe("the status of a MyApp", () => {
  const deployment = (status: Deployment["status"], generation = 2): Deployment => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...appOf().metadata, generation },
    ...(status !== undefined && { status }),
  });
  const all = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 3 };
  for (const { why, status, ready, reason } of [
    { why: "is ready when all replicas run what is wished for", status: all, ready: "True", reason: "AllReplicasReady" },
    { why: "waits for a Deployment that nobody has looked at", status: undefined, ready: "False", reason: "Deploying" },
    {
      why: "does not believe a status of an older generation",
      status: { ...all, observedGeneration: 1 },
      ready: "False",
      reason: "Deploying",
    },
    { why: "waits for replicas", status: { ...all, readyReplicas: 2 }, ready: "False", reason: "Deploying" },
    {
      why: "does not count ready replicas of an older template",
      status: { ...all, updatedReplicas: 1 },
      ready: "False",
      reason: "Deploying",
    },
    {
      why: "waits for replicas that are too many to go",
      status: { ...all, replicas: 4, readyReplicas: 4 },
      ready: "False",
      reason: "Deploying",
    },
    {
      why: "tells why pods cannot be made",
      status: { ...all, readyReplicas: 0, conditions: [{ type: "ReplicaFailure", status: "True", message: "quota" }] },
      ready: "False",
      reason: "ReplicaFailure",
    },
    {
      why: "tells that it does not get on",
      status: { ...all, readyReplicas: 0, conditions: [{ type: "Progressing", status: "False", message: "deadline" }] },
      ready: "False",
      reason: "Stalled",
    },
  ]) {
    test(why, () => {
      const { conditions, ...rest } = statusOf(appOf(), deployment(status), "2026-01-01T00:00:00Z");
      const condition = findCondition(conditions, "Ready");
      assert.deepEqual([condition?.status, condition?.reason, condition?.observedGeneration], [ready, reason, 1]);
      assert.deepEqual(
        [rest.replicas, rest.readyReplicas, rest.selector],
        [status?.replicas ?? 0, status?.readyReplicas ?? 0, "app.kubernetes.io/name=shop"],
      );
    });
  }

  test("is ready with no replicas when none are wished for", () => {
    const { conditions } = statusOf(appOf({ replicas: 0 }), deployment({ observedGeneration: 2 }), "2026-01-01T00:00:00Z");
    assert.equal(findCondition(conditions, "Ready")?.status, "True");
  });

  test("moves the time of its condition only when the status of that changes", () => {
    const first = statusOf(appOf(), deployment({ ...all, readyReplicas: 1 }), "2026-01-01T00:00:00Z");
    const second = statusOf({ ...appOf(), status: first }, deployment({ ...all, readyReplicas: 2 }), "2026-01-02T00:00:00Z");
    const third = statusOf({ ...appOf(), status: second }, deployment(all), "2026-01-03T00:00:00Z");
    const times = [first, second, third].map(({ conditions }) => findCondition(conditions, "Ready")?.lastTransitionTime);
    assert.deepEqual(times, ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"]);
  });
});

describe("the children of a MyApp", () => {
  test("are the same for the same wishes, in whatever order they are written", () => {
    assert.deepEqual(childrenOf(appOf({ settings: { A: "1", B: "2" } })), childrenOf(appOf({ settings: { B: "2", A: "1" } })));
  });

  test("are not as wanted when another controls them", () => {
    const app = appOf();
    const { service } = childrenOf(app);
    const by = (reference: object): KubeObject =>
      ({ ...service, metadata: { ...service.metadata, ownerReferences: [reference] } }) as unknown as KubeObject;
    const { uid } = app.metadata;
    assert.deepEqual(
      [
        { uid, controller: true },
        { uid, controller: false },
        { uid: "another", controller: true },
      ].map((reference) => isAsWanted(service, by(reference), app)),
      [true, false, false],
    );
  });

  for (const { why, ports, isRight } of [
    { why: "with what the server fills in", ports: [{ port: 8080, targetPort: 8080, protocol: "TCP" }], isRight: true },
    { why: "with a port that others added", ports: [{ port: 9090 }, { port: 8080, targetPort: 8080 }], isRight: true },
    { why: "with another port", ports: [{ port: 9090, targetPort: 8080 }], isRight: false },
    { why: "without its port", ports: [], isRight: false },
    { why: "without ports", ports: undefined, isRight: false },
  ]) {
    test(`are ${isRight ? "" : "not "}as wanted ${why}`, () => {
      const app = appOf();
      const { service } = childrenOf(app);
      const actual = {
        ...service,
        metadata: { ...service.metadata, ownerReferences: [{ uid: app.metadata.uid, controller: true }] },
        spec: { selector: { "app.kubernetes.io/name": "shop" }, ports },
      };
      assert.equal(isAsWanted(service, actual as unknown as KubeObject, app), isRight);
    });
  }
});
