import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CRD_RESOURCE, type KubeObject, type Manifest, type Resource } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { Scope } from "@polykind/core";
import { type Manager, openManager } from "@polykind/manager";
import { definePlugin, type Plugin } from "@polykind/plugin";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import { openMetrics, silentLog } from "@polykind/telemetry";
import { ManualClock } from "@polykind/testing";
import { EVENTS } from "../../src/events/manifest.ts";
import { Recorder } from "../../src/events/recorder.ts";

const CORE_EVENTS: Resource = { group: "", version: "v1", kind: "Event", plural: "events", resourceScope: "Namespaced" };
const FOREIGN = "else.example.com/hold";
const PATIENCE_MS = 20_000;
const SCHEMA = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };

/** An API server on which events are written and read. */
export interface EventServer extends AsyncDisposable {
  readonly kubeconfig: string;
  /** The path of the kubeconfig of somebody who may do anything but write events; absent where the server asks nobody for rights. */
  readonly kubeconfigWithoutEvents?: string;
  /** It keeps the events of core apart from the others, as no cluster does. */
  readonly isApart?: true;
}

/** An event, in either of its groups. */
interface Event extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly message?: string;
  readonly regarding?: Readonly<Record<string, string>>;
  readonly involvedObject?: Readonly<Record<string, string>>;
  readonly series?: { readonly count: number };
}

interface World {
  readonly scope: Scope;
  readonly hand: Client;
  readonly plugins: PluginHost;
  readonly manager: Manager;
  readonly metrics: ReturnType<typeof openMetrics>;
  readonly group: string;
  readonly warnings: string[];
}

async function openWorld(scope: Scope, group: string, { as, by }: { readonly as: string; readonly by: string }): Promise<World> {
  const hand = scope.own(openClient({ credentials: await loadCredentials({ kubeconfig: by }) }));
  const client = scope.own(openClient({ credentials: await loadCredentials({ kubeconfig: as }) }));
  const plugins = openPluginHost({ hostVersion: "1.0.0", log: silentLog });
  scope.defer(() => plugins.close());
  const metrics = openMetrics();
  const warnings: string[] = [];
  const log = { ...silentLog, child: () => silentLog, warn: (text: string) => void warnings.push(text) };
  const { manager } = openManager({ client, plugins, metrics, log });
  scope.defer(() => manager.stop());
  scope.defer(() => removeCrd(hand, group));
  await manager.start(scope.signal);
  return { scope, hand, plugins, manager, metrics, group, warnings };
}

const ballsOf = (group: string): Resource => ({ group, version: "v1", kind: "Ball", plural: "balls", resourceScope: "Namespaced" });

async function removeCrd(hand: Client, group: string): Promise<void> {
  await hand.delete(CRD_RESOURCE, { name: `balls.${group}` }).catch(() => {});
}

function crdOf(group: string): Manifest {
  const versions = [{ name: "v1", served: true, storage: true, schema: SCHEMA }];
  const names = { plural: "balls", kind: "Ball", singular: "ball", listKind: "BallList" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `balls.${group}` },
    spec: { group, scope: "Namespaced", names, versions },
  };
}

function pluginOf(group: string): Plugin {
  return definePlugin({
    name: "eventful",
    engines: { polykind: "*" },
    manages: { group, kind: "Ball" },
    setup: () => ({ reconcile: () => Promise.resolve(undefined), finalize: () => Promise.resolve(undefined) }),
  });
}

/** The events about this CRD, once there are such that `isAll` says so. */
async function eventsOf(
  world: World,
  isAll: (events: readonly Event[]) => boolean,
  resource: Resource = EVENTS,
): Promise<readonly Event[]> {
  const name = `balls.${world.group}`;
  for (const end = performance.now() + PATIENCE_MS; ; await new Promise(setImmediate)) {
    const { items } = await world.hand.list<Event>(resource, { namespace: "default" });
    const own = items.filter(({ regarding, involvedObject }) => (regarding ?? involvedObject)?.["name"] === name);
    if (isAll(own)) return own;
    if (performance.now() > end)
      assert.fail(`of ${items.length} ${resource.group} events about ${name} there are only ${JSON.stringify(own)}`);
  }
}

const has =
  (...reasons: readonly string[]) =>
  (events: readonly Event[]): boolean =>
    reasons.every((reason) => events.some((event) => event.reason === reason));

async function drop(world: World): Promise<string | undefined> {
  return (await world.metrics.text()).split("\n").find((line) => line.startsWith('polykind_events_total{outcome="dropped"}'));
}

/** What a manager writes about the life of kinds, on any API server. */
export function eventsContract(where: string, open: () => Promise<EventServer>, skip: string | false = false): void {
  describe(`events about kinds on ${where}`, { skip, timeout: 120_000 }, () => {
    test("tell the life of a kind, in both groups that events are read in", async () => {
      await using scope = new Scope();
      const server = scope.own(await open());
      const world = await openWorld(scope, `a${process.pid}.events.example.com`, { as: server.kubeconfig, by: server.kubeconfig });
      world.plugins.addPlugin(pluginOf(world.group));
      const { metadata } = await world.hand.create(CRD_RESOURCE, crdOf(world.group));
      await eventsOf(world, has("Running"));
      const balls = ballsOf(world.group);
      const name = { namespace: "default", name: "red" };
      await world.hand.create(balls, { apiVersion: `${world.group}/v1`, kind: "Ball", metadata: { ...name, finalizers: [FOREIGN] } });
      while (((await world.hand.get(balls, name)).metadata.finalizers ?? []).length < 2) await new Promise(setImmediate);
      await world.plugins.remove("eventful");
      await eventsOf(world, has("Running", "FinalizersLeft"));
      await removeCrd(world.hand, world.group);
      const [running, left] = await eventsOf(world, has("Running", "FinalizersLeft", "Terminating"));
      assert.deepEqual([running?.type, left?.type, running?.regarding?.["uid"]], ["Normal", "Warning", metadata.uid]);
      assert.match(left?.note ?? "", /1 object that carries its finalizer \(default\/red\).*put the plugin back/);
      const both = server.isApart === true ? EVENTS : CORE_EVENTS;
      const core = await eventsOf(world, has("Running", "FinalizersLeft", "Terminating"), both);
      const found = core.find(({ reason }) => reason === "FinalizersLeft");
      assert.match(found?.message ?? found?.note ?? "", /^Draining: eventful does not manage/);
      // It was there so that the deletion could be seen.
      await world.hand.patch(balls, name, { type: "merge", body: { metadata: { finalizers: null } } });
    });

    test("are none once the manager has stopped", async () => {
      await using scope = new Scope();
      const server = scope.own(await open());
      const world = await openWorld(scope, `b${process.pid}.events.example.com`, { as: server.kubeconfig, by: server.kubeconfig });
      world.plugins.addPlugin(pluginOf(world.group));
      await world.hand.create(CRD_RESOURCE, crdOf(world.group));
      await eventsOf(world, has("Running"));
      await world.manager.stop();
      await removeCrd(world.hand, world.group);
      const after = await eventsOf(world, has("Running"));
      assert.deepEqual(
        after.map(({ reason }) => reason),
        ["Running"],
      );
    });

    test("count what happens again, in a series that the server takes", async () => {
      await using scope = new Scope();
      const server = scope.own(await open());
      const world = await openWorld(scope, `c${process.pid}.events.example.com`, { as: server.kubeconfig, by: server.kubeconfig });
      const clock = new ManualClock(Date.now());
      const outcomes: string[] = [];
      const recorder = new Recorder({
        client: world.hand,
        clock,
        random: Math.random,
        log: silentLog,
        instance: "polykind-test",
        onOutcome: (outcome, count) => void outcomes.push(`${outcome} ${count}`),
      });
      scope.defer(() => recorder.stop());
      const saying = { crd: `balls.${world.group}`, uid: "u1", type: "Normal", reason: "Running", action: "Run", note: "Running" } as const;
      recorder.record(saying);
      await eventsOf(world, has("Running"));
      recorder.record(saying);
      recorder.record(saying);
      while (outcomes.length === 0) await new Promise(setImmediate);
      await clock.advance(60_000);
      const events = await eventsOf(world, ([event]) => event?.series !== undefined);
      assert.deepEqual([events.length, events[0]?.series?.count], [1, 3]);
    });
  });
}

/** What comes of it where whoever runs the manager may not write events. */
export function eventRightsContract(where: string, open: () => Promise<EventServer>, skip: string | false = false): void {
  describe(`events about kinds on ${where}`, { skip, timeout: 120_000 }, () => {
    test("are dropped where nobody gave the right to write them, and that is logged once", async () => {
      await using scope = new Scope();
      const server = scope.own(await open());
      const world = await openWorld(scope, `d${process.pid}.events.example.com`, {
        as: server.kubeconfigWithoutEvents ?? server.kubeconfig,
        by: server.kubeconfig,
      });
      world.plugins.addPlugin(pluginOf(world.group));
      await world.hand.create(CRD_RESOURCE, crdOf(world.group));
      while ((await drop(world))?.endsWith(" 0") !== false) await new Promise(setImmediate);
      await world.plugins.remove("eventful");
      while ((await drop(world))?.endsWith(" 1") !== false) await new Promise(setImmediate);
      assert.equal(world.warnings.filter((text) => text.includes("takes no events")).length, 1);
      assert.deepEqual(await eventsOf(world, () => true), []);
    });
  });
}
