import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startController } from "@polykind/controller";
import type { PolykindError } from "@polykind/core";
import type { Plugin, Reconciler, StopReason } from "@polykind/plugin";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { composeParts } from "../src/parts.ts";
import { acquireInformers, followKinds } from "../src/start.ts";
import { tearDown } from "../src/stop.ts";
import { openSandboxCluster, until } from "./support/cluster.ts";
import { optionsOf } from "./support/options.ts";

const idle: Reconciler = { reconcile: async () => undefined };
const hang = (): Promise<never> => new Promise(() => {});
const reason = new Error("enough");

/** A setup that begins, and returns what and when the test says. */
function lateSetup(): { readonly setup: Plugin["setup"]; readonly begun: Promise<void>; readonly come: (made: Reconciler) => void } {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: made, resolve: come } = Promise.withResolvers<Reconciler>();
  const setup: Plugin["setup"] = () => {
    begin();
    return made;
  };
  return { setup, begun, come };
}

describe("a setup that outlives its controller", () => {
  test("is told of the stop when it returns, and is counted as left behind", async () => {
    await using cluster = await openSandboxCluster();
    const [clock, abort, { setup, begun, come }] = [new ManualClock(), new AbortController(), lateSetup()];
    const starting = startController(optionsOf(cluster, { setup }, { clock }), abort.signal);
    const failed = assert.rejects(starting, (cause: PolykindError) => {
      assert.deepEqual([cause.code, cause.cause, cause.facts], ["STOPPED", reason, { leaked: 1 }]);
      return true;
    });
    await begun;
    abort.abort(reason);
    await clock.advance(10_000);
    await failed;
    assert.deepEqual([clock.pending, cluster.informers.open().size, cluster.metrics.size], [0, 0, 0]);
    const told: StopReason[] = [];
    come({ ...idle, onStop: async (why) => void told.push(why) });
    await settle();
    assert.deepEqual(told, ["Unbound"]);
  });

  test("is told of the stop, too, when it returns in time, and is not left behind", async () => {
    await using cluster = await openSandboxCluster();
    const [clock, abort, { setup, begun, come }] = [new ManualClock(), new AbortController(), lateSetup()];
    const starting = startController(optionsOf(cluster, { setup }, { clock }), abort.signal);
    await begun;
    abort.abort(reason);
    await settle();
    const told: StopReason[] = [];
    come({ ...idle, onStop: async (why) => void told.push(why) });
    await assert.rejects(starting, reason);
    assert.deepEqual(told, ["Unbound"]);
  });

  test("is logged after ten seconds, fails after a minute, and is told of it when it returns", async () => {
    await using cluster = await openSandboxCluster();
    const [clock, { setup, begun, come }] = [new ManualClock(), lateSetup()];
    const lines: unknown[] = [];
    const log = {
      ...silentLog,
      warn: (_: string, { plugin, forMs }: Readonly<Record<string, unknown>> = {}) => void lines.push([plugin, forMs]),
    };
    const starting = startController(optionsOf(cluster, { setup }, { clock, log }), new AbortController().signal);
    const failed = assert.rejects(starting, { code: "PLUGIN_FAILED", facts: { leaked: 1 } });
    await begun;
    await clock.advance(9999);
    assert.deepEqual(lines, []);
    await clock.advance(1);
    assert.deepEqual(lines, [["tester", 10_000]]);
    await clock.advance(50_000);
    await clock.advance(10_000);
    await failed;
    const told: StopReason[] = [];
    come({ ...idle, onStop: async (why) => void told.push(why) });
    await settle();
    assert.deepEqual(told, ["Quarantine"]);
  });
});

describe("a stop", () => {
  test("takes twenty seconds at most, although runs, onStop and what was deferred hang, and runs what does not", async () => {
    await using cluster = await openSandboxCluster();
    const clock = new ManualClock();
    const ended: string[] = [];
    const setup: Plugin["setup"] = ({ defer }) => {
      defer(() => ended.push("first"));
      defer(hang);
      return { reconcile: hang, onStop: hang };
    };
    const controller = await startController(optionsOf(cluster, { setup }, { clock }), new AbortController().signal);
    await cluster.create("a");
    await until(() => controller.facts.inFlight === 1);
    const stopping = controller.stop("Shutdown");
    await clock.advance(20_000);
    assert.deepEqual(await stopping, { leaked: 3 });
    assert.deepEqual([ended, clock.pending, cluster.informers.open().size, cluster.metrics.size], [["first"], 0, 0, 0]);
  });

  test("takes no more than `abortMs` in all", async () => {
    await using cluster = await openSandboxCluster();
    const clock = new ManualClock();
    const setup: Plugin["setup"] = () => ({ ...idle, onStop: hang });
    const controller = await startController(optionsOf(cluster, { setup }, { clock, abortMs: 500 }), new AbortController().signal);
    const stopping = controller.stop("Shutdown");
    await clock.advance(500);
    assert.deepEqual(await stopping, { leaked: 1 });
  });

  for (const { why, log } of [
    { why: "throws an error whose message is no text", log: silentLog },
    { why: "throws what nobody can tell of", log: { ...silentLog, warn: () => assert.fail("no"), error: () => assert.fail("no") } },
  ]) {
    test(`releases everything and does not reject when onStop ${why}`, async () => {
      await using cluster = await openSandboxCluster();
      const odd = Object.assign(new Error("x", { cause: new Error("inner") }), { message: { code: 7 } });
      const setup: Plugin["setup"] = () => ({ ...idle, onStop: () => Promise.reject(odd) });
      const controller = await startController(optionsOf(cluster, { setup }, { log }), new AbortController().signal);
      assert.deepEqual(await controller.stop("Unbound"), { leaked: 0 });
      assert.deepEqual([cluster.informers.open().size, cluster.metrics.size], [0, 0]);
    });
  }
});

describe("what was applied to objects of the managed kind", () => {
  test("is forgotten with them, although the plugin does not watch the kind besides", async () => {
    await using cluster = await openSandboxCluster();
    const parts = composeParts(optionsOf(cluster, {}));
    const { signal } = new AbortController();
    await acquireInformers(parts, signal);
    await followKinds(parts, signal);
    const widget = await cluster.create("a");
    await until(() => parts.caches.informerOf(cluster.widgets)?.store.size === 1);
    parts.applied.note(cluster.widgets, { apiVersion: widget.apiVersion, kind: widget.kind, metadata: { name: "a" } }, widget);
    await cluster.client.delete(cluster.widgets, widget.metadata);
    await until(() => parts.applied.size === 0);
    await tearDown(parts, undefined, "Unbound");
  });
});
