import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject, ListWatch, ObjectName, Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { type ControllerOptions, startController } from "@polykind/controller";
import { PolykindError, type PolykindErrorCode } from "@polykind/core";
import { type InformerPool, openInformerPool } from "@polykind/informer";
import type { Plugin, Reconciler } from "@polykind/plugin";
import { type Cluster, openSandboxCluster, until } from "./support/cluster.ts";
import { optionsOf } from "./support/options.ts";

const idle = { reconcile: async () => undefined };

/** Asserts that nothing of a failed start is left. */
function assertReleased(cluster: Cluster, informers: InformerPool = cluster.informers): void {
  assert.deepEqual([informers.open().size, cluster.metrics.size], [0, 0]);
}

/** Informers whose lists fail as `fail` says, or never end. */
function brokenInformers(fail?: () => never): { readonly informers: InformerPool; readonly lists: () => number } {
  let lists = 0;
  const source: ListWatch = {
    list: async ({ signal }) => {
      lists += 1;
      fail?.();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    },
    async *watch(call) {
      yield [await source.list(call)];
    },
  };
  return { informers: openInformerPool({ open: () => source }), lists: () => lists };
}

const failing = (code: PolykindErrorCode) => (): never => {
  throw new PolykindError(code, "cannot list: the test says so");
};

describe("a start that fails", () => {
  for (const { why, setup } of [
    { why: "setup throws", setup: () => assert.fail("broken") },
    { why: "setup rejects", setup: () => Promise.reject(new Error("broken")) },
    { why: "setup makes nothing", setup: (): never => undefined as never },
    { why: "setup makes no reconcile", setup: (): never => ({ finalize: () => undefined }) as never },
  ]) {
    test(`is PLUGIN_FAILED when ${why}, with all of it released`, async () => {
      await using cluster = await openSandboxCluster();
      await assert.rejects(startController(optionsOf(cluster, { setup }), new AbortController().signal), { code: "PLUGIN_FAILED" });
      assertReleased(cluster);
    });
  }

  for (const hook of ["finalize", "forget", "onTerminating", "onSchemaChange", "onStop"]) {
    test(`is PLUGIN_FAILED when the ${hook} of a reconciler is no function, and names plugin and hook`, async () => {
      await using cluster = await openSandboxCluster();
      const setup = (): never => ({ ...idle, [hook]: 5 }) as never;
      await assert.rejects(startController(optionsOf(cluster, { setup }), new AbortController().signal), (cause: PolykindError) => {
        assert.equal(cause.code, "PLUGIN_FAILED");
        assert.match(cause.message, new RegExp(`tester .*\`${hook}\``));
        return true;
      });
      assertReleased(cluster);
    });
  }

  for (const workers of [1001, 1_000_000, 0, 1.5, Number.NaN]) {
    test(`is PLUGIN_FAILED when \`workers\` is ${workers}, before setup is called`, async () => {
      await using cluster = await openSandboxCluster();
      const setup = (): never => assert.fail("it must not be called");
      await assert.rejects(
        startController(optionsOf(cluster, { setup, workers }), new AbortController().signal),
        (cause: PolykindError) => {
          assert.equal(cause.code, "PLUGIN_FAILED");
          assert.match(cause.message, /`workers`.* 1000/);
          return true;
        },
      );
      assertReleased(cluster);
    });
  }

  test("tells what setup made of it when a hook of that is no function", async () => {
    await using cluster = await openSandboxCluster();
    const told: string[] = [];
    const setup = (): Reconciler => ({ ...idle, forget: 5 as never, onStop: async (reason) => void told.push(reason) });
    await assert.rejects(startController(optionsOf(cluster, { setup }), new AbortController().signal));
    assert.deepEqual(told, ["Quarantine"]);
  });

  test("runs what setup had deferred, last first", async () => {
    await using cluster = await openSandboxCluster();
    const ended: string[] = [];
    const setup: Plugin["setup"] = ({ defer }) => {
      defer(() => ended.push("first"));
      defer(() => ended.push("last"));
      throw new Error("broken");
    };
    await assert.rejects(startController(optionsOf(cluster, { setup }), new AbortController().signal));
    assert.deepEqual(ended, ["last", "first"]);
  });

  test("is KIND_NOT_SERVED when a watched kind is not there, and gives back what it had", async () => {
    await using cluster = await openSandboxCluster();
    const watches = [{ group: "nowhere.example.com", kind: "Nothing" }];
    await assert.rejects(startController(optionsOf(cluster, { watches }), new AbortController().signal), { code: "KIND_NOT_SERVED" });
    assertReleased(cluster);
  });

  for (const code of ["API_FORBIDDEN", "API_UNAUTHORIZED"] as const) {
    test(`is told at once when the first list is refused with ${code}, which does not heal by itself`, async () => {
      await using cluster = await openSandboxCluster();
      const { informers, lists } = brokenInformers(failing(code));
      await assert.rejects(startController(optionsOf(cluster, {}, { informers }), new AbortController().signal), { code });
      assert.equal(lists(), 1);
      assertReleased(cluster, informers);
    });
  }

  test("is told with the server's error when first lists go on failing for too long", async () => {
    await using cluster = await openSandboxCluster();
    const { informers, lists } = brokenInformers(failing("API_UNAVAILABLE"));
    await assert.rejects(startController(optionsOf(cluster, {}, { informers, syncMs: 500 }), new AbortController().signal), {
      code: "API_UNAVAILABLE",
    });
    assert.ok(lists() > 1, "one failure is no reason to give up");
    assertReleased(cluster, informers);
  });
});

describe("a start that is aborted", () => {
  const reason = new Error("enough");

  test("before it began opens nothing", async () => {
    await using cluster = await openSandboxCluster();
    const { informers, lists } = brokenInformers();
    await assert.rejects(startController(optionsOf(cluster, {}, { informers }), AbortSignal.abort(reason)), reason);
    assert.equal(lists(), 0);
  });

  test("during its first list rejects with the reason, and no list, timer or series is left", async () => {
    await using cluster = await openSandboxCluster();
    const { informers, lists } = brokenInformers();
    const abort = new AbortController();
    const starting = startController(optionsOf(cluster, {}, { informers }), abort.signal);
    await until(() => lists() > 0);
    abort.abort(reason);
    await assert.rejects(starting, reason);
    assertReleased(cluster, informers);
  });

  test("during its setup tells the plugin by its signal, and rejects with the reason", async () => {
    await using cluster = await openSandboxCluster();
    const abort = new AbortController();
    const begun = Promise.withResolvers<void>();
    let told = false;
    const setup: Plugin["setup"] = async ({ signal }) => {
      begun.resolve();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      told = true;
      return idle;
    };
    const starting = startController(optionsOf(cluster, { setup }), abort.signal);
    await begun.promise;
    abort.abort(reason);
    await assert.rejects(starting, reason);
    assert.equal(told, true);
    assertReleased(cluster);
  });

  test("while it looks for a watched kind gives back what it had", async () => {
    await using cluster = await openSandboxCluster();
    const abort = new AbortController();
    const related: NonNullable<ControllerOptions["related"]> = async () => {
      abort.abort(reason);
      return { resource: cluster.widgets };
    };
    const options = optionsOf(cluster, { watches: [{ group: "apps", kind: "Deployment" }] }, { related });
    await assert.rejects(startController({ ...options, resource: { ...cluster.widgets, kind: "Other" } }, abort.signal), reason);
    assertReleased(cluster);
  });
});

describe("what a plugin has at hand", () => {
  test("in setup: the kind, its incarnation, readers, a client, metrics that end with it, and a note for people", async () => {
    await using cluster = await openSandboxCluster();
    const widget = await cluster.create("a");
    const seen: unknown[] = [];
    const controller = await startController(
      optionsOf(cluster, {
        setup: async ({ kind, incarnation, client, metrics, note }) => {
          seen.push(kind, incarnation, (await client.get(widget, widget.metadata))?.metadata.uid);
          metrics.set("size", 3, { of: "it" });
          note("all is well");
          return idle;
        },
      }),
      new AbortController().signal,
    );
    assert.deepEqual(seen, [cluster.widgets, cluster.incarnation, widget.metadata.uid]);
    assert.equal(controller.facts.note, "all is well");
    assert.match(
      await cluster.metrics.text(),
      new RegExp(`polykind_plugin_tester_size{group="${cluster.widgets.group}",kind="Widget",of="it"} 3`),
    );
    await controller.stop("Shutdown");
    assertReleased(cluster);
  });

  test("nothing to read after the stop, although others still hold the informer", async () => {
    await using cluster = await openSandboxCluster();
    await using lease = await cluster.informers.acquire({ resource: cluster.widgets, incarnation: cluster.incarnation });
    const readers: (() => number)[] = [];
    const setup: Plugin["setup"] = ({ objects }) => {
      readers.push(() => objects.size);
      return idle;
    };
    const controller = await startController(optionsOf(cluster, { setup }), new AbortController().signal);
    assert.deepEqual(
      readers.map((read) => read()),
      [0],
    );
    await controller.stop("Unbound");
    assert.throws(() => readers.map((read) => read()), { code: "CACHE_RESET" });
    assert.equal(lease.informer.store.size, 0);
  });

  test("of a kind that it did not declare: an error that says what to do", async () => {
    await using cluster = await openSandboxCluster();
    const controller = await cluster.start({
      reconcile: async (_, { related }) => void related({ group: "apps", kind: "Deployment" }).size,
    });
    await cluster.create("a");
    await until(() => controller.facts.errors > 0);
    assert.match(controller.facts.lastError?.message ?? "", /`watches`/);
  });

  test("nothing that lets it write while this process does not lead", async () => {
    await using cluster = await openSandboxCluster();
    let leads = false;
    const controller = await cluster.start(
      { reconcile: async (widget, { client }) => void (await client.patchStatus(widget, { size: 1 })) },
      { canWrite: () => leads },
    );
    await cluster.create("a");
    await until(() => controller.facts.errors > 0);
    assert.deepEqual(cluster.requests, []);
    leads = true;
    await until(async () => (await cluster.get("a"))?.status?.size === 1);
  });
});

describe("a controller of a plugin in plain JavaScript", () => {
  test("takes hooks that are null for none: no finalizer is put on, and a change of the CRD calls nothing", async () => {
    await using cluster = await openSandboxCluster();
    const none = null as unknown as undefined; // As plain JavaScript lets it be.
    const setup = (): Reconciler =>
      ({ ...idle, finalize: none, forget: none, onTerminating: none, onSchemaChange: none, onStop: none }) as unknown as Reconciler;
    const controller = await startController(optionsOf(cluster, { setup }), new AbortController().signal);
    await cluster.create("a");
    await until(() => controller.facts.reconciles === 1);
    assert.equal((await cluster.get("a"))?.metadata.finalizers, undefined);
    controller.changeSchema({ parts: ["schema"] });
    controller.setTerminating();
    assert.deepEqual(await controller.stop("CRDGone"), { leaked: 0 });
  });

  test("tries again, later each time, and tells why, when a webhook takes its finalizer off", async () => {
    await using cluster = await openSandboxCluster();
    const strip = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, finalizers: [] } });
    const patch: Client["patch"] = async <T extends KubeObject>(resource: Resource, name: ObjectName) =>
      strip(await cluster.client.get(resource, name)) as T;
    let runs = 0;
    const setup = (): Reconciler => ({ reconcile: async () => void (runs += 1), finalize: async () => undefined });
    const client = Object.assign(Object.create(cluster.client) as Client, { patch });
    const controller = await startController(optionsOf(cluster, { setup }, { client }), new AbortController().signal);
    await cluster.create("a");
    await until(() => controller.facts.errors >= 2);
    assert.match(controller.facts.lastError?.message ?? "", /webhook/);
    assert.deepEqual([runs, controller.facts.finalizersHeld, controller.facts.delayed], [0, 0, 1]);
    await controller.stop("Unbound");
  });
});
