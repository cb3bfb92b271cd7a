import { bringUp } from "./bring-up.ts";
import type { Row } from "./row.ts";
import { isRunning, type Stage } from "./stage.ts";

async function winName(stage: Stage): Promise<void> {
  stage.add({ manages: { selector: { group: stage.group } } });
  await bringUp(stage);
  await stage.install({ plural: "spheres" });
  await stage.until(() => stage.reportOfCrd("spheres")?.reason === "NamesConflict", "the loser to be pending");
  const loser = stage.reportOfCrd("spheres");
  stage.expectEqual([loser?.state, loser?.runs.length], ["Pending", 0], "the loser");
  stage.expect(/Ball/.test(loser?.message ?? ""), `the message does not name the kind: ${loser?.message}`);
  stage.expectEqual([stage.requestsTo("spheres").length, stage.notebook.count("setup")], [0, 1], "requests to the loser, and set-ups");
  await stage.uninstall();
  await stage.until(() => isRunning(stage.reportOfCrd("spheres")), "the loser to run when the winner has gone");
  await stage.create("late", stage.balls({ plural: "spheres" }));
  await stage.until(() => stage.notebook.count("reconcile", "late") === 1, "a reconcile of the loser's object");
  if (!stage.isReal) await stage.expectUrlEnded("balls");
}

async function loseNameLater(stage: Stage): Promise<void> {
  stage.add();
  await bringUp(stage);
  await stage.install({ kind: "Box", plural: "boxes", shortNames: ["bx"] });
  const before = stage.report();
  await stage.editCrd({ spec: { names: { shortNames: ["bx"] } } });
  await stage.untilKind((report) => report?.message !== undefined, "a warning that the names are not accepted");
  const after = stage.report();
  stage.expectEqual([after?.state, after?.epoch, stage.notebook.count("setup")], ["Running", before?.epoch, 1], "after the edit");
  stage.expect(/bx/.test(after?.message ?? ""), `the warning does not name what is taken: ${after?.message}`);
  await stage.create("later");
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile after the edit");
}

async function keepFinalizer(stage: Stage): Promise<void> {
  const uid = "01234567-89ab-cdef-0123-456789abcdef";
  const record = stage.plugins.addPlugin(
    stage.notebook.plugin({ name: "forgetful", manages: { group: stage.group, kind: "Ball" }, finalizer: `x.example.com/${uid}` }),
  );
  stage.expectEqual(record.state, "rejected", "a plugin whose finalizer holds a uid");
  await stage.plugins.remove("forgetful");
  const seen = new Set<string>();
  stage.add({ isFinalizing: true, reconcile: async ({ metadata }) => void metadata.finalizers?.forEach((name) => seen.add(name)) });
  for (let life = 0; life < 2; life += 1) {
    await bringUp(stage, { objects: 1 });
    await stage.uninstall();
    await stage.untilNoCrd();
    await stage.untilGone();
  }
  stage.expectEqual([...seen], ["noting.polykind.dev/finalizer"], "finalizers over two lives");
  stage.expectEqual(stage.notebook.count("finalize"), 2, "finalizes");
}

async function settleLate(stage: Stage): Promise<void> {
  const phases = stage.follow("spheres");
  stage.add({ manages: { selector: { group: stage.group } } });
  await bringUp(stage, { objects: 0 });
  await stage.install({ plural: "spheres" });
  await stage.until(() => stage.reportOfCrd("spheres")?.reason === "NamesConflict", "the conflict to be told");
  await stage.uninstall();
  await stage.until(() => isRunning(stage.reportOfCrd("spheres")), "the kind to run");
  const wrong = phases().filter((phase) => ["Degraded", "Parked"].includes(phase));
  stage.expectEqual(wrong, [], "states of a kind that was not established yet");
}

async function contend(stage: Stage): Promise<void> {
  await stage.start();
  const told: (string | undefined)[] = [];
  for (const names of [
    ["one", "other"],
    ["other", "one"],
  ]) {
    for (const name of names) stage.add({ name });
    await stage.install();
    const report = await stage.untilKind((found) => found?.state === "Parked", "the conflict");
    told.push(`${report?.reason} ${report?.runs.length} ${report?.message}`);
    stage.expectEqual(report?.reason, "PluginConflict", "reason");
    stage.expect(/one.*other/.test(report?.message ?? ""), `the message does not name both: ${report?.message}`);
    await stage.plugins.remove("one");
    await stage.untilRunning();
    await stage.plugins.remove("other");
    await stage.uninstall();
    await stage.untilNoCrd();
    await stage.untilKind((found) => found === undefined, "the end");
  }
  stage.expectEqual(new Set(told).size, 1, "outcomes by order of loading");
  stage.remarks.push("none of the two starts, whichever came first, until one is removed");
}

export const NAME_ROWS: readonly Row[] = [
  { id: "E5", what: "names conflict at creation", isReal: true, run: winName },
  { id: "E6", what: "names edited to conflict once established", isReal: true, run: loseNameLater },
  { id: "E11", what: "finalizer that holds a uid", isReal: true, run: keepFinalizer },
  { id: "D5", what: "not established, in conflict, resolved later", isReal: true, run: settleLate },
  { id: "D11", what: "two plugins want one kind", isReal: true, run: contend },
];
