import type { KindReport } from "@polykind/manager";
import { bringUp, EXPIRED, isCrds, UNAVAILABLE } from "./bring-up.ts";
import type { Row } from "./row.ts";
import type { Stage } from "./stage.ts";

async function endAlone(stage: Stage): Promise<void> {
  await stage.start();
  const { informers } = stage.manager.report();
  stage.add();
  await bringUp(stage);
  const since = performance.now();
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilGone();
  stage.remarks.push(`gone ${Math.round(performance.now() - since)} ms after the request to delete`);
  await stage.expectEnded();
  const confirms = stage.server.front.requests.filter(({ verb, path, at }) => at > since && verb === "get" && isCrds({ path }));
  stage.expect(confirms.length <= 1, `${confirms.length} requests for the CRD`);
  stage.expectEqual(stage.notebook.count("stop", "CRDGone"), 1, "stops because the CRD is gone");
  stage.expect(stage.notebook.count("forget") <= 3, "objects forgotten twice");
  stage.expectEqual(stage.manager.report().informers, informers, "informers");
  stage.expectEqual(await stage.seriesOfKinds(), 0, "metric series of the kind");
}

async function missDelete(stage: Stage): Promise<void> {
  stage.add();
  await bringUp(stage);
  const { front } = stage.server;
  const away = front.rule({ when: isCrds, fault: UNAVAILABLE });
  front.cut("stream");
  await stage.uninstall();
  await stage.untilNoCrd();
  front.rule({ when: (request) => isCrds(request) && request.verb === "watch", times: 1, fault: EXPIRED });
  away();
  await stage.untilGone();
  await stage.expectEnded();
  stage.expectEqual(stage.notebook.count("stop", "CRDGone"), 1, "stops because the CRD is gone");
}

async function stopEarly(stage: Stage): Promise<void> {
  stage.add();
  await stage.install();
  const { front } = stage.server;
  const obstacles: Readonly<Record<string, () => () => void>> = {
    "a first list in flight": () => front.rule({ when: stage.isTo("balls"), fault: { is: "late", byMs: 5_000 } }),
    "a wait before the next try": () => front.rule({ when: stage.isTo("balls"), fault: UNAVAILABLE }),
    "the first list of CRDs in flight": () => front.rule({ when: isCrds, fault: { is: "late", byMs: 5_000 } }),
    "a wait before the next list of CRDs": () => front.rule({ when: isCrds, fault: UNAVAILABLE }),
  };
  for (const [what, obstruct] of Object.entries(obstacles)) {
    const clear = obstruct();
    const since = performance.now();
    const started = stage.start().catch(() => {}); // It is stopped before it can have started.
    await stage.until(
      () => front.requests.some(({ at, path }) => at >= since && (path.includes(stage.group) || what.includes("CRDs"))),
      `a request: ${what}`,
    );
    const from = performance.now();
    await stage.reopen();
    const tookMs = performance.now() - from;
    stage.expect(tookMs < 1_000, `the stop took ${Math.round(tookMs)} ms: ${what}`);
    stage.expect(await stage.holdsWithin(() => front.openWatches() === 0, 1_000), `watches open after the stop: ${what}`);
    const asked = front.requests.length;
    await stage.sleep(100);
    stage.expectEqual(front.requests.length - asked, 0, `requests after the stop: ${what}`);
    clear();
    void started;
  }
  stage.expectEqual(stage.notebook.told.length, 0, "told");
}

async function readLate(stage: Stage): Promise<void> {
  let read = (): number => 0;
  stage.add({ setUp: async ({ objects }) => void (read = () => objects.list().length) });
  await bringUp(stage);
  stage.expectEqual(read(), 3, "objects read");
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilGone();
  const thrown = codeOf(read);
  stage.expectEqual(thrown, "CACHE_RESET", "a read after the stop");
  await stage.expectEnded();
}

function codeOf(body: () => unknown): unknown {
  try {
    return body();
  } catch (cause) {
    return (cause as { code?: unknown }).code; // Whatever it is, it is compared.
  }
}

async function requeue(stage: Stage): Promise<void> {
  stage.add({ reconcile: () => Promise.resolve({ requeueAfterMs: 150 }) });
  await bringUp(stage);
  await stage.until(() => stage.notebook.count("reconcile") >= 6, "a second round of reconciles");
  await stage.uninstall();
  await stage.untilGone();
  const { length } = stage.notebook.told;
  await stage.expectEnded();
  stage.expectEqual(stage.notebook.told.length - length, 0, "told after the end");
}

async function deleteAnywhere(stage: Stage): Promise<void> {
  const { front } = stage.server;
  let inFlight = 0;
  stage.add({
    reconcile: (_, { signal }) => {
      inFlight += 1;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true })); // as it is
    },
  });
  await stage.start();
  const moments: Readonly<Record<string, () => Promise<void>>> = {
    list: async () => {
      const clear = front.rule({ when: stage.isTo("balls"), times: 1, fault: { is: "late", byMs: 3_000 } });
      const since = performance.now();
      await stage.install();
      await stage.until(() => stage.requestsTo("balls", since).length > 0, "the list");
      clear();
    },
    watch: async () => {
      await stage.install();
      await stage.untilRunning();
    },
    reconcile: async () => {
      await stage.install();
      await stage.untilRunning();
      await stage.create();
      await stage.until(() => inFlight > 0, "the reconcile");
    },
  };
  for (const [moment, reach] of Object.entries(moments)) {
    await reach();
    await stage.uninstall();
    await stage.untilNoCrd();
    const from = performance.now();
    await stage.untilGone();
    const tookMs = performance.now() - from;
    stage.expect(tookMs <= 1_000, `stopped ${Math.round(tookMs)} ms after the delete in mid-${moment}`);
    stage.remarks.push(`mid-${moment} ${Math.round(tookMs)} ms`);
    await stage.expectEnded();
  }
}

async function deleteWhileBusy(stage: Stage): Promise<void> {
  const gate = { setup: Promise.withResolvers<void>(), stops: [Promise.withResolvers<void>(), Promise.withResolvers<void>()] };
  const at = { setup: 0, stop: 0 };
  stage.add({
    setUp: async () => void ((at.setup += 1), await gate.setup.promise),
    onStop: async () => void (await gate.stops[(at.stop += 1) - 1]?.promise),
  });
  await stage.start();
  await stage.install();
  await stage.until(() => at.setup === 1, "the set-up to begin");
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilKind(hasNoCrd, "the manager to see the first delete");
  gate.setup.resolve();
  await stage.until(() => at.stop === 1, "what was set up too late to be told of the stop");
  gate.stops[0]?.resolve();
  await stage.untilGone();
  await stage.expectEnded();
  stage.expectEqual(stage.notebook.count("reconcile"), 0, "reconciles of what never came up");
  await stage.install();
  await stage.untilRunning();
  await stage.uninstall();
  await stage.until(() => at.stop === 2, "the stop to begin");
  await stage.untilNoCrd();
  await stage.install();
  await stage.sleep(100);
  stage.expectEqual(at.setup, 2, "set-ups while the old life still stops");
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilKind(hasNoCrd, "the manager to see the last delete");
  gate.stops[1]?.resolve();
  await stage.untilGone();
  await stage.expectEnded();
  stage.expectEqual([at.setup, at.stop], [2, 2], "set-ups and stops");
}

/** The server may have forgotten the CRD before the manager hears of it. */
const hasNoCrd = (report: KindReport | undefined): boolean => report?.incarnation === undefined;

export const END_ROWS: readonly Row[] = [
  { id: "E1", what: "CRD deleted for good", isReal: true, run: endAlone },
  { id: "E21", what: "delete missed, CRD absent from the next list", isReal: true, run: missDelete },
  { id: "E22", what: "stop while a list, a wait or a connect is in flight", isReal: true, run: stopEarly },
  { id: "E25", what: "cached read after the end", isReal: true, run: readLate },
  { id: "E28", what: "timers of a controller that has stopped", isReal: true, run: requeue },
  { id: "D1", what: "deleted in mid-list, mid-watch and mid-reconcile", isReal: true, livesAllowed: 10, run: deleteAnywhere },
  { id: "D12", what: "deleted while the plugin starts or stops", isReal: true, run: deleteWhileBusy },
];
