import { crdOf } from "./manifests.ts";
import type { Row } from "./row.ts";
import { isRunning, type Stage } from "./stage.ts";

async function shareKind(stage: Stage): Promise<void> {
  let wrong = 0;
  stage.add({ name: "good", shared: true });
  stage.add({ name: "bad", shared: true, reconcile: () => Promise.reject(new Error(`failure ${(wrong += 1)}`)) });
  stage.add({
    name: "slow",
    shared: true,
    reconcile: (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true })),
  });
  await stage.start();
  await stage.install();
  await stage.untilKind((report) => isRunning(report) && report?.runs.length === 3, "all three to run");
  const by = (plugin: string): number => stage.notebook.told.filter((one) => one.is === "reconcile" && one.plugin === plugin).length;
  for (let made = 0; made < 20; made += 1) await stage.create();
  await stage.until(() => by("good") === 20, "the reconciles of the good one");
  stage.expectEqual(stage.watchesOf("balls"), 1, "watches for three plugins");
  const since = performance.now();
  await stage.plugins.remove("bad");
  await stage.plugins.remove("slow");
  await stage.untilKind((report) => report?.runs.length === 1, "the other two to stop");
  await stage.create("later");
  await stage.until(
    () => stage.notebook.told.some(({ plugin, name }) => plugin === "good" && name === "later"),
    "a reconcile by what is left",
  );
  stage.expectEqual([stage.requestsTo("balls", since).length, stage.watchesOf("balls")], [0, 1], "requests, watches");
  stage.expect(wrong > 0, "the bad one was never called");
  await stage.plugins.remove("good");
  await stage.expectEnded();
}

async function stopInFlight(stage: Stage): Promise<void> {
  const codes: unknown[] = [];
  let inFlight = 0;
  stage.add({
    reconcile: async (object, { signal, client }) => {
      inFlight += 1;
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      codes.push(
        await client.patch(object, { spec: { n: 1 } }).then(
          () => "sent",
          (cause: { code?: unknown }) => cause.code,
        ),
      );
      return undefined;
    },
  });
  await stage.start();
  await stage.install();
  await stage.untilRunning();
  for (const name of ["a", "b"]) await stage.create(name);
  await stage.until(() => inFlight === 2, "the reconciles");
  const from = performance.now();
  await stage.plugins.remove("noting");
  await stage.untilKind((report) => report?.runs.length === 0, "the stop");
  const tookMs = performance.now() - from;
  stage.expect(tookMs < 1_000, `the stop took ${Math.round(tookMs)} ms`);
  stage.expectEqual(codes, ["FENCED", "FENCED"], "writes after the stop");
  stage.expectEqual(stage.requestsTo("balls", from).filter(({ verb }) => verb === "write").length, 0, "writes seen by the server");
  const stuck = Promise.withResolvers<undefined>();
  stage.add({ name: "stuck", reconcile: () => ((inFlight += 1), stuck.promise) });
  await stage.until(() => inFlight === 4, "the reconciles of the plugin that hangs");
  await stage.plugins.remove("stuck");
  await stage.untilKind((report) => report?.runs.length === 0, "the stop of the plugin that hangs");
  stage.leaksExpected = 2;
  stuck.resolve(undefined);
  await stage.expectEnded();
}

async function loseLead(stage: Stage): Promise<void> {
  const gate = { setup: Promise.withResolvers<void>(), stop: Promise.withResolvers<void>() };
  const at = { setup: 0, stop: 0 };
  const codes: unknown[] = [];
  stage.add({
    isFinalizing: true,
    setUp: async () => void ((at.setup += 1) === 1 && (await gate.setup.promise)),
    reconcile: async (object, { client }) =>
      void (await client.patch(object, { spec: { n: 1 } }).catch((cause: { code?: unknown }) => codes.push(cause.code))),
    onStop: async () => void ((at.stop += 1) === 1 && (await gate.stop.promise)),
  });
  await stage.start();
  await stage.install();
  await stage.create("red");
  await stage.until(() => at.setup === 1, "the set-up to begin");
  stage.manager.lead(false);
  gate.setup.resolve();
  await stage.untilKind((report) => report?.state === "Parked" && report.runs.length === 0, "the kind to be parked");
  stage.expectEqual(stage.notebook.count("reconcile"), 0, "reconciles without the lead");
  stage.manager.lead(true);
  await stage.until(() => stage.notebook.count("reconcile") > 0 && isRunning(stage.report()), "a reconcile with the lead");
  const since = performance.now();
  stage.manager.lead(false);
  await stage.until(() => at.stop === 1, "the stop to begin");
  await stage.create("blue");
  stage.manager.lead(true);
  stage.manager.lead(false);
  gate.stop.resolve();
  await stage.untilKind((report) => report?.state === "Parked" && report.runs.length === 0, "the kind to be parked again");
  await stage.sleep(100);
  const writes = stage.requestsTo("balls", since + 5).filter(({ verb }) => verb === "write");
  stage.expectEqual([writes.length, stage.notebook.count("reconcile", "blue")], [0, 0], "writes and reconciles without the lead");
  stage.manager.lead(true);
  await stage.until(() => stage.notebook.count("reconcile", "blue") > 0, "a reconcile when it leads again");
}

const MANY = 500;

async function installMany(stage: Stage): Promise<void> {
  const { front, hand, sandbox } = stage.server;
  stage.add({ manages: { selector: { group: stage.group } } });
  await stage.start();
  const from = performance.now();
  for (let n = 0; n < MANY; n += 1) {
    const manifest = crdOf(stage.group, { kind: `Ball${n}`, plural: `balls${n}` });
    const outcome = await sandbox?.load(manifest);
    stage.expect(outcome?.isAccepted === true, `the CRD ${n} is refused`);
  }
  const installedMs = performance.now() - from;
  const running = (): number => stage.manager.kinds().filter(isRunning).length;
  await stage.until(
    () => running() === MANY,
    () => `all to run: ${running()} do`,
    30_000,
  );
  const tookMs = performance.now() - from;
  const ofGroup = front.requests.filter(({ path }) => path.startsWith(`/apis/${stage.group}/`)).length;
  stage.remarks.push(
    `${MANY} installed in ${Math.round(installedMs)} ms, all running after ${Math.round(tookMs)} ms with ${ofGroup} requests, ${Math.round((ofGroup / tookMs) * 1_000)} a second`,
  );
  stage.expect(ofGroup <= 2 * MANY, `${ofGroup} requests for ${MANY} kinds`);
  // Reconciling begins with the first list; the watches are opened by then, or at once.
  await stage.until(() => front.openWatches() > MANY, "the watches");
  stage.expectEqual(front.openWatches(), MANY + 1, "watches open");
  await hand.list(stage.balls({ kind: "Ball0", plural: "balls0" }));
}

async function listTogether(stage: Stage): Promise<void> {
  const { front, sandbox } = stage.server;
  await stage.start();
  for (let n = 0; n < 100; n += 1) await sandbox?.load(crdOf(stage.group, { kind: `Ball${n}`, plural: `balls${n}` }));
  await stage.until(() => stage.manager.kinds().length === 100, "the CRDs to be seen");
  const clear = front.rule({ when: ({ path }) => path.startsWith(`/apis/${stage.group}/`), fault: { is: "late", byMs: 1_000 } });
  stage.add({ manages: { selector: { group: stage.group } } });
  const asked = (): number => front.requests.filter(({ path }) => path.startsWith(`/apis/${stage.group}/`)).length;
  await stage.until(() => asked() > 0, "the first list");
  await stage.sleep(500);
  stage.remarks.push(`${asked()} first lists at once`);
  // Fifty at first, and one more for each good answer: the list of CRDs was one.
  stage.expect(asked() <= 51, `${asked()} first lists at once, 51 at most`);
  clear();
  await stage.until(() => stage.manager.kinds().every(isRunning), "all to run", 30_000);
}

async function comeAndGo(stage: Stage): Promise<void> {
  stage.add();
  await stage.start();
  for (let life = 0; life < 1_000; life += 1) {
    await stage.install();
    await stage.uninstall();
  }
  await stage.untilNoCrd();
  await stage.install();
  await stage.untilRunning();
  const setups = stage.notebook.count("setup");
  stage.expect(setups <= 20, `${setups} starts in 1,000 lives`);
  stage.remarks.push(`${setups} starts in 1,000 lives, ${stage.requestsTo("balls").length} requests`);
  await stage.uninstall();
  await stage.untilGone();
  await stage.expectEnded();
  stage.expectEqual(await stage.seriesOfKinds(), 0, "metric series of the kind");
}

export const USER_ROWS: readonly Row[] = [
  { id: "E26", what: "three plugins on one kind: one crashes, one hangs, two are unloaded", isReal: true, run: shareKind },
  { id: "E27", what: "reconcile in flight at the stop", isReal: true, speed: 60, run: stopInFlight },
  { id: "E30", what: "many CRDs at once: first lists in turn", isAlone: true, run: listTogether },
  { id: "E32", what: "leadership lost while it starts and while it stops", isReal: true, run: loseLead },
  { id: "D8", what: "created and deleted 1,000 times", speed: 200, isAlone: true, run: comeAndGo },
  { id: "D10", what: "500 CRDs in one apply", isAlone: true, run: installMany },
];
