import { CRD_RESOURCE, type Manifest } from "@polykind/apimachinery";
import { bringUp, bringUpBeside, expectBeside } from "./bring-up.ts";
import { crdOf } from "./manifests.ts";
import type { Row } from "./row.ts";
import type { Stage } from "./stage.ts";

/** What the manager says of the kind: its state and reason, and who must act. */
function toldOf(stage: Stage): {
  readonly state: string | undefined;
  readonly reason: string | undefined;
  readonly who: readonly string[];
} {
  const lookup = stage.manager.explain(`balls.${stage.group}`);
  const found = lookup.type === "found" ? lookup.found : undefined;
  return { state: found?.state, reason: found?.reason, who: found?.awaits.map(({ who }) => who) ?? [] };
}

/** The kind waits for somebody, says for whom, and asks the server nothing meanwhile. */
async function expectPending(stage: Stage, reason: string): Promise<void> {
  await stage.untilKind((report) => report?.reason === reason, `the reason ${reason}`);
  const { state, who } = toldOf(stage);
  stage.expectEqual([state, who], ["Pending", ["the CRD's owner"]], "what is told");
  await expectBeside(stage, "beside");
  stage.expectEqual(stage.requestsTo("balls").length, 0, "requests meanwhile");
}

async function serveNothing(stage: Stage): Promise<void> {
  await bringUpBeside(stage);
  stage.add();
  await stage.install({ versions: [{ name: "v1", served: false }] });
  await expectPending(stage, "NoServedVersion");
  const { spec } = crdOf(stage.group) as Manifest & { readonly spec: { readonly versions: readonly object[] } }; // as manifests.ts writes it
  await stage.editCrd({ spec: { versions: spec.versions } });
  await stage.untilRunning();
}

async function trustNobody(stage: Stage): Promise<void> {
  await bringUpBeside(stage);
  stage.add();
  const manifest = crdOf(stage.group, { versions: ["v1", "v1beta1"] }) as Manifest & { readonly spec: object }; // as manifests.ts writes it
  const clientConfig = { url: "https://127.0.0.1:1/convert", caBundle: Buffer.from("no certificate").toString("base64") };
  const conversion = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig } };
  await stage.server.hand.create(CRD_RESOURCE, { ...manifest, spec: { ...manifest.spec, conversion } });
  await expectPending(stage, "InvalidCABundle");
  await stage.editCrd({ spec: { conversion: { strategy: "None", webhook: null } } });
  await stage.untilRunning();
}

async function contradict(stage: Stage): Promise<void> {
  await bringUpBeside(stage);
  stage.add();
  await bringUp(stage, { objects: 1 });
  const before = stage.report();
  const openAPIV3Schema = { type: "object", properties: { spec: { type: "object", properties: { n: { type: "string" } } } } };
  await stage.editCrd({ spec: { versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }] } });
  await stage.server.hand.patch(
    stage.balls(),
    { namespace: "default", name: "o1" },
    { type: "merge", body: { metadata: { labels: { is: "seen" } } } },
  );
  await stage.until(() => stage.notebook.count("reconcile", "o1") === 2, "a reconcile of the object that its schema contradicts");
  stage.expectEqual([toldOf(stage).state, stage.report()?.epoch], ["Running", before?.epoch], "what is told");
  await expectBeside(stage, "beside");
}

async function addCondition(stage: Stage): Promise<void> {
  await bringUpBeside(stage);
  stage.add();
  await bringUp(stage, { objects: 1 });
  const before = stage.report();
  const crd = { name: `balls.${stage.group}` };
  const condition = { type: "Frobnicated", status: "Unknown", reason: "Test", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
  const operations = [{ op: "add", path: "/status/conditions/-", value: condition }] as const;
  await stage.server.hand.patch(CRD_RESOURCE, crd, { type: "json", operations }, { subresource: "status" });
  await stage.create("later");
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile after the edit");
  stage.expectEqual(
    [toldOf(stage).state, stage.report()?.epoch, stage.notebook.count("setup")],
    ["Running", before?.epoch, 2],
    "what is told",
  );
}

async function refuseUnstructured(stage: Stage): Promise<void> {
  await bringUpBeside(stage);
  stage.add();
  const manifest = crdOf(stage.group) as Manifest & { readonly spec: object }; // as manifests.ts writes it
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { properties: { spec: {} } } } }];
  const refused = await stage.server.hand.create(CRD_RESOURCE, { ...manifest, spec: { ...manifest.spec, versions } }).then(
    () => false,
    () => true,
  );
  stage.expect(refused, "the server takes a schema that is not structural");
  await expectBeside(stage, "beside");
  stage.expectEqual(toldOf(stage).state ?? "Absent", "Absent", "what is told");
}

export const BAD_ROWS: readonly Row[] = [
  { id: "B1", what: "a CRD of which no version is served", isReal: true, run: serveNothing },
  { id: "B2", what: "a caBundle that holds no certificate", isReal: true, run: trustNobody },
  { id: "B3", what: "a schema that contradicts an object that is there", isReal: true, run: contradict },
  { id: "B4", what: "a condition that nobody knows", isReal: true, run: addCondition },
  { id: "B5", what: "a schema that is not structural", isReal: true, run: refuseUnstructured },
];
