import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apiVersionOf, type KubeObject, keyOf } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { type Cause, type ReconcileContext, TerminalError } from "@polykind/plugin";
import { type Cluster, DEPLOYMENTS, until, type Widget } from "./cluster.ts";

const FINALIZER = "tester.polykind.dev/finalizer";
const FOREIGN = "example.com/foreign";

interface Contract {
  readonly name: string;
  readonly open: () => Promise<Cluster>;
  readonly skip?: string | false;
}

/** What a controller must do on any API server, embedded or real. */
export function controllerContract({ name, open, skip = false }: Contract): void {
  describe(`a controller on ${name}`, { skip, concurrency: 4 }, () => {
    const on = (why: string, body: (cluster: Cluster) => Promise<void>): void => {
      test(why, async () => {
        await using cluster = await open();
        await body(cluster);
      });
    };
    runsContract(on);
    finalizerContract(on);
    retiringContract(on);
    ownedContract(on);
    writesContract(on);
    stopContract(on);
  });
}

type On = (why: string, body: (cluster: Cluster) => Promise<void>) => void;

function runsContract(on: On): void {
  on("runs what was there before, what comes, and what changes, and says why", async (cluster) => {
    await cluster.create("before");
    const seen: [string, readonly Cause[]][] = [];
    const controller = await cluster.start({ reconcile: async ({ metadata }, { why }) => void seen.push([metadata.name, why]) });
    await until(() => seen.length === 1);
    const after = await cluster.create("after");
    await until(() => seen.length === 2);
    await cluster.client.patch(cluster.widgets, after.metadata, { type: "merge", body: { spec: { size: 2 } } });
    await until(() => seen.length === 3);
    assert.deepEqual(seen, [
      ["before", [{ type: "start" }]],
      ["after", [{ type: "added" }]],
      ["after", [{ type: "changed" }]],
    ]);
    const { objects, reconciles, errors, queueDepth } = controller.facts;
    assert.deepEqual({ objects, reconciles, errors, queueDepth }, { objects: 2, reconciles: 3, errors: 0, queueDepth: 0 });
  });

  on("comes again after requeueAfterMs, and not once it is stopped", async (cluster) => {
    const seen: Cause["type"][] = [];
    const controller = await cluster.start({
      reconcile: async (_, { why }) => {
        seen.push(...why.map(({ type }) => type));
        return { requeueAfterMs: 5 };
      },
    });
    await cluster.create("a");
    await until(() => seen.length > 3);
    assert.deepEqual(seen.slice(0, 3), ["added", "requeue", "requeue"]);
    await controller.stop("Unbound");
    const stoppedAt = seen.length;
    await pause(30);
    assert.equal(seen.length, stoppedAt);
  });

  on("tries again what throws, with the causes kept, and tells of it", async (cluster) => {
    const seen: Cause["type"][][] = [];
    const controller = await cluster.start({
      reconcile: async (_, { why }) => {
        seen.push(why.map(({ type }) => type).toSorted());
        if (seen.length < 3) throw new Error("not yet");
      },
    });
    const results: string[] = [];
    controller.notices.on("reconciled", ({ result }) => results.push(result));
    await cluster.create("a");
    await until(() => results.length === 3);
    assert.deepEqual(seen, [["added"], ["added", "retry"], ["added", "retry"]]);
    assert.deepEqual(results, ["error", "error", "success"]);
    assert.equal(controller.facts.errors, 2);
    assert.deepEqual(controller.facts.lastError?.message, "not yet");
  });

  on("does not try again what threw a TerminalError, before the object changes", async (cluster) => {
    let runs = 0;
    const controller = await cluster.start({
      reconcile: async () => {
        runs += 1;
        throw new TerminalError("never");
      },
    });
    const { metadata } = await cluster.create("a");
    await until(() => controller.facts.errors === 1);
    assert.equal(controller.facts.delayed, 0);
    await pause(30);
    assert.equal(runs, 1);
    await cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { spec: { size: 2 } } });
    await until(() => runs === 2);
  });

  on("gives a plugin without finalize every object that is gone to forget", async (cluster) => {
    const forgotten: string[] = [];
    const controller = await cluster.start({ reconcile: async () => undefined, forget: (gone) => void forgotten.push(keyOf(gone)) });
    const { metadata } = await cluster.create("a");
    await until(() => controller.facts.reconciles === 1);
    await cluster.client.delete(cluster.widgets, metadata);
    await until(() => forgotten.length > 0);
    assert.deepEqual(forgotten, [keyOf(metadata)]);
  });

  on("ends a run that takes too long by its signal, and tries again", async (cluster) => {
    let runs = 0;
    const controller = await cluster.start({
      plugin: { reconcileTimeoutMs: 20 },
      reconcile: async (_, { signal }) => {
        runs += 1;
        if (runs === 1) await aborted(signal);
      },
    });
    await cluster.create("a");
    await until(() => runs === 2);
    assert.match(controller.facts.lastError?.message ?? "", /20 ms/);
  });
}

function finalizerContract(on: On): void {
  on("has its finalizer on the server before the first reconcile, and the object goes after finalize has returned", async (cluster) => {
    const seen: string[] = [];
    const controller = await cluster.start({
      reconcile: async (widget, { why }) => {
        const live = await cluster.get(widget.metadata.name);
        seen.push(
          `reconcile ${String(live?.metadata.finalizers)} ${why
            .map(({ type }) => type)
            .toSorted()
            .join()}`,
        );
      },
      finalize: async ({ metadata }) => void seen.push(`finalize ${String(metadata.deletionTimestamp !== undefined)}`),
      forget: () => void seen.push("forget"),
    });
    const { metadata } = await cluster.create("a");
    await until(() => seen.length === 1);
    assert.equal(controller.facts.finalizersHeld, 1);
    await cluster.client.delete(cluster.widgets, metadata);
    await until(async () => (await cluster.get("a")) === undefined);
    await until(() => controller.facts.objects === 0);
    await pause(20);
    assert.deepEqual(seen, [`reconcile ${FINALIZER} added,changed`, "finalize true"]);
    assert.equal(controller.facts.finalizersHeld, 0);
  });

  on("leaves the finalizers of others as they are, in their order", async (cluster) => {
    await cluster.create("a", { metadata: { finalizers: [FOREIGN, "example.com/other"] } });
    const controller = await cluster.start({ reconcile: async () => undefined, finalize: async () => undefined });
    await until(() => controller.facts.finalizersHeld === 1);
    assert.deepEqual((await cluster.get("a"))?.metadata.finalizers, [FOREIGN, "example.com/other", FINALIZER]);
    await cluster.client.delete(cluster.widgets, { namespace: cluster.namespace, name: "a" });
    await until(() => controller.facts.finalizersHeld === 0);
    assert.deepEqual((await cluster.get("a"))?.metadata.finalizers, [FOREIGN, "example.com/other"]);
  });

  on("never puts its finalizer on an object that is being deleted", async (cluster) => {
    const { metadata } = await cluster.create("a", { metadata: { finalizers: [FOREIGN] } });
    let runs = 0;
    const count = async (): Promise<undefined> => void (runs += 1);
    const controller = await cluster.start({ reconcile: count, finalize: count });
    await until(() => controller.facts.finalizersHeld === 1);
    await controller.stop("Unbound");
    await cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { metadata: { finalizers: [FOREIGN] } } });
    await cluster.client.delete(cluster.widgets, metadata);
    runs = 0;
    const next = await cluster.start({ reconcile: count, finalize: count });
    await until(() => next.facts.objects === 1 && next.facts.queueDepth === 0);
    await pause(20);
    assert.equal(runs, 0);
    assert.deepEqual((await cluster.get("a"))?.metadata.finalizers, [FOREIGN]);
  });

  on("tries finalize again until it succeeds, and as long as it asks to come again", async (cluster) => {
    let runs = 0;
    const controller = await cluster.start({
      reconcile: async () => undefined,
      finalize: async () => {
        runs += 1;
        if (runs === 1) throw new Error("not yet");
        return runs === 2 ? { requeueAfterMs: 1 } : undefined;
      },
    });
    const { metadata } = await cluster.create("a");
    await until(() => controller.facts.finalizersHeld === 1);
    await cluster.client.delete(cluster.widgets, metadata);
    await until(async () => (await cluster.get("a")) === undefined);
    assert.equal(runs, 3);
  });

  on("does not finalize an object that is deleted while it is reconciled before that run has ended", async (cluster) => {
    const seen: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const controller = await cluster.start({
      reconcile: async () => {
        seen.push("reconcile begins");
        await promise;
        seen.push("reconcile ends");
      },
      finalize: async () => void seen.push("finalize"),
    });
    const { metadata } = await cluster.create("a");
    await until(() => seen.length === 1);
    await cluster.client.delete(cluster.widgets, metadata);
    await until(() => controller.informer.store.get(metadata)?.metadata.deletionTimestamp !== undefined);
    assert.equal(controller.facts.queueDepth, 1);
    resolve();
    await until(async () => (await cluster.get("a")) === undefined);
    assert.deepEqual(seen, ["reconcile begins", "reconcile ends", "finalize"]);
  });

  on("finalizes once, although the object changes meanwhile and the watch is late to tell that it is gone", async (cluster) => {
    let runs = 0;
    const controller = await cluster.start({
      reconcile: async () => undefined,
      finalize: async ({ metadata }) => {
        runs += 1;
        await cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { metadata: { labels: { moved: "yes" } } } });
        await until(() => controller.informer.store.get(metadata)?.metadata.labels?.["moved"]);
        cluster.watchDelayMs = 200;
      },
    });
    const { metadata } = await cluster.create("a");
    await until(() => controller.facts.finalizersHeld === 1);
    await cluster.client.delete(cluster.widgets, metadata);
    await until(() => controller.facts.objects === 0 && controller.facts.queueDepth === 0);
    assert.deepEqual([runs, controller.facts.errors], [1, 0]);
  });

  on("takes it for done when somebody else takes the finalizer off while it finalizes", async (cluster) => {
    const forgotten: unknown[] = [];
    let runs = 0;
    const controller = await cluster.start({
      reconcile: async () => undefined,
      finalize: async ({ metadata }) => {
        runs += 1;
        await cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { metadata: { finalizers: null } } });
        await until(() => controller.facts.objects === 0);
      },
      forget: (gone) => void forgotten.push(gone),
    });
    const { metadata } = await cluster.create("a");
    await until(() => controller.facts.finalizersHeld === 1);
    await cluster.client.delete(cluster.widgets, metadata);
    await until(() => runs === 1 && controller.facts.objects === 0 && controller.facts.inFlight + controller.facts.queueDepth === 0);
    await pause(20);
    assert.deepEqual([runs, forgotten, controller.facts.errors], [1, [], 0]);
  });

  on("takes an object that is created anew under the same name for another", async (cluster) => {
    const seen: string[] = [];
    await cluster.start({
      reconcile: async ({ metadata }) => void seen.push(`reconcile ${metadata.uid}`),
      finalize: async ({ metadata }) => void seen.push(`finalize ${metadata.uid}`),
    });
    const lives: string[] = [];
    for (let life = 0; life < 3; life += 1) {
      const { metadata } = await cluster.create("a");
      lives.push(`reconcile ${metadata.uid}`, `finalize ${metadata.uid}`);
      await until(() => seen.includes(`reconcile ${metadata.uid}`));
      await cluster.client.delete(cluster.widgets, metadata);
      await until(async () => (await cluster.get("a")) === undefined);
    }
    assert.deepEqual(seen, lives);
  });

  on("looks again when another has changed the finalizers meanwhile", async (cluster) => {
    const { metadata } = await cluster.create("a");
    let isFirst = true;
    cluster.intercept = async ({ verb }) => {
      if (verb !== "json" || !isFirst) return;
      isFirst = false;
      await cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { metadata: { finalizers: [FOREIGN] } } });
    };
    const controller = await cluster.start({ reconcile: async () => undefined, finalize: async () => undefined });
    await until(() => controller.facts.finalizersHeld === 1);
    assert.deepEqual((await cluster.get("a"))?.metadata.finalizers, [FOREIGN, FINALIZER]);
    assert.equal(controller.facts.errors, 0);
  });

  on("takes off what an earlier version left behind when the plugin has no finalize", async (cluster) => {
    const { metadata } = await cluster.create("a", { metadata: { finalizers: [FINALIZER] } });
    await cluster.start({ reconcile: async () => undefined });
    await cluster.client.delete(cluster.widgets, metadata);
    await until(async () => (await cluster.get("a")) === undefined);
  });

  on("serves finalizers while the CRD is being deleted, until it is gone", async (cluster) => {
    const finalized: string[] = [];
    let told = 0;
    const controller = await cluster.start({
      reconcile: async () => undefined,
      finalize: async ({ metadata }) => void finalized.push(metadata.name),
      onTerminating: async () => void (told += 1),
    });
    for (const name of ["a", "b"]) await cluster.create(name);
    await until(() => controller.facts.finalizersHeld === 2);
    await cluster.deleteCrd();
    controller.setTerminating();
    controller.setTerminating();
    await until(async () => (await cluster.get("a")) === undefined && (await cluster.get("b")) === undefined);
    assert.deepEqual([finalized.toSorted(), told, controller.facts.isTerminating], [["a", "b"], 1, true]);
    assert.deepEqual(await controller.stop("CRDGone"), { leaked: 0 });
  });
}

function retiringContract(on: On): void {
  on("tells its plugin of another schema, one call at a time, and asks for another set-up only if the plugin says so", async (cluster) => {
    const heard: string[] = [];
    const answers = [1, 2].map(() => Promise.withResolvers<"rebuild" | undefined>());
    const controller = await cluster.start({
      reconcile: async () => undefined,
      onSchemaChange: async ({ parts }, { kind }) => {
        heard.push(`${kind.version} ${parts.join()}`);
        return answers[heard.length - 1]?.promise;
      },
    });
    let outgrown = 0;
    controller.notices.on("outgrown", () => (outgrown += 1));
    controller.changeSchema({ parts: ["schema"] });
    controller.changeSchema({ parts: ["schema", "bodies"] });
    await until(() => heard.length === 1);
    answers[0]?.resolve(undefined);
    await until(() => heard.length === 2);
    assert.deepEqual([heard, outgrown], [["v1 schema", "v1 schema,bodies"], 0]);
    answers[1]?.resolve("rebuild");
    await until(() => outgrown === 1);
  });

  on("goes on with a plugin that fails over another schema, and tells none that has stopped", async (cluster) => {
    let heard = 0;
    const controller = await cluster.start({
      reconcile: async () => undefined,
      onSchemaChange: () => {
        heard += 1;
        return Promise.reject(new Error("no idea"));
      },
    });
    controller.notices.on("outgrown", () => assert.fail("it did not ask for it"));
    controller.changeSchema({ parts: ["schema"] });
    await until(() => heard === 1);
    assert.deepEqual(await controller.stop("Unbound"), { leaked: 0 });
    controller.changeSchema({ parts: ["schema"] });
    await until(() => controller.facts.inFlight === 0);
    assert.equal(heard, 1);
  });

  on("only finalizes while it retires, and tells when no object carries its finalizer any more", async (cluster) => {
    const seen: string[] = [];
    const controller = await cluster.start({
      reconcile: async ({ metadata }) => void seen.push(`reconcile ${metadata.name}`),
      finalize: async ({ metadata }) => void seen.push(`finalize ${metadata.name}`),
    });
    for (const name of ["a", "b"]) await cluster.create(name);
    await until(() => seen.length === 2 && controller.facts.finalizersHeld === 2);
    seen.length = 0;
    let vacated = 0;
    controller.notices.on("vacated", () => (vacated += 1));
    controller.retire();
    await cluster.create("c");
    await cluster.client.patch(
      cluster.widgets,
      { namespace: cluster.namespace, name: "a" },
      { type: "merge", body: { spec: { size: 2 } } },
    );
    await cluster.client.delete(cluster.widgets, { namespace: cluster.namespace, name: "a" });
    await until(async () => (await cluster.get("a")) === undefined);
    await until(() => controller.facts.finalizersHeld === 1 && controller.facts.objects === 2);
    assert.deepEqual([seen, vacated, controller.facts.carriers], [["finalize a"], 0, [`${cluster.namespace}/b`]]);
    assert.deepEqual((await cluster.get("c"))?.metadata.finalizers, undefined);
    await cluster.client.delete(cluster.widgets, { namespace: cluster.namespace, name: "b" });
    await until(() => vacated > 0);
    assert.deepEqual([seen, controller.facts.finalizersHeld], [["finalize a", "finalize b"], 0]);
  });

  on("reconciles every object when its plugin is back, and puts its finalizer on those that have none", async (cluster) => {
    const seen = new Set<string>();
    const controller = await cluster.start(
      { reconcile: async ({ metadata }) => void seen.add(metadata.name), finalize: async () => undefined },
      { isRetiring: true },
    );
    for (const name of ["a", "b"]) await cluster.create(name);
    await until(() => controller.facts.objects === 2 && controller.facts.queueDepth + controller.facts.inFlight === 0);
    assert.deepEqual([seen.size, controller.facts.finalizersHeld], [0, 0]);
    controller.resume();
    await until(() => seen.size === 2 && controller.facts.finalizersHeld === 2);
    assert.equal(controller.facts.isRetiring, false);
  });

  on("waits, while it retires, for a finalizer whose request is under way, and for the event of it", async (cluster) => {
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    cluster.intercept = async ({ verb }) => {
      if (verb !== "json" || (asked += 1) > 1) return;
      await answered;
    };
    let finalized = 0;
    const controller = await cluster.start({ reconcile: async () => undefined, finalize: async () => void (finalized += 1) });
    let vacated = 0;
    controller.notices.on("vacated", () => (vacated += 1));
    const { metadata } = await cluster.create("a");
    await until(() => asked === 1);
    cluster.watchDelayMs = 100;
    controller.retire();
    assert.equal(vacated, 0, "the request has not ended");
    resolve();
    await until(() => controller.facts.finalizersHeld === 1);
    assert.equal(vacated, 0, "the object carries the finalizer");
    await cluster.client.delete(cluster.widgets, metadata);
    await until(() => vacated > 0);
    assert.equal(finalized, 1);
  });

  on("takes its finalizer off all objects when the plugin has no finalize", async (cluster) => {
    await cluster.create("a", { metadata: { finalizers: [FINALIZER, FOREIGN] } });
    const controller = await cluster.start({ reconcile: async () => undefined });
    await until(() => controller.facts.finalizersHeld === 1);
    let vacated = 0;
    controller.notices.on("vacated", () => (vacated += 1));
    controller.retire();
    await until(() => vacated > 0);
    assert.deepEqual((await cluster.get("a"))?.metadata.finalizers, [FOREIGN]);
  });
}

function deploymentOf({ metadata, spec }: Widget): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
} {
  const labels = { app: metadata.name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: metadata.name },
    spec: { replicas: spec?.size ?? 1, selector: { matchLabels: labels }, template },
  };
}

function ownedContract(on: On): void {
  const watches = [{ group: "apps", kind: "Deployment" }];
  const writesOf = ({ requests }: Cluster): readonly string[] =>
    requests.filter(({ verb }) => verb !== "get").map(({ verb, kind }) => `${verb} ${kind}`);

  on(
    "applies what it owns, and puts it right when it is changed or deleted; without a change a reconcile writes nothing",
    async (cluster) => {
      const why: Cause[] = [];
      const controller = await cluster.start({
        plugin: { watches },
        reconcile: async (widget, context) => {
          why.push(...context.why);
          await context.client.apply(deploymentOf(widget), { owner: widget });
        },
      });
      const { metadata } = await cluster.create("a", { spec: { size: 2 } });
      const name = { namespace: cluster.namespace, name: "a" };
      const replicas = async (): Promise<unknown> =>
        (await cluster.client.get<KubeObject & { readonly spec: { readonly replicas: number } }>(DEPLOYMENTS, name).catch(() => undefined))
          ?.spec.replicas;
      await until(async () => (await replicas()) === 2);
      const { metadata: owned } = await cluster.client.get(DEPLOYMENTS, name);
      assert.deepEqual(owned.ownerReferences, [
        {
          apiVersion: apiVersionOf(cluster.widgets),
          kind: "Widget",
          name: "a",
          uid: metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
      await until(() => controller.facts.reconciles >= 2 && controller.facts.queueDepth + controller.facts.inFlight === 0);
      assert.deepEqual(writesOf(cluster), ["apply Deployment"]);

      await cluster.client.patch(DEPLOYMENTS, name, { type: "merge", body: { spec: { replicas: 7 } } });
      await until(async () => (await replicas()) === 2);
      assert.ok(why.some((cause) => cause.type === "related" && cause.kind === "Deployment" && cause.key === keyOf(name)));

      await cluster.client.delete(DEPLOYMENTS, name);
      await until(async () => (await replicas()) === 2);
      assert.deepEqual(writesOf(cluster), ["apply Deployment", "apply Deployment", "apply Deployment"]);
    },
  );

  on("wakes both whom a changed object refers to now and whom it referred to before", async (cluster) => {
    const seen: string[] = [];
    const map = ({
      metadata: { namespace = "", annotations },
    }: KubeObject): readonly { readonly namespace: string; readonly name: string }[] =>
      annotations?.["target"] === undefined ? [] : [{ namespace, name: annotations["target"] }];
    await cluster.start({
      plugin: { watches: [{ group: "apps", kind: "Deployment", map }] },
      reconcile: async ({ metadata }, { why }) => void (why.some(({ type }) => type === "related") && seen.push(metadata.name)),
    });
    for (const name of ["a", "b"]) await cluster.create(name);
    const deployment = await cluster.create("c");
    const target = (name: string): object => ({ metadata: { annotations: { target: name } } });
    const { metadata } = await cluster.client.create(DEPLOYMENTS, {
      ...deploymentOf(deployment),
      metadata: { name: "d", namespace: cluster.namespace, annotations: { target: "a" } },
    });
    await until(() => seen.length === 1);
    await cluster.client.patch(DEPLOYMENTS, metadata, { type: "merge", body: target("b") });
    await until(() => seen.length >= 3);
    assert.deepEqual(seen.toSorted(), ["a", "a", "b"]);
  });

  on("reads its own writes: the next run of the object sees what the last one wrote, however late the watch is", async (cluster) => {
    cluster.watchDelayMs = 100;
    const seen: unknown[] = [];
    await cluster.start({
      plugin: { watches },
      reconcile: async (widget, { client, related }) => {
        seen.push(related({ group: "apps", kind: "Deployment" }).ownedBy(widget.metadata.uid).length);
        await client.apply(deploymentOf(widget), { owner: widget });
        return seen.length < 3 ? { requeueAfterMs: 0 } : undefined;
      },
    });
    await cluster.create("a");
    await until(() => seen.length >= 3);
    assert.deepEqual(seen.slice(0, 3), [0, 1, 1]);
  });
}

function writesContract(on: On): void {
  const reconciled = (cluster: Cluster, body: (widget: Widget, context: ReconcileContext<Widget>) => Promise<void>): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const run = async (widget: Widget, context: ReconcileContext<Widget>): Promise<undefined> => {
      await body(widget, context).then(resolve, reject);
    };
    return cluster.start({ reconcile: run }).then(() => promise);
  };

  on("writes a status at most twice over for one change, whatever time the plugin puts in", async (cluster) => {
    const controller = await cluster.start({
      reconcile: async (widget, { client, now }) => {
        const ready = { type: "Ready", status: "True", reason: "Sized", message: "", lastTransitionTime: new Date(now()).toISOString() };
        await client.patchStatus(widget, { size: widget.spec?.size ?? 0, conditions: [ready] });
      },
    });
    const { metadata } = await cluster.create("a", { spec: { size: 1 } });
    await until(() => controller.facts.reconciles === 2);
    await pause(30);
    assert.equal(controller.facts.reconciles, 2);
    await cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { spec: { size: 2 } } });
    await until(() => controller.facts.reconciles === 4);
    assert.deepEqual([(await cluster.get("a"))?.status?.size, controller.facts.errors], [2, 0]);
    assert.equal(cluster.requests.filter(({ verb }) => verb === "status").length, 2);
  });

  on("writes a status over a change elsewhere in the object, but not over one of the same field", async (cluster) => {
    const { metadata } = await cluster.create("a");
    const foreign = (size: number): Promise<unknown> =>
      cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { status: { size } } }, { subresource: "status" });
    await reconciled(cluster, async (widget, { client }) => {
      await cluster.client.patch(cluster.widgets, metadata, { type: "merge", body: { metadata: { labels: { moved: "yes" } } } });
      assert.equal(await client.patchStatus(widget, { size: 1 }), true);
      assert.equal(await client.patchStatus(widget, { size: 1 }), false);
      assert.equal(await client.patchStatus(widget, { size: 2 }), true);
      await foreign(9);
      await assert.rejects(client.patchStatus(widget, { size: 3 }), { code: "API_CONFLICT" });
    });
    assert.equal((await cluster.get("a"))?.status?.size, 9);
  });

  on("patches and deletes this very object, never another of the same name", async (cluster) => {
    await cluster.create("a");
    const stranger = { uid: "11111111-1111-1111-1111-111111111111" };
    await reconciled(cluster, async (widget, { client, signal }) => {
      const other = { ...widget, metadata: { ...widget.metadata, ...stranger } };
      await assert.rejects(client.patch(other, { spec: { size: 9 } }, { signal }), (cause: PolykindError) =>
        ["API_CONFLICT", "API_INVALID"].includes(cause.code),
      );
      await client.delete(other);
      const patched = await client.patch<Widget>(widget, { spec: { size: 2 } });
      assert.equal(patched.spec?.size, 2);
      await client.delete(widget);
      await client.delete(widget);
      assert.equal(await client.get(widget, widget.metadata), undefined);
    });
  });

  on("names the plugin as field manager of each write", async (cluster) => {
    await cluster.create("a");
    const done = Promise.withResolvers<void>();
    const controller = await cluster.start({
      reconcile: async (widget, { client }) => {
        await client.patch(widget, { spec: { size: 2 } });
        await client.apply({ ...deploymentOf(widget), metadata: { name: "b", namespace: cluster.namespace } });
        await client.patchStatus(widget, { size: 2 }).then(() => done.resolve(), done.reject);
      },
      finalize: async () => undefined,
    });
    await done.promise;
    await controller.stop("Shutdown");
    const writes = cluster.requests.filter(({ verb }) => verb !== "get");
    assert.deepEqual(new Set(writes.map(({ verb }) => verb)), new Set(["json", "merge", "apply", "status"]));
    assert.deepEqual([...new Set(writes.map(({ fieldManager }) => fieldManager))], ["tester"]);
  });

  on("refuses to create objects of a kind whose CRD is being deleted, without a request", async (cluster) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const failures: unknown[] = [];
    const controller = await cluster.start({
      reconcile: async (widget, { client }) => {
        await promise;
        const manifest = { apiVersion: widget.apiVersion, kind: "Widget", metadata: { name: "more", namespace: cluster.namespace } };
        for (const created of [() => client.create(manifest), () => client.apply(manifest)])
          await created().catch((cause: unknown) => failures.push(cause));
      },
    });
    await cluster.create("a");
    await until(() => controller.facts.inFlight === 1);
    controller.setTerminating();
    resolve();
    await until(() => controller.facts.reconciles === 1);
    assert.deepEqual(
      failures.map((failure) => (failure instanceof PolykindError ? failure.code : failure)),
      ["API_FORBIDDEN", "API_FORBIDDEN"],
    );
    assert.deepEqual(cluster.requests, []);
  });

  for (const { code, times } of [
    { code: "API_UNAVAILABLE", times: 3 },
    { code: "API_CONFLICT", times: 3 },
    { code: "API_INVALID", times: 3 },
    { code: "API_UNREACHABLE", times: 3 },
  ] as const) {
    on(`reaches the goal although the server answers writes with ${code} ${times} times`, async (cluster) => {
      let left: number = times;
      cluster.intercept = () => {
        left -= 1;
        if (left >= 0) throw new PolykindError(code, "cannot write: the test says so");
      };
      await cluster.start({
        reconcile: async (widget, { client }) => void (await client.patchStatus(widget, { size: 1 })),
        finalize: async () => undefined,
      });
      const { metadata } = await cluster.create("a");
      await until(async () => (await cluster.get("a"))?.status?.size === 1);
      left = times;
      await cluster.client.delete(cluster.widgets, metadata);
      await until(async () => (await cluster.get("a")) === undefined);
    });
  }
}

function stopContract(on: On): void {
  on("stopped in the middle of runs, sends nothing more, starts no run, and holds nothing", async (cluster) => {
    const failures: unknown[] = [];
    const stops: unknown[] = [];
    let runs = 0;
    const controller = await cluster.start({
      plugin: { workers: 2, watches: [{ group: "apps", kind: "Deployment" }] },
      reconcile: async (widget, { client, signal }) => {
        runs += 1;
        await aborted(signal).catch(() => undefined);
        await client.patch(widget, { spec: { size: 5 } }).catch((cause: PolykindError) => failures.push(cause.code));
      },
      onStop: async (...told) => void stops.push(told),
    });
    for (const name of ["a", "b", "c"]) await cluster.create(name);
    await until(() => controller.facts.inFlight === 2 && controller.facts.objects === 3);
    const stopped = controller.stop("Unbound");
    assert.equal(controller.stop("Shutdown"), stopped);
    assert.deepEqual(await stopped, { leaked: 0 });
    const sent = cluster.requests.length;
    await cluster.create("d");
    await pause(30);
    assert.deepEqual([runs, cluster.requests.length, sent], [2, 0, 0]);
    assert.deepEqual(failures, ["FENCED", "FENCED"]);
    assert.deepEqual(stops, [["Unbound", { remainingObjects: 3 }]]);
    assert.deepEqual([cluster.informers.open().size, cluster.clock.pending], [0, 0]);
    assert.equal(cluster.metrics.size, 0);
    assert.equal(controller.facts.objects, 3);
  });

  on("counts a run that does not end as leaked, and lets nothing of it through later", async (cluster) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const late: unknown[] = [];
    const controller = await cluster.start(
      {
        reconcile: async (widget, { client, objects, related }) => {
          await promise;
          await client.patch(widget, { spec: { size: 5 } }).catch((cause: PolykindError) => late.push(cause.code));
          for (const read of [() => objects.size, () => related({ group: "apps", kind: "Deployment" })]) {
            try {
              read();
            } catch (cause) {
              late.push((cause as PolykindError).code);
            }
          }
        },
      },
      { drainMs: 10, abortMs: 20 },
    );
    await cluster.create("a");
    await until(() => controller.facts.inFlight === 1);
    assert.deepEqual(await controller.stop("Shutdown"), { leaked: 1 });
    assert.equal(cluster.clock.pending, 0);
    resolve();
    await until(() => controller.facts.inFlight === 0);
    assert.deepEqual(late, ["FENCED", "CACHE_RESET", "CACHE_RESET"]);
    assert.deepEqual(cluster.requests, []);
  });

  on("stopped while it backs off leaves no timer and does not come back", async (cluster) => {
    let runs = 0;
    const controller = await cluster.start({
      reconcile: async () => {
        runs += 1;
        throw new Error("never");
      },
    });
    await cluster.create("a");
    await until(() => controller.facts.errors >= 2);
    await controller.stop("Shutdown");
    assert.equal(cluster.clock.pending, 0);
    const before = runs;
    await pause(50);
    assert.equal(runs, before);
  });

  on("starts again under the same name, with its series from zero", async (cluster) => {
    await cluster.create("a");
    for (const round of [1, 2, 3]) {
      const controller = await cluster.start({ reconcile: async () => undefined });
      await until(() => controller.facts.reconciles === 1);
      assert.match(
        await cluster.metrics.text(),
        /reconcile_total\{controller="tester\/Widget\.[^"]*",result="success"\} 1/,
        `round ${round}`,
      );
      assert.deepEqual(await controller.stop("Replaced"), { leaked: 0 });
    }
  });
}

/** Rejects when `signal` aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** Real time, for what must not happen: nothing tells of its absence. */
function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, forMs);
  });
}
