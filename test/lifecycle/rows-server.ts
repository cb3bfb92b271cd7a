import type { WireFault } from "@polykind/testing";
import { bringUp, bringUpBeside, EXPIRED, expectBeside, isCrds, refusal, UNAVAILABLE } from "./bring-up.ts";
import type { Row } from "./row.ts";
import { isRunning, type Stage } from "./stage.ts";

const NOT_ROUTED: WireFault = { is: "answer", status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found\n" };

async function lagBehind(stage: Stage): Promise<void> {
  const phases = stage.follow("balls");
  stage.add();
  await stage.start();
  const since = performance.now();
  stage.server.front.rule({ when: stage.isTo("balls"), times: 6, fault: NOT_ROUTED });
  await stage.install();
  await stage.untilRunning();
  await stage.create("late");
  await stage.until(() => stage.notebook.count("reconcile", "late") === 1, "a reconcile");
  stage.remarks.push(`up after ${Math.round(performance.now() - since)} ms and 6 answers of 404`);
  stage.expectEqual(
    phases().filter((phase) => !["Pending", "Settling", "Starting", "Running"].includes(phase)),
    [],
    "states meanwhile",
  );
}

/** The server converts nothing of the kind any more; resolves with what heals it. */
async function breakConversion(stage: Stage): Promise<() => Promise<void>> {
  if (stage.isReal) {
    const webhook = { conversionReviewVersions: ["v1"], clientConfig: { url: "https://127.0.0.1:1/convert" } };
    await stage.editCrd({ spec: { conversion: { strategy: "Webhook", webhook } } });
    return async () => void (await stage.editCrd({ spec: { conversion: { strategy: "None", webhook: null } } }));
  }
  const message = `conversion webhook for ${stage.group}/v1, Kind=Ball failed: Post "https://127.0.0.1:1/convert": connection refused`;
  const clear = stage.server.front.rule({ when: stage.isTo("balls"), fault: refusal(500, "InternalError", message) });
  stage.server.front.cut("stream");
  return () => Promise.resolve(clear());
}

async function failConversion(stage: Stage): Promise<void> {
  await bringUpBeside(stage);
  stage.add({ manages: { group: stage.group, kind: "Ball", versions: ["v1beta1"] } });
  await bringUp(stage, { wishes: { versions: ["v1", "v1beta1"] }, objects: 2 });
  const heal = await breakConversion(stage);
  const from = performance.now();
  const degraded = await stage.untilKind((report) => report?.reason === "ConversionFailed", "the failure to be told");
  stage.expectEqual([degraded?.state, degraded?.objects], ["Degraded", 2], "while conversion fails");
  await expectBeside(stage, "beside");
  await stage.sleep(500);
  const asked = stage.requestsTo("balls", from).length;
  stage.expect(asked < 60, `${asked} requests in ${Math.round(performance.now() - from)} ms: a hot loop`);
  await heal();
  await stage.untilRunning();
  await stage.create("healed");
  await stage.until(() => stage.notebook.count("reconcile", "healed") === 1, "a reconcile when it is healed");
  stage.expectEqual(stage.notebook.count("forget"), 0, "ends of objects");
}

/** The manager may not read balls; resolves with what allows it. */
async function forbid(stage: Stage): Promise<() => Promise<void>> {
  if (stage.isReal) {
    await grant(stage, "rest", [
      { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
      { apiGroups: [stage.group], resources: ["boxes"], verbs: ["get", "list", "watch"] },
      { apiGroups: ["authorization.k8s.io"], resources: ["selfsubjectaccessreviews"], verbs: ["create"] },
    ]);
    return () => grant(stage, "balls", [{ apiGroups: [stage.group], resources: ["balls"], verbs: ["get", "list", "watch"] }]);
  }
  const message = `balls.${stage.group} is forbidden: User "u" cannot list resource "balls" in API group "${stage.group}" at the cluster scope`;
  const clear = stage.server.front.rule({ when: stage.isTo("balls"), fault: refusal(403, "Forbidden", message) });
  return () => Promise.resolve(clear());
}

async function grant({ server: { hand }, group }: Stage, what: string, rules: readonly object[]): Promise<void> {
  const rbac = { group: "rbac.authorization.k8s.io", version: "v1", resourceScope: "Cluster" } as const;
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { name: `${what}.${group}` };
  await hand.create({ ...rbac, kind: "ClusterRole", plural: "clusterroles" }, { apiVersion, kind: "ClusterRole", metadata, rules });
  const roleRef = { apiGroup: rbac.group, kind: "ClusterRole", name: metadata.name };
  const subjects = [{ apiGroup: rbac.group, kind: "User", name: "nothing" }];
  await hand.create(
    { ...rbac, kind: "ClusterRoleBinding", plural: "clusterrolebindings" },
    { apiVersion, kind: "ClusterRoleBinding", metadata, roleRef, subjects },
  );
}

async function lackRights(stage: Stage): Promise<void> {
  const allow = await forbid(stage);
  await bringUpBeside(stage);
  stage.add();
  const from = performance.now();
  await stage.install();
  const degraded = await stage.untilKind((report) => report?.state === "Degraded", "the lack of rights to be told");
  stage.expectEqual(degraded?.reason, "Forbidden", "reason");
  stage.expect(/(list|watch).*balls/.test(degraded?.message ?? ""), `the message does not name verb and resource: ${degraded?.message}`);
  await expectBeside(stage, "beside");
  await stage.sleep(500);
  const asked = stage.requestsTo("balls", from).length;
  stage.expect(asked < 60, `${asked} requests: a hot loop`);
  const reviews = stage.server.front.requests.filter(
    ({ method, path, at }) => at >= from && method === "POST" && path.endsWith("/selfsubjectaccessreviews"),
  );
  stage.expectEqual(reviews.length, 2, "SelfSubjectAccessReviews, one for each verb");
  if (stage.isReal) expectRule(stage);
  await allow();
  await stage.untilRunning();
}

/** Who must act is told, with a rule to paste. */
function expectRule(stage: Stage): void {
  const lookup = stage.manager.explain(`Ball.${stage.group}`);
  const awaits = lookup.type === "found" ? lookup.found.awaits : [];
  const rule = `- {apiGroups: ["${stage.group}"], resources: ["balls"], verbs: ["list","watch"]}`;
  const isTold = awaits.some(({ what, who }) => who === "a cluster administrator" && what.endsWith(rule));
  stage.expect(isTold, `no rule to paste in ${JSON.stringify(awaits)}`);
}

async function lackCrds(stage: Stage): Promise<void> {
  const allow = stage.server.front.rule({ when: isCrds, fault: refusal(403, "Forbidden", "customresourcedefinitions is forbidden") });
  stage.add();
  await stage.install();
  await stage.create("red");
  await stage.start();
  await stage.until(() => stage.notebook.count("reconcile", "red") === 1, "a kind found without any right to CRDs");
  const before = stage.report();
  stage.expect(/may not be read/.test(before?.message ?? ""), `nothing is said of the missing right: ${before?.message}`);
  stage.server.front.rule({ when: isDiscovery, times: 3, fault: UNAVAILABLE });
  await stage.sleep(3_000);
  stage.expectEqual(stage.notebook.count("stop"), 0, "stops while discovery fails");
  await stage.uninstall();
  await stage.untilGone();
  await stage.untilNoCrd();
  await stage.install();
  const again = await stage.untilRunning();
  stage.expect(again?.incarnation !== before?.incarnation, "the new life has the name of the old one");
  allow();
  await stage.untilKind((report) => isRunning(report) && report?.message === undefined, "the CRD to be read");
  stage.expectEqual([stage.report()?.epoch, stage.notebook.count("stop")], [again?.epoch, 1], "epoch and stops as the right comes back");
  await stage.uninstall();
  await stage.untilGone();
}

const isDiscovery = ({ path }: { readonly path: string }): boolean => /^\/apis?(\/[^/]+){0,2}$/.test(path);

async function loseDiscovery(stage: Stage): Promise<void> {
  stage.add();
  await bringUp(stage);
  const before = stage.report();
  stage.server.front.rule({ when: isDiscovery, fault: UNAVAILABLE });
  stage.server.front.cut("stream");
  await stage.editCrd({ spec: { names: { categories: ["all"] } } });
  await stage.create("later");
  await stage.until(() => stage.notebook.count("reconcile", "later") === 1, "a reconcile without discovery");
  stage.expectEqual([stage.report()?.epoch, stage.notebook.count("stop")], [before?.epoch, 0], "epoch and stops");
  await bringUpBeside(stage);
  await expectBeside(stage, "new");
}

async function missChanges(stage: Stage): Promise<void> {
  await bringUpBeside(stage);
  stage.add();
  await bringUp(stage);
  const before = { ball: stage.report(), box: stage.report("Box") };
  const { front } = stage.server;
  const away = front.rule({ when: isCrds, fault: UNAVAILABLE });
  front.cut("stream");
  await stage.uninstall();
  await stage.untilNoCrd();
  await stage.install({ scope: "Cluster" });
  front.rule({ when: (request) => isCrds(request) && request.verb === "watch", times: 1, fault: EXPIRED });
  away();
  await stage.untilKind((report) => isRunning(report) && report?.incarnation !== before.ball?.incarnation, "the new life to run");
  stage.expectEqual(
    [stage.report()?.resourceScope, stage.report("Box")?.epoch],
    ["Cluster", before.box?.epoch],
    "the new scope, and the epoch of the kind beside",
  );
  await expectBeside(stage, "beside");
}

export const SERVER_ROWS: readonly Row[] = [
  { id: "E7", what: "Established, but a server answers 404", isReal: true, run: lagBehind },
  { id: "E17", what: "conversion webhook down", isReal: true, run: failConversion },
  { id: "E18", what: "no right to one kind", speed: 30, isReal: true, user: "nothing", run: lackRights },
  { id: "E19", what: "no right to CRDs at all", speed: 30, isReal: true, run: lackCrds },
  { id: "E20", what: "discovery is stale or fails", isReal: true, run: loseDiscovery },
  { id: "D6", what: "discovery lags or fails in part", isReal: true, run: loseDiscovery },
  { id: "D9", what: "CRDs change while nobody hears of them", isReal: true, run: missChanges },
];
