import { CRD_RESOURCE, type KubeObject } from "@polykind/apimachinery";
import { bringUp } from "./bring-up.ts";
import { versionsOf } from "./manifests.ts";
import type { Row } from "./row.ts";
import { isRunning, type Stage } from "./stage.ts";

async function unserve(stage: Stage): Promise<void> {
  let peak = 0;
  const seen: string[] = [];
  const uids = new Map<string, string>();
  stage.add({
    setUp: async ({ kind, objects }) => void seen.push(`${kind.version} ${objects.size}`),
    reconcile: async ({ apiVersion, metadata: { uid } }) => void uids.set(uid, apiVersion),
  });
  await bringUp(stage, { wishes: { versions: ["v1alpha1", "v1"] }, objects: 0 });
  const first = stage.report()?.version;
  const other = first === "v1" ? "v1alpha1" : "v1";
  for (let made = 0; made < 3; made += 1) await stage.create(undefined, stage.balls({ version: "v1" }));
  await stage.until(() => stage.notebook.count("reconcile") === 3, "the reconciles");
  const versions = versionsOf(
    ["v1alpha1", "v1"].map((name) => ({ name, served: name === other })),
    undefined,
    other,
  );
  await stage.editCrd({ spec: { versions } });
  await stage.until(() => {
    peak = Math.max(peak, stage.watchesOf("balls"));
    return isRunning(stage.report()) && stage.report()?.version === other;
  }, "the other version to run");
  await stage.until(
    () => [...uids.values()].filter((version) => version.endsWith(`/${other}`)).length === 3,
    "the objects in their new shape",
  );
  stage.expectEqual(seen, [`${first} 0`, `${other} 3`], "set-ups, and how many objects were there");
  stage.expectEqual([uids.size, stage.notebook.count("forget")], [3, 0], "objects told of, and ends of objects that are there");
  stage.expectEqual(stage.notebook.count("stop", "Switched"), 1, "stops");
  await stage.until(() => stage.watchesOf("balls") === 1, "the old watch to be closed");
  const since = performance.now();
  await stage.sleep(200);
  stage.expectEqual(
    stage.requestsTo("balls", since).filter(({ path }) => path.includes(`/${first}/`)).length,
    0,
    "requests to the old version",
  );
}

async function offerNone(stage: Stage): Promise<void> {
  await unserve(stage);
  await stage.plugins.remove("noting");
  stage.add({ name: "narrow", manages: { group: stage.group, kind: "Ball", versions: ["v7"] } });
  const parked = await stage.untilKind((report) => report?.state === "Parked", "the kind to be parked");
  stage.expectEqual([parked?.reason, parked?.runs.length], ["Incompatible", 0], "without a common version");
  await stage.expectEnded();
}

async function offerBetter(stage: Stage): Promise<void> {
  stage.add();
  await bringUp(stage, { wishes: { versions: ["v1beta1"] }, objects: 2 });
  const before = stage.report();
  await stage.editCrd({ spec: { versions: versionsOf(["v1beta1", "v1"]) } });
  await stage.create("later", stage.balls({ version: "v1" }));
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile after the edit");
  await stage.sleep(400);
  stage.expectEqual([stage.report()?.version, stage.report()?.epoch], ["v1beta1", before?.epoch], "while the old version is served");
  await stage.editCrd({ spec: { versions: versionsOf([{ name: "v1beta1", deprecated: true }, "v1"]) } });
  await stage.untilKind((report) => isRunning(report) && report?.version === "v1", "the better version to run");
  stage.expectEqual([stage.notebook.count("stop", "Switched"), stage.notebook.count("forget")], [1, 0], "stops, and ends of objects");
}

async function editAndStay(stage: Stage, body: object): Promise<void> {
  const before = stage.report();
  const phases = stage.follow("balls");
  const told = stage.notebook.told.length;
  const since = performance.now();
  await stage.editCrd(body);
  await stage.until(
    () => stage.requestsTo("balls", since).some(({ verb }) => verb === "watch"),
    "the server to close the watch, and another one",
  );
  await stage.create("later");
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile after the edit");
  await stage.sleep(300);
  const { epoch, state, objects } = stage.report() ?? {};
  stage.expectEqual(
    { epoch, state, objects },
    { epoch: before?.epoch, state: "Running", objects: (before?.objects ?? 0) + 1 },
    "after the edit",
  );
  stage.expectEqual(stage.notebook.told.length - told, 1, "told besides the new object");
  stage.expectEqual(
    phases().filter((phase) => phase !== "Running"),
    [],
    "states meanwhile",
  );
  stage.expectEqual(stage.watchesOf("balls"), 1, "watches open");
}

async function flipStorage(stage: Stage): Promise<void> {
  stage.add({ manages: { group: stage.group, kind: "Ball", versions: ["v1"] } });
  await bringUp(stage, { wishes: { versions: ["v1", "v1beta1"] } });
  await editAndStay(stage, { spec: { versions: versionsOf(["v1", "v1beta1"], undefined, "v1beta1") } });
}

async function editSpec(stage: Stage): Promise<void> {
  stage.add();
  await bringUp(stage);
  const since = performance.now();
  await editAndStay(stage, { spec: { versions: versionsOf(["v1"], "Another description.") } });
  stage.remarks.push(`${stage.requestsTo("balls", since).length} requests for the reconnect`);
}

async function changeSchema(stage: Stage): Promise<void> {
  const answers = [undefined, "rebuild"] as const;
  stage.add({ onSchemaChange: () => Promise.resolve(answers[stage.notebook.count("schema") - 1]) });
  await bringUp(stage);
  const before = stage.report();
  const edit = (fields: object): Promise<KubeObject> => stage.editCrd({ spec: { versions: withFields(fields) } });
  await edit({ note: { type: "string" } });
  await stage.until(() => stage.notebook.count("schema") === 1, "the plugin to be told of the schema");
  await stage.create("later");
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile after the edit");
  stage.expectEqual([stage.report()?.epoch, stage.notebook.count("setup")], [before?.epoch, 1], "of a plugin that goes on");
  await edit({ note: { type: "string", default: "none" } });
  await stage.until(() => stage.notebook.count("setup") === 2, "the plugin to be set up anew");
  await stage.untilRunning();
  const { told } = stage.notebook;
  stage.expectEqual(
    told.filter(({ is }) => is === "schema" || is === "stop").map(({ is, name }) => `${is} ${name}`),
    ["schema schema,bodies", "schema schema,bodies", "stop Switched"],
    "told",
  );
  stage.expectEqual(
    told.filter(({ is }) => is === "setup").map(({ name }) => name),
    ["0", "4"],
    "objects at the set-ups",
  );
  stage.expectEqual(stage.notebook.count("forget"), 0, "ends of objects");
  await stage.until(() => stage.watchesOf("balls") === 1, "one watch");
}

/** As {@link versionsOf} makes them, with more fields at the top. */
function withFields(fields: object): readonly object[] {
  const spec = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec, ...fields } } };
  return versionsOf(["v1"]).map((version) => ({ ...version, schema }));
}

async function touchStatus(stage: Stage): Promise<void> {
  stage.add();
  await bringUp(stage);
  const before = stage.report();
  const told = stage.notebook.told.length;
  const since = performance.now();
  const { hand } = stage.server;
  const name = `balls.${stage.group}`;
  for (let n = 0; n < 5; n += 1) {
    const { status } = await hand.get<KubeObject & { status: { conditions: object[] } }>(CRD_RESOURCE, { name });
    const conditions = [
      ...status.conditions.filter((one) => !("type" in one) || one.type !== "Seen"),
      { type: "Seen", status: "True", reason: "Test", message: `${n}`, lastTransitionTime: "2026-01-01T00:00:00Z" },
    ];
    await hand.patch(CRD_RESOURCE, { name }, { type: "merge", body: { status: { conditions } } }, { subresource: "status" });
  }
  await stage.sleep(300);
  stage.expectEqual(stage.requestsTo("balls", since).length, 0, "requests after edits of the status");
  stage.expectEqual(
    [stage.report()?.epoch, stage.notebook.told.length, stage.watchesOf("balls")],
    [before?.epoch, told, 1],
    "epoch, told, watches",
  );
}

async function reload(stage: Stage): Promise<void> {
  stage.add({ version: "1.0.0" });
  await bringUp(stage);
  const since = performance.now();
  stage.add({ version: "2.0.0" });
  await stage.until(() => stage.notebook.count("setup") === 2 && isRunning(stage.report()), "the new plugin to run");
  await stage.create("later");
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile by the new plugin");
  const reloaded = stage.requestsTo("balls", since).map(({ verb }) => verb);
  stage.expectEqual(reloaded, [], "requests for the reload: informer and cache stay");
  stage.expectEqual([stage.notebook.count("stop"), stage.watchesOf("balls")], [1, 1], "stops, watches");
}

async function replayOld(stage: Stage): Promise<void> {
  stage.add();
  await stage.start();
  const old = await stage.install({ versions: ["v1beta1"] });
  await stage.untilRunning();
  const beforeEdit = await stage.server.hand.get(CRD_RESOURCE, { name: old.metadata.name });
  await stage.editCrd({ spec: { versions: versionsOf([{ name: "v1beta1", served: false }, "v1"]) } });
  await stage.untilKind((report) => isRunning(report) && report?.version === "v1", "the new version to run");
  const before = stage.report();
  stage.rewriteCrds((event) => [
    event,
    { type: "MODIFIED", object: { ...beforeEdit, apiVersion: event.object.apiVersion, kind: event.object.kind } },
  ]);
  await stage.editCrd({ metadata: { labels: { poke: "yes" } } });
  await stage.sleep(500);
  await stage.create("later");
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile");
  stage.expectEqual([stage.report()?.version, stage.report()?.epoch], ["v1", before?.epoch], "after an older look at the CRD");
}

export const EDIT_ROWS: readonly Row[] = [
  { id: "E12", what: "the watched version is not served any more", isReal: true, run: offerNone },
  { id: "E13", what: "a better version comes while the old one is served", isReal: true, run: offerBetter },
  { id: "E14", what: "the stored version flips", isReal: true, run: flipStorage },
  { id: "E15", what: "the spec is edited, so the server closes all watches", isReal: true, run: editSpec },
  { id: "D15", what: "the schema is changed: the plugin is told, and set up anew only if it says so", isReal: true, run: changeSchema },
  { id: "E16", what: "only the status is edited", isReal: true, run: touchStatus },
  { id: "E34", what: "the plugin is replaced while it runs", isReal: true, run: reload },
  { id: "E35", what: "an older look at the CRD comes late", isReal: true, run: replayOld },
  { id: "D7", what: "version not served any more, stored version switched", isReal: true, run: unserve },
];
