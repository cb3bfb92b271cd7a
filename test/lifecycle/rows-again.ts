import { bringUp, isCrds } from "./bring-up.ts";
import type { CrdWishes } from "./manifests.ts";
import type { Row } from "./row.ts";
import { isRunning, type Stage } from "./stage.ts";

/** The watch of CRDs tells of a delete and a create as of one update. */
async function coalesce(stage: Stage): Promise<void> {
  stage.rewriteCrds((event) => {
    if (event.type === "DELETED") return [];
    return [event.type === "ADDED" ? { ...event, type: "MODIFIED" } : event];
  });
}

async function replaceCoalesced(stage: Stage): Promise<void> {
  stage.add();
  await bringUp(stage);
  const before = stage.report();
  await coalesce(stage);
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.install();
  await stage.untilKind((report) => isRunning(report) && report?.incarnation !== before?.incarnation, "the new life to run");
  const { uid } = (await stage.create("fresh")).metadata;
  await stage.until(() => stage.notebook.told.some((one) => one.is === "reconcile" && one.uid === uid), "the reconcile of a new object");
  const reasons = stage.notebook.told.filter(({ is }) => is === "stop").map(({ name }) => name);
  // Informers tell of the old object's end before they tell of the new one, so the end may come first.
  stage.expect(["CRDGone", "Replaced"].includes(reasons.join()), `stops: ${reasons.join()} instead of one for its end`);
  stage.remarks.push(`the old life was stopped as ${reasons.join()}`);
  stage.expectEqual(stage.report()?.objects, 1, "objects of the new life");
  stage.expectEqual(stage.watchesOf("balls"), 1, "watches open");
  const [old, fresh] = [before?.incarnation, stage.report()?.incarnation];
  const stoppedAt = stage.notebook.told.find(({ is }) => is === "stop")?.at ?? 0;
  stage.expect(
    stage.notebook.told.every(({ incarnation, at }) => incarnation !== old || at <= stoppedAt),
    "the old life was told after its stop",
  );
  stage.expect(
    stage.notebook.told.every(({ incarnation, at }) => incarnation !== fresh || at >= stoppedAt),
    "the new life began before the stop",
  );
}

async function recreateScoped(stage: Stage): Promise<void> {
  const seen: string[] = [];
  stage.add({
    setUp: async ({ kind }) => void seen.push(kind.resourceScope),
    reconcile: async (object, { client }) => {
      await client.patch(object, { metadata: { annotations: { seen: "yes" } } });
      return undefined;
    },
  });
  await bringUp(stage, { objects: 1 });
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilGone();
  const since = performance.now();
  await stage.install({ scope: "Cluster" });
  await stage.untilKind((report) => isRunning(report) && report?.resourceScope === "Cluster", "the kind to run with the other scope");
  await stage.create("wide", stage.balls({ scope: "Cluster" }));
  const isWrite = ({ verb }: { readonly verb: string }): boolean => verb === "write";
  await stage.until(() => stage.requestsTo("balls", since).some(isWrite), "a write to the object");
  stage.expectEqual(
    [
      ...new Set(
        stage
          .requestsTo("balls", since)
          .filter(isWrite)
          .map(({ path }) => path),
      ),
    ],
    [`/apis/${stage.group}/v1/balls/wide`],
    "paths written to",
  );
  stage.expectEqual(seen, ["Namespaced", "Cluster"], "scopes that the plugin was told");
  await stage.plugins.remove("noting");
  stage.add({ name: "narrow", manages: { group: stage.group, kind: "Ball", resourceScope: "Namespaced" } });
  const parked = await stage.untilKind((report) => report?.state === "Parked", "the kind to be parked");
  stage.expectEqual([parked?.reason, parked?.runs.length], ["Incompatible", 0], "with a plugin for the other scope only");
  await stage.expectEnded();
}

async function recreateKind(stage: Stage): Promise<void> {
  const other = { kind: "Sphere", plural: "balls" };
  stage.add();
  stage.add({ name: "spherical", manages: { group: stage.group, kind: "Sphere" } });
  await bringUp(stage, { objects: 1 });
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.install(other);
  await stage.untilRunning("Sphere");
  await stage.create("round", stage.balls(other));
  await stage.until(
    () => stage.notebook.told.some(({ is, plugin }) => is === "reconcile" && plugin === "spherical"),
    "a reconcile of the new kind",
  );
  stage.expectEqual([stage.report()?.state, stage.report()?.runs], ["Absent", []], "the old kind");
  stage.expectEqual(stage.notebook.count("stop"), 1, "stops");
  stage.expectEqual(stage.watchesOf("balls"), 1, "watches open");
}

async function startTwice(stage: Stage): Promise<void> {
  let stopping = 0;
  const slow = { onStop: async (): Promise<void> => void ((stopping += 1), await stage.sleep(300)) };
  stage.add(slow);
  await Promise.all([stage.start(), stage.start()]);
  await bringUp(stage, { objects: 1 });
  await stage.sleep(100);
  stage.expectEqual([stage.notebook.count("setup"), stage.notebook.count("reconcile")], [1, 1], "set-ups and reconciles after two starts");
  const crdWatches = (): number =>
    [...(stage.server.sandbox?.openWatches() ?? [])].reduce((sum, [path, open]) => sum + (isCrds({ path }) ? open : 0), 0);
  if (!stage.isReal) stage.expectEqual(crdWatches(), 1, "watches of CRDs");
  const removed = stage.plugins.remove("noting");
  await stage.until(() => stopping === 1, "the stop to begin");
  await removed;
  stage.add(slow);
  stage.expectEqual(stage.notebook.count("setup"), 1, "set-ups before the stop has ended");
  await stage.until(() => stage.notebook.count("reconcile") === 2, "a reconcile after the restart");
  stage.expectEqual([stage.notebook.count("setup"), stage.notebook.count("stop")], [2, 1], "set-ups and stops");
  // Reconciling begins with the first list; the watch is opened by then, or at once.
  await stage.until(() => stage.watchesOf("balls") > 0, "the watch");
  stage.expectEqual(stage.watchesOf("balls"), 1, "watches open");
}

async function answerLate(stage: Stage): Promise<void> {
  const { front } = stage.server;
  await stage.start();
  await stage.install();
  front.rule({ when: stage.isTo("balls"), times: 1, fault: { is: "late", byMs: 1_500 } });
  stage.add();
  await stage.until(() => stage.requestsTo("balls").length > 0, "the first list to be asked for");
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.install();
  const incarnation = (await stage.untilRunning())?.incarnation;
  const { epoch } = stage.report() ?? {};
  await stage.create("fresh");
  await stage.until(() => stage.notebook.count("reconcile", "fresh") === 1, "the reconcile of a new object");
  await stage.sleep(1_500);
  stage.expectEqual(
    [stage.report()?.state, stage.report()?.epoch, stage.report()?.incarnation],
    ["Running", epoch, incarnation],
    "after the late answer",
  );
  stage.expectEqual([stage.notebook.count("stop"), stage.notebook.count("reconcile")], [0, 1], "stops and reconciles");
  stage.expectEqual(stage.watchesOf("balls"), 1, "watches open");
}

async function reuseNames(stage: Stage): Promise<void> {
  const sizes: number[] = [];
  stage.add({
    setUp: async ({ metrics }) => metrics.set("balls", 1),
    reconcile: async (object, { metrics }) => {
      metrics.set("size", 1, { ball: object.metadata.name });
      return undefined;
    },
  });
  for (let life = 0; life < 5; life += 1) {
    await bringUp(stage, { objects: 2 });
    sizes.push(await stage.seriesOfKinds());
    await stage.uninstall();
    await stage.untilNoCrd();
    await stage.untilGone();
  }
  stage.expect(new Set(sizes).size === 1, `metric series grew with lives: ${sizes.join()}`);
  stage.remarks.push(`${sizes[0]} series in each of 5 lives`);
  stage.expect((sizes[0] ?? 0) > 0, "there are no series");
  stage.expectEqual(await stage.seriesOfKinds(), 0, "series after the end");
  await stage.expectEnded();
}

async function flap(stage: Stage): Promise<void> {
  stage.add();
  for (let life = 0; life < 3; life += 1) {
    await bringUp(stage, { objects: 0 });
    await stage.uninstall();
    await stage.untilNoCrd();
    await stage.untilGone();
  }
  const since = performance.now();
  await stage.install();
  const held = await stage.untilKind((report) => report?.state === "Settling", "the fourth life to be held");
  stage.expectEqual([held?.reason, held?.runs.length], ["Flapping", 0], "the fourth life");
  stage.expectEqual(stage.requestsTo("balls", since).length, 0, "requests while it is held");
  await stage.untilRunning();
  stage.remarks.push(`held for ${Math.round(performance.now() - since)} ms`);
}

async function recreateAll(stage: Stage): Promise<void> {
  const lives: readonly CrdWishes[] = [
    {},
    { scope: "Cluster" },
    { scope: "Cluster", versions: ["v2", "v1"] },
    { kind: "Sphere", versions: ["v2"] },
    { description: "Another schema.", versions: ["v1"] },
  ];
  stage.add({ manages: { selector: { group: stage.group } } });
  await stage.start();
  for (const [at, wishes] of lives.entries()) {
    await bringUp(stage, { objects: 1, wishes });
    if (at < lives.length - 1) await stage.uninstall();
    await stage.untilKind(
      (report) => at === lives.length - 1 || report === undefined || report.state === "Absent",
      "the end of a life",
      wishes.kind ?? "Ball",
    );
  }
  const { told } = stage.notebook;
  const order = told.filter(({ is }) => is === "setup" || is === "stop").map(({ is }) => is);
  stage.expectEqual(
    order,
    lives.flatMap((_, at) => (at < lives.length - 1 ? ["setup", "stop"] : ["setup"])),
    "order of starts and stops",
  );
  stage.expectEqual(new Set(told.map(({ incarnation }) => incarnation)).size, lives.length, "lives");
  stage.expectEqual(stage.watchesOf("balls"), 1, "watches open");
}

export const AGAIN_ROWS: readonly Row[] = [
  { id: "E2", what: "delete and create told as one update", isReal: true, run: replaceCoalesced },
  { id: "E3", what: "created again with the other scope", isReal: true, run: recreateScoped },
  { id: "E4", what: "created again with another kind of the same plural", isReal: true, run: recreateKind },
  { id: "E23", what: "started twice; started again before the stop has ended", isReal: true, run: startTwice },
  { id: "E24", what: "late answer of the old life", isReal: true, run: answerLate },
  { id: "E29", what: "names and series used again", isReal: true, run: reuseNames },
  { id: "E31", what: "CRD flaps", isReal: true, run: flap },
  {
    id: "D3",
    what: "created again with another scope, other versions, another kind, another schema",
    isReal: true,
    livesAllowed: 10,
    run: recreateAll,
  },
  { id: "D4", what: "delete and create coalesced into one MODIFIED", isReal: true, run: replaceCoalesced },
];
