import type { KindReport } from "@polykind/manager";
import { bringUp } from "./bring-up.ts";
import type { Row } from "./row.ts";
import { isRunning, type Stage } from "./stage.ts";

const DISABLED = "polykind.dev/disabled";

const isNotSelected = (report: KindReport | undefined): boolean => report?.state === "Pending" && report.reason === "NotSelected";
const isDisabled = (report: KindReport | undefined): boolean =>
  report?.state === "Parked" && report.reason === "Disabled" && report.runs.length === 0;

function label(stage: Stage, share: string | null): Promise<unknown> {
  return stage.editCrd({ metadata: { labels: { share } } });
}

function annotate(stage: Stage, word: string | null): Promise<unknown> {
  return stage.editCrd({ metadata: { annotations: { [DISABLED]: word } } });
}

/** The kind is left alone: nothing runs, nothing is watched, and nothing was written since. */
async function expectAlone(stage: Stage, since: number): Promise<void> {
  await stage.expectEnded();
  stage.expectEqual(stage.requestsTo("balls", since).filter(({ verb }) => verb === "write").length, 0, "writes");
}

async function selectByLabel(stage: Stage): Promise<void> {
  stage.add({ isFinalizing: true });
  await stage.start();
  await stage.install();
  await stage.create("red");
  const left = await stage.untilKind(isNotSelected, "the kind to be left alone");
  stage.expect(/share in \(a\),!legacy/.test(left?.message ?? ""), `the message does not name the selector: ${left?.message}`);
  await stage.expectEnded();
  stage.expectEqual(stage.requestsTo("balls").length, 0, "requests to a kind that is not selected");
  await label(stage, "a");
  await stage.untilRunning();
  await stage.until(() => stage.notebook.count("reconcile", "red") > 0, "a reconcile when it is selected");
  await stage.until(() => stage.requestsTo("balls").some(({ verb }) => verb === "write"), "the finalizer");
  await label(stage, null);
  await stage.untilKind((report) => isNotSelected(report) && report?.runs.length === 0, "the kind to be left alone again");
  await expectAlone(stage, performance.now());
  await label(stage, "a");
  await stage.untilRunning();
  stage.expectEqual([stage.notebook.count("setup"), stage.report()?.incarnations], [2, 1], "set-ups and lives");
  await stage.uninstall();
  await stage.untilGone();
}

async function shareCluster(stage: Stage): Promise<void> {
  const other = await stage.startOther("share=b", { isFinalizing: true });
  const ofOther = (): KindReport | undefined => other.manager.kinds().find(({ crd }) => crd === `balls.${stage.group}`);
  stage.add({ isFinalizing: true });
  await stage.start();
  await stage.install({ labels: { share: "a" } });
  await stage.untilRunning();
  await stage.create("red");
  await stage.until(() => stage.notebook.count("reconcile", "red") > 0, "a reconcile by the first process");
  stage.expectEqual(other.notebook.told.length, 0, "told to the second process");
  await label(stage, "b");
  await stage.untilKind((report) => isNotSelected(report) && report?.runs.length === 0, "the first process to let go");
  await stage.until(() => isRunning(ofOther()), "the second process to run it");
  const told = stage.notebook.told.length;
  await stage.server.hand.delete(stage.balls(), { namespace: "default", name: "red" });
  await stage.until(() => other.notebook.count("finalize", "red") === 1, "the second process to finalize");
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.untilGone();
  await stage.until(() => ofOther() === undefined || ofOther()?.state === "Absent", "the second process to see the end");
  stage.expectEqual(
    [stage.notebook.told.length - told, stage.notebook.count("finalize")],
    [0, 0],
    "told to the first process after it let go",
  );
  await other.stop();
}

async function switchOff(stage: Stage): Promise<void> {
  stage.add({ isFinalizing: true });
  await bringUp(stage);
  await stage.create("red");
  await stage.until(() => stage.notebook.count("reconcile", "red") > 0, "the last reconcile");
  const seen = performance.now();
  await annotate(stage, "false");
  await stage.flush();
  stage.expectEqual(
    stage.requestsTo("balls", seen).filter(({ verb }) => verb !== "write").length,
    0,
    "lists and watches after the annotation",
  );
  await annotate(stage, "true");
  const parked = await stage.untilKind(isDisabled, "the kind to be switched off");
  stage.expect(/4 objects carried the finalizer of noting/.test(parked?.message ?? ""), `no count of what waits: ${parked?.message}`);
  stage.expectEqual(
    stage.notebook.told.filter(({ is }) => is === "stop").map(({ name }) => name),
    ["Disabled"],
    "stops",
  );
  const since = performance.now();
  await stage.server.hand.delete(stage.balls(), { namespace: "default", name: "red" });
  await stage.create("late");
  await expectAlone(stage, since);
  await stage.reopen();
  await stage.start();
  await stage.untilKind(isDisabled, "the kind to be switched off for the next process");
  await expectAlone(stage, since);
  stage.expectEqual(
    [stage.notebook.count("finalize"), stage.notebook.count("reconcile", "late")],
    [0, 0],
    "calls while it is switched off",
  );
  await annotate(stage, "maybe");
  const warned = await stage.untilKind(isRunning, "a word that is none to switch nothing off");
  stage.expect(/"maybe".*neither/.test(warned?.message ?? ""), `nothing is said of the word: ${warned?.message}`);
  await stage.until(() => stage.notebook.count("finalize", "red") === 1, "the finalize that waited");
  await stage.until(() => stage.notebook.count("reconcile", "late") > 0, "the reconcile that waited");
  await annotate(stage, null);
  await stage.untilKind((report) => isRunning(report) && report?.message === undefined, "no word, and no warning");
  stage.expectEqual(stage.notebook.count("setup"), 2, "set-ups");
}

async function switchOffAtEnd(stage: Stage): Promise<void> {
  stage.add({ isFinalizing: true });
  await bringUp(stage);
  await annotate(stage, "true");
  await stage.untilKind(isDisabled, "the kind to be switched off");
  await stage.uninstall();
  const draining = await stage.untilKind((report) => report?.state === "Draining", "the deletion to be told");
  stage.expect(/switched off.*3 objects carried/.test(draining?.message ?? ""), `nothing is said of what holds it: ${draining?.message}`);
  await stage.sleep(300);
  stage.expectEqual(
    [await stage.hasCrd(), stage.notebook.count("finalize")],
    [true, 0],
    "the CRD, and finalizes, while it is switched off",
  );
  await annotate(stage, null);
  await stage.untilNoCrd();
  await stage.untilGone();
  stage.expectEqual(stage.notebook.count("finalize"), 3, "finalizes when it is switched on again");
}

export const EXCLUDED_ROWS: readonly Row[] = [
  {
    id: "E36",
    what: "label that the process selects put on and taken off",
    isReal: true,
    crdSelector: "share in (a),!legacy",
    run: selectByLabel,
  },
  {
    id: "E37",
    what: "two processes share a cluster by labels, and hand a kind over",
    isReal: true,
    crdSelector: "share=a",
    run: shareCluster,
  },
  { id: "E38", what: "switched off by an annotation, over a restart", isReal: true, run: switchOff },
  { id: "E39", what: "switched off, then deleted", isReal: true, run: switchOffAtEnd },
];
