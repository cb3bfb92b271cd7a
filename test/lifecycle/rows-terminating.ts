import type { KindReport } from "@polykind/manager";
import { bringUp } from "./bring-up.ts";
import type { Row } from "./row.ts";
import type { Stage } from "./stage.ts";

const FOREIGN = "else.example.com/hold";

async function finalizeTerminating(stage: Stage): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const refused: unknown[] = [];
  stage.add({
    finalize: async ({ apiVersion, metadata }, { client }) => {
      const made = client.create({ apiVersion, kind: "Ball", metadata: { name: `${metadata.name}-again`, namespace: "default" } });
      refused.push(await made.then(() => "created").catch((cause: { code?: unknown }) => cause.code));
      await gate.promise;
      return undefined;
    },
  });
  await bringUp(stage);
  const since = performance.now();
  await stage.uninstall();
  await stage.until(() => refused.length === 3, "all finalizes to begin");
  const draining = stage.report();
  stage.expectEqual([draining?.state, draining?.runs[0]?.phase], ["Draining", "running"], "while finalizers are held");
  stage.expectEqual(stage.notebook.count("stop"), 0, "stops before the CRD is gone");
  const posts = stage.requestsTo("balls", since).filter(({ method }) => method === "POST");
  stage.expectEqual([posts.length, refused.filter((code) => code === "created").length], [0, 0], "creates sent, creates that succeeded");
  gate.resolve();
  await stage.untilNoCrd();
  await stage.untilGone();
  stage.expectEqual([stage.notebook.count("finalize"), stage.notebook.count("stop", "CRDGone")], [3, 1], "finalizes and stops");
  stage.expectEqual(stage.notebook.count("terminating"), 1, "how often the plugin was told of the end");
  stage.remarks.push(`creates refused as ${String(refused[0])}`);
  await stage.expectEnded();
}

async function holdTerminating(stage: Stage): Promise<void> {
  stage.add();
  await stage.start();
  await stage.install();
  await stage.untilRunning();
  for (const name of ["red", "blue"]) await stage.create(name, stage.balls(), { finalizers: [FOREIGN] });
  await stage.until(() => stage.notebook.count("reconcile") >= 2, "the reconciles");
  await stage.uninstall();
  const blocked = await stage.untilKind((report) => report?.reason === "TerminationBlocked", "the blockade to be told");
  stage.expectEqual([blocked?.state, blocked?.runs[0]?.phase], ["Draining", "running"], "while it is blocked");
  stage.expect(blocked?.message?.includes(`${FOREIGN} (2)`) === true, `the message does not say who holds how many: ${blocked?.message}`);
  const writes = stage.requestsTo("balls").filter(({ verb }) => verb === "write");
  stage.expectEqual(writes.length, 0, "writes to objects of others");
  for (const name of ["red", "blue"]) {
    const at = { namespace: "default", name };
    await stage.server.hand.patch(stage.balls(), at, { type: "merge", body: { metadata: { finalizers: null } } });
  }
  await stage.untilNoCrd();
  await stage.untilGone();
  await stage.expectEnded();
}

/** Whether the kind is told to wait for so many objects that carry the finalizer of a plugin that is gone. */
const isLeft =
  (objects: number) =>
  (report: KindReport | undefined): boolean =>
    report?.reason === "FinalizersLeft" && report.runs.some(({ retiring }) => retiring?.objects === objects);

async function removeFinalizing(stage: Stage): Promise<void> {
  stage.add({ isFinalizing: true });
  await bringUp(stage);
  const at = (name: string): { readonly namespace: string; readonly name: string } => ({ namespace: "default", name });
  await stage.plugins.remove("noting");
  const left = await stage.untilKind(isLeft(3), "the objects to be counted");
  stage.expectEqual([left?.state, left?.runs[0]?.phase], ["Draining", "running"], "while objects carry the finalizer");
  stage.expect(left?.message?.includes("put the plugin back") === true, `the message does not say what to do: ${left?.message}`);
  stage.remarks.push(`told: ${left?.message}`);
  const reconciled = stage.notebook.count("reconcile");
  await stage.server.hand.patch(stage.balls(), at("o1"), { type: "merge", body: { spec: { size: 2 } } });
  await stage.create("late");
  await stage.server.hand.delete(stage.balls(), at("o1"));
  await stage.untilKind(isLeft(2), "the first to be finalized");
  stage.expectEqual(
    [stage.notebook.count("finalize"), stage.notebook.count("reconcile") - reconciled, stage.notebook.count("stop")],
    [1, 0, 0],
    "finalizes, reconciles and stops while it only finalizes",
  );
  const { metadata } = await stage.server.hand.get(stage.balls(), at("late"));
  stage.expectEqual(metadata.finalizers ?? [], [], "finalizers on what came later");
  for (const name of ["o2", "o3"]) await stage.server.hand.delete(stage.balls(), at(name));
  await stage.untilKind((report) => report?.state === "Dormant", "the plugin to be let go of");
  stage.expectEqual([stage.notebook.count("finalize"), stage.notebook.count("stop", "Unbound")], [3, 1], "finalizes and stops");
  await stage.expectEnded();
}

/** The same plugin comes back, and then goes for good with the CRD. */
async function putBackFinalizing(stage: Stage): Promise<void> {
  stage.add({ isFinalizing: true });
  await bringUp(stage);
  await stage.plugins.remove("noting");
  await stage.untilKind(isLeft(3), "the objects to be counted");
  await stage.create("late");
  stage.add({ isFinalizing: true });
  await stage.until(() => stage.notebook.count("reconcile", "late") > 0, "the plugin to go on");
  stage.expectEqual([stage.report()?.state, stage.report()?.reason ?? ""], ["Running", ""], "once it is back");
  await stage.plugins.remove("noting");
  await stage.untilKind(isLeft(4), "the objects to be counted again");
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilGone();
  stage.expectEqual([stage.notebook.count("finalize"), stage.notebook.count("stop")], [4, 2], "finalizes and stops, before and after");
  await stage.expectEnded();
}

async function forceFinalizing(stage: Stage): Promise<void> {
  stage.add({ isFinalizing: true });
  await bringUp(stage);
  await stage.plugins.remove("noting");
  await stage.untilKind(isLeft(3), "the objects to be counted");
  stage.expectEqual(stage.manager.letGo("noting"), [{ crd: `balls.${stage.group}`, objects: 3 }], "what it leaves behind");
  await stage.untilKind((report) => report?.state === "Dormant", "the plugin to be let go of");
  await stage.expectEnded();
  // Put back, it undoes what it did after all.
  stage.add({ isFinalizing: true });
  await stage.untilRunning();
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilGone();
  stage.expectEqual(stage.notebook.count("finalize"), 3, "finalizes");
}

export const TERMINATING_ROWS: readonly Row[] = [
  { id: "E8", what: "CRD Terminating, objects hold our finalizer", isReal: true, run: finalizeTerminating },
  { id: "E9", what: "CRD Terminating, objects hold somebody else's finalizer", isReal: true, speed: 60, run: holdTerminating },
  { id: "E10", what: "plugin removed while objects hold its finalizer", isReal: true, run: removeFinalizing },
  {
    id: "D13",
    what: "plugin removed and put back, then removed and its CRD deleted, while objects hold its finalizer",
    isReal: true,
    run: putBackFinalizing,
  },
  { id: "D14", what: "removed plugin let go of by force while objects hold its finalizer", isReal: true, run: forceFinalizing },
  { id: "D2", what: "deleted while objects have our finalizer", isReal: true, run: finalizeTerminating },
];
