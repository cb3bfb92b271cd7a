import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CRD_RESOURCE, type KubeObject, type Manifest, type Resource, type ResourceScope } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { isPolykindError, Scope } from "@polykind/core";
import { type KindReport, leakCount, type Manager, openManager } from "@polykind/manager";
import { definePlugin, type Plugin, type ReconcileContext, type Reconciler, type StopReason } from "@polykind/plugin";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type Metrics, silentLog } from "@polykind/telemetry";
import { kubeconfigFile } from "./support/kubeconfig-file.ts";

const GROUP = "x.example.com";
const PATIENCE_MS = 3_000;

const balls = (resourceScope: ResourceScope = "Namespaced", version = "v1"): Resource => ({
  group: GROUP,
  version,
  kind: "Ball",
  plural: "balls",
  resourceScope,
});
const boxes: Resource = { group: GROUP, version: "v1", kind: "Box", plural: "boxes", resourceScope: "Namespaced" };
const SCHEMA = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };

interface CrdWishes {
  readonly scope?: ResourceScope;
  readonly versions?: readonly string[];
}

function crd(kind: string, plural: string, { scope = "Namespaced", versions = ["v1"] }: CrdWishes = {}): Manifest {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope,
      names: { plural, kind },
      versions: versions.map((name, at) => ({ name, served: true, storage: at === 0, schema: SCHEMA })),
    },
  };
}

/** The same CRD in another group. */
function inGroup(group: string, { metadata, spec, ...rest }: Manifest & { readonly spec?: unknown }): Manifest {
  return { ...rest, metadata: { ...metadata, name: `${metadata.name?.split(".")[0]}.${group}` }, spec: { ...Object(spec), group } };
}

/** A plugin that notes what it is told, as short words. */
function noting(told: string[], overrides: Partial<Plugin> = {}): Plugin {
  return definePlugin({
    name: "noting",
    engines: { polykind: "^1.0" },
    manages: { group: GROUP, kind: "Ball" },
    ...overrides,
    setup: ({ kind }) => ({
      reconcile(object) {
        told.push(`reconcile ${object.metadata.name} ${kind.resourceScope} ${kind.version}`);
        return Promise.resolve(undefined);
      },
      onStop(reason: StopReason, { remainingObjects }) {
        told.push(`stop ${reason} ${remainingObjects}`);
        return Promise.resolve();
      },
    }),
  });
}

/** One that puts its finalizer on objects. */
function finalizing(told: string[]): Plugin {
  const plugin = noting(told);
  return {
    ...plugin,
    setup: async (context) => ({
      ...(await plugin.setup(context)),
      finalize: ({ metadata }) => Promise.resolve(void told.push(`finalize ${metadata.name}`)),
    }),
  };
}

interface World {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly plugins: PluginHost;
  readonly manager: Manager;
  readonly metrics: Metrics;
}

let scope: Scope;
let world: World;

beforeEach(async () => {
  scope = new Scope();
  const sandbox = scope.own(await openSandbox());
  const file = await kubeconfigFile(sandbox.kubeconfig);
  scope.defer(() => file.remove());
  const client = scope.own(openClient({ credentials: await loadCredentials({ kubeconfig: file.path }) }));
  const plugins = openPluginHost({ hostVersion: "1.0.0", log: silentLog });
  scope.defer(() => plugins.close());
  const { manager, metrics } = openManager({ client, plugins });
  await manager.start(scope.signal);
  world = { sandbox, client, plugins, manager, metrics };
});

/** Another manager in place of the one that is there. */
async function reopen(options: { readonly livesAllowed: number }): Promise<void> {
  const { client, plugins } = world;
  await world.manager.stop();
  const { manager, metrics } = openManager({ client, plugins, ...options });
  await manager.start(scope.signal);
  world = { ...world, manager, metrics };
}

afterEach(async () => {
  try {
    const leaks = await world.manager.stop();
    assert.equal(leakCount(leaks), 0, JSON.stringify(leaks));
    await noWatches();
  } finally {
    await scope.close();
  }
});

/** The server hears of the end of a watch as soon as the connection has carried it. */
async function noWatches(path = ""): Promise<void> {
  const open = (): readonly string[] => [...world.sandbox.openWatches().keys()].filter((watched) => watched.includes(path));
  for (const until = performance.now() + PATIENCE_MS; open().length > 0; await new Promise(setImmediate)) {
    if (performance.now() > until) assert.deepEqual(open(), []);
  }
}

/** Resolves as soon as the kind is such; rejects with what it is instead when that does not come. */
async function until(kind: string, isSo: (report: KindReport | undefined) => boolean): Promise<KindReport | undefined> {
  const find = (): KindReport | undefined => world.manager.kinds().find((report) => report.kind === kind);
  const { promise, resolve, reject } = Promise.withResolvers<KindReport | undefined>();
  const look = (): void => {
    const report = find();
    if (isSo(report)) resolve(report);
  };
  const end = world.manager.notices.on("changed", look);
  const patience = setTimeout(() => reject(new Error(`it did not come; there is ${JSON.stringify(find(), undefined, 1)}`)), PATIENCE_MS);
  look();
  try {
    return await promise;
  } finally {
    clearTimeout(patience);
    end();
  }
}

const hasReconciled =
  (times: number) =>
  (report: KindReport | undefined): boolean =>
    report?.runs[0]?.reconciles === times;

const stateOf = (plugin: string): string | undefined => world.manager.report().plugins.find(({ name }) => name === plugin)?.state;

/** Resolves when the metrics tell of so many controllers that only finalize, and of so many objects they are there for: they are measured a moment later. */
async function untilRetiring(counts: readonly number[]): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; String(await retiring()) !== String(counts); await new Promise(setImmediate))
    if (performance.now() > end) assert.deepEqual(await retiring(), counts);
}

async function retiring(): Promise<readonly number[]> {
  const lines = (await world.metrics.text()).split("\n");
  return ["controllers", "objects"].map((what) =>
    Number(lines.find((line) => line.startsWith(`polykind_retiring_${what} `))?.split(" ")[1]),
  );
}

const isRunning = (report: KindReport | undefined): boolean => report?.state === "Running";
const isGone = (report: KindReport | undefined): boolean => report === undefined || report.state === "Absent";
const install = (manifest: Manifest): Promise<KubeObject> => world.client.create(CRD_RESOURCE, manifest);
const uninstall = (plural: string): Promise<unknown> => world.client.delete(CRD_RESOURCE, { name: `${plural}.${GROUP}` });
const ball = (name: string, more: object = {}): Manifest => ({ apiVersion: `${GROUP}/v1`, kind: "Ball", metadata: { name, ...more } });

describe("the manager", () => {
  test("refuses a selector of CRDs that is none before anything begins", () => {
    const { client, plugins } = world;
    assert.throws(
      () => openManager({ client, plugins, crdSelector: "team in (a" }),
      (error) => isPolykindError(error, "CONFIG_INVALID") && error.message.includes('"team in (a"'),
    );
  });

  test("starts a plugin when its CRD comes, whichever was there first", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await until("Ball", (report) => report?.state === "Absent");
    await install(crd("Ball", "balls"));
    await install(crd("Box", "boxes"));
    await until("Ball", isRunning);
    await until("Box", (report) => report?.state === "Dormant");
    world.plugins.addPlugin(noting(told, { name: "later", manages: { group: GROUP, kind: "Box" } }));
    await until("Box", isRunning);
  });

  test("starts once, however often it is told to: one watch of CRDs, and each object reconciled once", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await Promise.all([world.manager.start(scope.signal), world.manager.start(scope.signal)]);
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    await until("Ball", (report) => report?.runs.some(({ reconciles }) => reconciles > 0) === true);
    assert.deepEqual(told, ["reconcile red Namespaced v1"]);
    const open = [...world.sandbox.openWatches()].filter(([path]) => path.includes("customresourcedefinitions"));
    assert.deepEqual(
      open.map(([, count]) => count),
      [1],
    );
  });

  test("reconciles, and counts what it did", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    const report = await until("Ball", (seen) => seen?.objects === 1 && seen.runs.some(({ reconciles }) => reconciles > 0));
    assert.deepEqual(told, ["reconcile red Namespaced v1"]);
    assert.equal(report?.version, "v1");
  });

  test("sets a plugin up when its caches hold what is there, so that it may count at once", async () => {
    const sizes: number[] = [];
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    const counting = definePlugin({
      name: "counting",
      engines: { polykind: "^1.0" },
      manages: { group: GROUP, kind: "Ball" },
      setup({ objects }) {
        sizes.push(objects.size);
        return { reconcile: () => Promise.resolve(undefined) };
      },
    });
    world.plugins.addPlugin(counting);
    await until("Ball", isRunning);
    assert.deepEqual(sizes, [1]);
  });

  test("lists a kind that has just appeared by a page, for its server has nothing to stream yet, and one that was there before by WatchList", async () => {
    const lists = (): number | undefined => world.sandbox.requests().get(`list /apis/${GROUP}/v1/balls`);
    world.plugins.addPlugin(noting([]));
    await install(crd("Ball", "balls"));
    await until("Ball", isRunning);
    assert.equal(lists(), 1);
    await reopen({ livesAllowed: 3 });
    await until("Ball", isRunning);
    assert.equal(lists(), 1, "no list, but a watch that begins with all objects");
  });

  test("ends all of a kind when its CRD goes: plugin, watch, name, and no request goes to its URL any more", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    await until("Ball", (report) => report?.runs.some(({ reconciles }) => reconciles > 0) === true);
    await uninstall("balls");
    await until("Ball", isGone);
    assert.match(told.at(-1) ?? "", /^stop CRDGone/);
    assert.equal(world.manager.report().informers, 1);
    assert.deepEqual(
      [...world.sandbox.openWatches().keys()].filter((path) => path.includes("balls")),
      [],
    );
  });

  test("begins anew when the CRD comes again under its name, with another scope and another version", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    const before = await until("Ball", (report) => report?.runs.some(({ reconciles }) => reconciles > 0) === true);
    await uninstall("balls");
    await until("Ball", isGone);
    await install(crd("Ball", "balls", { scope: "Cluster", versions: ["v2"] }));
    await world.client.create(balls("Cluster", "v2"), { ...ball("blue"), apiVersion: `${GROUP}/v2` });
    const after = await until("Ball", (report) => isRunning(report) && report?.runs.some(({ reconciles }) => reconciles > 0) === true);
    assert.equal(told.at(-1), "reconcile blue Cluster v2");
    assert.deepEqual([after?.objects, after?.resourceScope, after?.version], [1, "Cluster", "v2"]);
    assert.notEqual(after?.incarnation, before?.incarnation);
    assert.ok((after?.epoch ?? 0) > (before?.epoch ?? 0), "an epoch has returned");
  });

  test("serves finalizers while the CRD is being deleted, and is there until the last object has gone", async () => {
    const finalized: string[] = [];
    const finalizing = definePlugin({
      name: "finalizing",
      engines: { polykind: "^1.0" },
      manages: { group: GROUP, kind: "Ball" },
      setup: () => ({
        reconcile: () => Promise.resolve(undefined),
        finalize({ metadata }) {
          finalized.push(metadata.name);
          return Promise.resolve(undefined);
        },
      }),
    });
    world.plugins.addPlugin(finalizing);
    await install(crd("Ball", "balls"));
    for (const name of ["red", "held"]) {
      await world.client.create(
        balls(),
        ball(name, { namespace: "default", ...(name === "held" && { finalizers: ["else.example.com/hold"] }) }),
      );
    }
    await until("Ball", (report) => report?.runs.some(({ reconciles }) => reconciles >= 2) === true);
    await uninstall("balls");
    const draining = await until("Ball", (report) => report?.state === "Draining" && report.objects === 1);
    assert.equal(draining?.runs[0]?.phase, "running");
    await world.client.patch(balls(), { namespace: "default", name: "held" }, { type: "merge", body: { metadata: { finalizers: null } } });
    await until("Ball", isGone);
    assert.deepEqual(finalized.toSorted(), ["held", "red"]);
  });

  test("explains a kind whose CRD went, with what was released when it did, and counts it", async () => {
    world.plugins.addPlugin(noting([]));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    const report = await until("Ball", (seen) => seen?.runs.some(({ reconciles }) => reconciles > 0) === true);
    await uninstall("balls");
    await until("Ball", isGone);
    for (const query of ["balls", "ball", `Ball.${GROUP}`, `balls.${GROUP}`]) {
      const lookup = world.manager.explain(query);
      assert.ok(lookup.type === "found", query);
      const { state, lives } = lookup.found;
      const [life] = lives;
      assert.deepEqual([state, lives.length, life?.incarnation, life?.end], ["Absent", 1, report?.incarnation, "CRDGone"]);
      const [release] = life?.releases ?? [];
      assert.deepEqual([release?.plugin, release?.reason, release?.leaked], ["noting", "CRDGone", 0]);
      // The server removes the object first, but tells of it on another watch than of the CRD: either may come before.
      assert.ok(release?.objects === 0 || release?.objects === 1, `${release?.objects} objects`);
    }
    const text = await world.metrics.text();
    assert.match(text, /polykind_kind_starts_total 1\n/);
    assert.match(text, /polykind_kind_stops_total\{reason="CRDGone"\} 1\n/);
  });

  test("measures how many kinds are in which state, also those that no CRD serves", async () => {
    await install(crd("Box", "boxes"));
    await until("Box", (report) => report?.state === "Dormant");
    world.plugins.addPlugin(noting([]));
    const text = await world.metrics.text();
    assert.match(text, /polykind_kinds\{state="Absent"\} 1\n/);
    assert.match(text, /polykind_kinds\{state="Dormant"\} 1\n/);
    assert.match(text, /polykind_kinds\{state="Running"\} 0\n/);
  });

  test("keeps its controller over an edit of the CRD, which closes all its watches", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await install(crd("Ball", "balls"));
    const before = await until("Ball", isRunning);
    const patch = { spec: { names: { categories: ["all"] } } };
    await world.client.patch(CRD_RESOURCE, { name: `balls.${GROUP}` }, { type: "merge", body: patch });
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    const after = await until("Ball", (report) => report?.objects === 1);
    assert.equal(after?.epoch, before?.epoch);
  });

  test("leaves a version that is not served any more for one that is", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    const manifest = crd("Ball", "balls", { versions: ["v1", "v1beta1"] });
    await install(manifest);
    await until("Ball", (report) => isRunning(report) && report?.version === "v1");
    const versions = ["v1beta1", "v1"].map((name) => ({ name, served: name === "v1beta1", storage: name === "v1beta1", schema: SCHEMA }));
    await world.client.patch(CRD_RESOURCE, { name: `balls.${GROUP}` }, { type: "merge", body: { spec: { versions } } });
    await until("Ball", (report) => isRunning(report) && report?.version === "v1beta1");
    assert.deepEqual(told, ["stop Switched 0"]);
  });

  test("fills the cache of the new version before it leaves the old one, so that no moment is without", async () => {
    const told: string[] = [];
    const looking = definePlugin({
      name: "looking",
      engines: { polykind: "^1.0" },
      manages: { group: GROUP, kind: "Ball" },
      setup: ({ kind, objects }) => {
        told.push(`start ${kind.version} ${objects.size}`);
        return {
          reconcile: () => Promise.resolve(undefined),
          onStop: (reason) => {
            const { informers } = world.manager.report();
            told.push(`stop ${kind.version} ${reason}, ${informers} informers`);
            return Promise.resolve();
          },
        };
      },
    });
    world.plugins.addPlugin(looking);
    await install(crd("Ball", "balls", { versions: ["v1beta1", "v1"] }));
    const before = await until("Ball", isRunning);
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    const only = ["v1beta1", "v1"].map((name) => ({ name, served: name === "v1beta1", storage: name === "v1beta1", schema: SCHEMA }));
    await world.client.patch(CRD_RESOURCE, { name: `balls.${GROUP}` }, { type: "merge", body: { spec: { versions: only } } });
    const after = await until("Ball", (report) => isRunning(report) && report?.version === "v1beta1");
    assert.deepEqual(told, ["start v1 0", "stop v1 Switched, 3 informers", "start v1beta1 1"]);
    assert.ok((after?.epoch ?? 0) > (before?.epoch ?? 0));
  });

  test("holds a kind that is deleted and created again and again, says so, and starts it when the time is over", async () => {
    world.plugins.addPlugin(noting([]));
    for (let life = 0; life < 3; life += 1) {
      await install(crd("Ball", "balls"));
      await until("Ball", isRunning);
      await uninstall("balls");
      await until("Ball", isGone);
    }
    await install(crd("Ball", "balls"));
    const held = await until("Ball", (report) => report?.state === "Settling");
    assert.deepEqual([held?.reason, held?.incarnations], ["Flapping", 4]);
    await until("Ball", isRunning);
  });

  test("runs nothing while it does not lead, and everything again when it does", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await install(crd("Ball", "balls"));
    await until("Ball", isRunning);
    world.manager.lead(false);
    const parked = await until("Ball", (report) => report?.state === "Parked");
    assert.deepEqual([parked?.reason, parked?.runs, told], ["NotLeader", [], ["stop NotLeader 0"]]);
    await noWatches("/balls");
    world.manager.lead(true);
    await until("Ball", isRunning);
  });

  test("takes a plugin away from its kinds, and from no other plugin's", async () => {
    const told: string[] = [];
    const shared = { shared: true } as const;
    world.plugins.addPlugin(noting(told, { ...shared, name: "one" }));
    world.plugins.addPlugin(noting([], { ...shared, name: "other" }));
    await install(crd("Ball", "balls"));
    const both = await until("Ball", (report) => isRunning(report) && report?.runs.length === 2);
    await world.plugins.remove("one");
    const left = await until("Ball", (report) => report?.runs.length === 1);
    assert.deepEqual(told, ["stop Unbound 0"]);
    assert.deepEqual(left?.runs[0]?.epoch, both?.runs.find(({ plugin }) => plugin === "other")?.epoch);
  });

  test("has a removed plugin finalize what carries its finalizer, and then lets go of it", async () => {
    const told: string[] = [];
    world.plugins.addPlugin(finalizing(told));
    await install(crd("Ball", "balls"));
    await until("Ball", isRunning);
    await world.client.create(balls(), ball("a", { namespace: "default" }));
    await world.client.create(balls(), ball("b", { namespace: "default" }));
    await until("Ball", hasReconciled(2));
    await world.plugins.remove("noting");
    const left = await until("Ball", (report) => report?.reason === "FinalizersLeft");
    assert.deepEqual([left?.state, left?.runs[0]?.retiring], ["Draining", { objects: 2, some: ["default/a", "default/b"] }]);
    assert.equal(stateOf("noting"), "retiring");
    await untilRetiring([1, 2]);
    told.length = 0;
    await world.client.patch(balls(), { namespace: "default", name: "b" }, { type: "merge", body: { spec: { size: 2 } } });
    await world.client.create(balls(), ball("c", { namespace: "default" }));
    for (const name of ["a", "b"]) await world.client.delete(balls(), { namespace: "default", name });
    await until("Ball", (report) => report?.state === "Dormant");
    assert.deepEqual(told.toSorted(), ["finalize a", "finalize b", "stop Unbound 1"]);
    assert.equal(stateOf("noting"), undefined);
    await untilRetiring([0, 0]);
    await noWatches("/balls");
  });

  test("goes on as before when a removed plugin is put back", async () => {
    const told: string[] = [];
    const plugin = finalizing(told);
    world.plugins.addPlugin(plugin);
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("a", { namespace: "default" }));
    await until("Ball", hasReconciled(1));
    await world.plugins.remove("noting");
    await until("Ball", (report) => report?.reason === "FinalizersLeft");
    await world.client.create(balls(), ball("b", { namespace: "default" }));
    world.plugins.addPlugin(plugin);
    await until(
      "Ball",
      (report) => isRunning(report) && report?.reason === undefined && told.some((word) => word.startsWith("reconcile b ")),
    );
    assert.ok(!told.some((word) => word.startsWith("finalize")));
  });

  test("lets go of a removed plugin by force, and says how many objects keep its finalizer", async () => {
    world.plugins.addPlugin(finalizing([]));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("a", { namespace: "default" }));
    await until("Ball", hasReconciled(1));
    assert.throws(() => world.manager.letGo("noting"), { code: "PLUGIN_NOT_FOUND" });
    await world.plugins.remove("noting");
    assert.deepEqual(world.manager.letGo("noting"), [{ crd: `balls.${GROUP}`, objects: 1 }]);
    await until("Ball", (report) => report?.state === "Dormant");
    assert.throws(() => world.manager.letGo("noting"), { code: "PLUGIN_NOT_FOUND" });
  });

  test("waits for no object when it stops", async () => {
    world.plugins.addPlugin(finalizing([]));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("a", { namespace: "default" }));
    await until("Ball", hasReconciled(1));
    await world.plugins.remove("noting");
    await until("Ball", (report) => report?.reason === "FinalizersLeft");
    assert.equal(leakCount(await world.manager.stop()), 0);
  });

  test("has the former version of a plugin finalize what carries its finalizer when the new one names another, and then lets go of it", async () => {
    const told: string[] = [];
    const named = (version: string, finalizer: string): Plugin => ({ ...finalizing(told), version, finalizer });
    world.plugins.addPlugin(named("1.0.0", "old.example.com/cleanup"));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("a", { namespace: "default" }));
    await until("Ball", hasReconciled(1));
    world.plugins.addPlugin(named("2.0.0", "new.example.com/cleanup"));
    const both = await until("Ball", (report) => report?.runs.length === 2 && report.runs.every(({ reconciles }) => reconciles === 1));
    assert.deepEqual(
      [both?.state, both?.reason, both?.runs.map(({ plugin, retiring }) => [plugin, retiring?.some])],
      [
        "Running",
        "FinalizersLeft",
        [
          ["noting", ["default/a"]],
          ["noting", undefined],
        ],
      ],
    );
    assert.match(both?.message ?? "", /^noting \(old\.example\.com\/cleanup\) does not manage .* \(default\/a\)/);
    await world.client.delete(balls(), { namespace: "default", name: "a" });
    await until("Ball", (report) => report?.runs.length === 1 && report.state === "Running" && report.objects === 0);
    // Whoever comes second takes its finalizer off another object than it has seen, and looks again.
    assert.ok(told.filter((word) => word === "finalize a").length >= 2, told.join("; "));
    assert.equal(told.filter((word) => word.startsWith("stop Unbound")).length, 1, told.join("; "));
  });

  test("lets go by force of the former version of a plugin that names another finalizer now", async () => {
    const named = (version: string, finalizer: string): Plugin => ({ ...finalizing([]), version, finalizer });
    world.plugins.addPlugin(named("1.0.0", "old.example.com/cleanup"));
    await install(crd("Ball", "balls"));
    await world.client.create(balls(), ball("a", { namespace: "default" }));
    await until("Ball", hasReconciled(1));
    world.plugins.addPlugin(named("2.0.0", "new.example.com/cleanup"));
    await until("Ball", (report) => report?.runs.length === 2 && report.reason === "FinalizersLeft");
    assert.deepEqual(world.manager.letGo("noting"), [{ crd: `balls.${GROUP}`, objects: 1 }]);
    await until("Ball", (report) => report?.runs.length === 1 && report.state === "Running");
  });

  test("gives plugins that do not end no longer than it was told", async () => {
    const { client, plugins, manager: first } = world;
    await first.stop();
    const hung = new Promise<never>(() => {});
    const setup = (): Reconciler => ({ reconcile: () => hung, onStop: () => hung });
    plugins.addPlugin(definePlugin({ name: "hung", engines: { polykind: "^1.0" }, manages: { group: GROUP, kind: "Ball" }, setup }));
    const { manager } = openManager({ client, plugins, abortMs: 100 });
    world = { ...world, manager };
    await manager.start(scope.signal);
    await install(crd("Ball", "balls"));
    await until("Ball", isRunning);
    await client.create(balls(), ball("a", { namespace: "default" }));
    await until("Ball", (report) => report?.objects === 1);
    const before = performance.now();
    assert.ok((await manager.stop()).controllers > 0);
    assert.ok(performance.now() - before < 5_000, "the default would be four times as long");
    world = { ...world, manager: first };
  });

  test("starts neither of two plugins that each want a kind for themselves, and says which", async () => {
    world.plugins.addPlugin(noting([], { name: "one" }));
    world.plugins.addPlugin(noting([], { name: "other" }));
    await install(crd("Ball", "balls"));
    const report = await until("Ball", (seen) => seen?.state === "Parked");
    assert.equal(report?.reason, "PluginConflict");
    assert.match(report.message ?? "", /one.*other/);
    await world.plugins.remove("one");
    await until("Ball", isRunning);
  });

  test("waits for the name that another CRD holds, and starts by itself when that goes", async () => {
    world.plugins.addPlugin(noting([], { manages: { selector: { group: GROUP } } }));
    await install(crd("Ball", "balls"));
    await until("Ball", isRunning);
    const rival = crd("Ball", "spheres");
    await install(inGroup("y.example.com", crd("Ball", "balls")));
    await install(rival);
    const pending = await untilCrd("spheres", (report) => report?.state === "Pending");
    assert.equal(pending?.reason, "NamesConflict");
    const explained = world.manager.explain("spheres");
    assert.equal(explained.type === "found" && explained.found.awaits[0]?.who, `the owner of balls.${GROUP}, or of this one`);
    await uninstall("balls");
    await untilCrd("spheres", isRunning);
  });

  test("tells of a plugin that cannot be set up, tries it again, and disturbs no other kind", async () => {
    const failing = definePlugin({
      name: "failing",
      engines: { polykind: "^1.0" },
      manages: { group: GROUP, kind: "Ball" },
      setup: () => Promise.reject(new Error("no bucket")),
    });
    world.plugins.addPlugin(failing);
    world.plugins.addPlugin(noting([], { manages: { group: GROUP, kind: "Box" } }));
    await install(crd("Ball", "balls"));
    await install(crd("Box", "boxes"));
    const report = await until("Ball", (seen) => seen?.state === "Degraded");
    assert.match(report?.message ?? "", /no bucket/);
    await until("Box", isRunning);
  });

  test("starts a controller anew when the kind that it watches besides its own was replaced", async () => {
    const seen: string[] = [];
    const watching = definePlugin({
      name: "watching",
      engines: { polykind: "^1.0" },
      manages: { group: GROUP, kind: "Ball" },
      watches: [{ group: GROUP, kind: "Box", map: ({ metadata }) => [{ namespace: "default", name: metadata.name }] }],
      setup: () => ({
        reconcile({ metadata }, { related }: ReconcileContext) {
          seen.push(`${metadata.name} ${related({ group: GROUP, kind: "Box" }).size}`);
          return Promise.resolve(undefined);
        },
      }),
    });
    world.plugins.addPlugin(watching);
    await install(crd("Ball", "balls"));
    await until("Ball", (report) => report?.state === "Degraded" && report.reason === "NotServed");
    await install(crd("Box", "boxes"));
    const first = await until("Ball", isRunning);
    await world.client.create(balls(), ball("red", { namespace: "default" }));
    await until("Ball", (report) => report?.runs.some(({ reconciles }) => reconciles > 0) === true);
    await uninstall("boxes");
    await until("Ball", (report) => report?.state === "Degraded");
    await install(crd("Box", "boxes"));
    await world.client.create(boxes, { apiVersion: `${GROUP}/v1`, kind: "Box", metadata: { name: "red", namespace: "default" } });
    const second = await until(
      "Ball",
      (report) => isRunning(report) && report?.runs.some(({ reconciles }) => reconciles > 0) === true && seen.includes("red 1"),
    );
    assert.ok((second?.epoch ?? 0) > (first?.epoch ?? 0));
  });

  test("stops a controller when the kind that it watches besides its own goes, which it never had to wait for", async () => {
    world.plugins.addPlugin(
      noting([], { manages: { group: GROUP, kind: "Ball" }, watches: [{ group: GROUP, kind: "Box", map: () => [] }] }),
    );
    await install(crd("Box", "boxes"));
    await install(crd("Ball", "balls"));
    await until("Ball", isRunning);
    await uninstall("boxes");
    await until("Ball", (report) => report?.state === "Degraded");
  });

  test("outlives a hundred lives of a kind with nothing left of them", async () => {
    await reopen({ livesAllowed: Number.POSITIVE_INFINITY });
    const told: string[] = [];
    world.plugins.addPlugin(noting(told));
    await install(crd("Ball", "balls"));
    await until("Ball", isRunning);
    await uninstall("balls");
    await until("Ball", isGone);
    const rested = world.manager.report();
    for (let life = 0; life < 100; life += 1) {
      await install(crd("Ball", "balls", { scope: life % 2 === 0 ? "Cluster" : "Namespaced" }));
      await until("Ball", isRunning);
      await uninstall("balls");
      await until("Ball", isGone);
    }
    const { informers, streams, series, incarnations } = world.manager.report();
    assert.deepEqual({ informers, streams, series }, { informers: rested.informers, streams: rested.streams, series: rested.series });
    assert.equal(incarnations, 101);
  });
});

async function untilCrd(plural: string, isSo: (report: KindReport | undefined) => boolean): Promise<KindReport | undefined> {
  const name = `${plural}.${GROUP}`;
  let found: KindReport | undefined;
  await until("Ball", () => {
    found = world.manager.kinds().find(({ crd: of }) => of === name);
    return isSo(found);
  });
  return found;
}
