import { CRD_RESOURCE } from "@polykind/apimachinery";
import { bringUpBeside, expectBeside, refusal } from "./bring-up.ts";
import { crdOf } from "./manifests.ts";
import type { Row } from "./row.ts";
import type { Stage } from "./stage.ts";

const API_SERVICES = {
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  resourceScope: "Cluster",
} as const;

/**
 * Has another server answer in place of the CRD; resolves with what ends that. Neither server routes by APIServices, the real one because it has no aggregator: so here APIService is the kind of a CRD, and the
 * front does the routing.
 */
async function shadowKind(stage: Stage): Promise<() => Promise<void>> {
  const { front, hand } = stage.server;
  const name = `v1.${stage.group}`;
  const crd = crdOf(API_SERVICES.group, { kind: "APIService", plural: "apiservices", scope: "Cluster" });
  const crdName = `apiservices.${API_SERVICES.group}`;
  const metadata = { name: crdName, annotations: { "api-approved.kubernetes.io": "unapproved, stands in for an aggregator" } };
  await hand.create(CRD_RESOURCE, { ...crd, metadata });
  await stage.create(name, API_SERVICES);
  const body = { spec: { group: stage.group, version: "v1", service: { namespace: "default", name: "stranger" } } };
  await hand.patch(API_SERVICES, { name }, { type: "merge", body });
  const list = { kind: "StrangerList", apiVersion: `${stage.group}/v1`, metadata: { resourceVersion: "1" }, items: [] };
  const isStream = (query: URLSearchParams): boolean => query.has("sendInitialEvents");
  const routes = [
    front.rule({
      when: (request) => stage.isTo("balls")(request) && isStream(request.query),
      fault: refusal(422, "Invalid", "sendInitialEvents is forbidden"),
    }),
    front.rule({
      when: (request) => stage.isTo("balls")(request) && !isStream(request.query),
      fault: { is: "answer", status: 200, body: list },
    }),
  ];
  return async () => {
    await hand.delete(CRD_RESOURCE, { name: crdName });
    for (const end of routes) end();
  };
}

async function shadow(stage: Stage): Promise<void> {
  const end = await shadowKind(stage);
  await bringUpBeside(stage);
  stage.add();
  await stage.install();
  await stage.create("red");
  const by = `APIService v1.${stage.group}, which sends requests to default/stranger`;
  const found = await stage.untilKind((report) => report?.message?.includes(by) === true, "what shadows the kind to be named");
  stage.expectEqual([found?.state, found?.reason, found?.runs.length], ["Degraded", "Shadowed", 1], "the kind");
  const lookup = stage.manager.explain(`Ball.${stage.group}`);
  const awaits = lookup.type === "found" ? lookup.found.awaits : [];
  stage.expect(
    awaits.some(({ what, who }) => what === `an end to ${by}, or of the CRD` && who === "a cluster administrator"),
    `nobody is told to act: ${JSON.stringify(awaits)}`,
  );
  stage.expectEqual(
    stage.server.front.requests.filter(({ path }) => path.includes("/apiservices/")).length,
    1,
    "questions for the APIService",
  );
  await expectBeside(stage, "beside");
  await end();
  await stage.untilRunning();
  await stage.until(() => stage.notebook.count("reconcile", "red") === 1, "a reconcile when requests reach the CRD again");
}

export const SHADOW_ROWS: readonly Row[] = [{ id: "E33", what: "another server shadows the group", isReal: true, run: shadow }];
