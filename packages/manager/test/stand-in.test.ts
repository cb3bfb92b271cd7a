import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CustomResourceDefinition, KubeObject, ListPage } from "@polykind/apimachinery";
import type { DiscoveredResource } from "@polykind/client";
import { PolykindError } from "@polykind/core";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { StandIn } from "../src/stand-in.ts";

const session: DiscoveredResource = {
  group: "demo.example.com",
  version: "v1",
  kind: "Session",
  plural: "sessions",
  resourceScope: "Namespaced",
  verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
  subresources: ["status"],
};
const missing = new PolykindError("KIND_NOT_SERVED", "404 page not found");
const away = new PolykindError("API_UNAVAILABLE", "503");

/** A server, and what the stand-in tells of it. */
function stand(): {
  readonly clock: ManualClock;
  readonly told: string[];
  readonly standIn: StandIn;
  discovery: readonly DiscoveredResource[] | PolykindError;
  collection: PolykindError | undefined;
} {
  const clock = new ManualClock();
  const told: string[] = [];
  const server: { discovery: readonly DiscoveredResource[] | PolykindError; collection: PolykindError | undefined } = {
    discovery: [session],
    collection: undefined,
  };
  const standIn = new StandIn({
    client: {
      resourcesOf: () => (server.discovery instanceof PolykindError ? Promise.reject(server.discovery) : Promise.resolve(server.discovery)),
      list: <T extends KubeObject>(): Promise<ListPage<T>> =>
        server.collection === undefined
          ? Promise.resolve({ items: [], resourceVersion: "1", continue: undefined })
          : Promise.reject(server.collection),
    },
    clock,
    random: () => 0.5,
    log: silentLog,
    wanted: () => [{ group: session.group, kind: session.kind }],
    isKnown: () => false,
    onKind: ({ uid, isTerminating }) => told.push(isTerminating ? `${uid} terminating` : uid),
    onGone: (_, uid) => told.push(`${uid} gone`),
  });
  standIn.begin("403");
  return Object.assign(server, { clock, told, standIn });
}

const crdMade = (at: number): CustomResourceDefinition => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "sessions.demo.example.com", uid: "real", resourceVersion: "5", creationTimestamp: new Date(at).toISOString() },
  spec: { group: "demo.example.com", names: { plural: "sessions", kind: "Session" }, scope: "Namespaced", versions: [] },
});

describe("a stand-in for CRDs", () => {
  test("finds a kind, looks every 30 s, and lets it go when it is neither told of nor served", async () => {
    const at = stand();
    await at.standIn.looked;
    Object.assign(at, { discovery: [], collection: missing });
    await at.clock.advance(29_999);
    assert.deepEqual(at.told, ["discovery-1"]);
    await at.clock.advance(1);
    await settle();
    Object.assign(at, { discovery: [session], collection: undefined });
    await at.clock.advance(30_000);
    assert.deepEqual(at.told, ["discovery-1", "discovery-1 gone", "discovery-2"]);
    at.standIn.stop();
    assert.equal(at.clock.pending, 0);
  });

  for (const [why, discovery, collection] of [
    ["discovery fails", away, missing],
    ["discovery does not have it, but its collection answers", [], undefined],
    ["discovery does not have it, and its collection does not say", [], away],
  ] as const) {
    test(`keeps a kind when ${why}`, async () => {
      const at = stand();
      await at.standIn.looked;
      Object.assign(at, { discovery, collection });
      await at.clock.advance(60_000);
      assert.deepEqual(at.told, ["discovery-1"]);
      at.standIn.stop();
    });
  }

  test("tells of a deletion by the verbs that are left", async () => {
    const at = stand();
    await at.standIn.looked;
    Object.assign(at, { discovery: [{ ...session, verbs: ["delete", "deletecollection", "get", "list", "watch"] }] });
    await at.clock.advance(30_000);
    assert.deepEqual(at.told, ["discovery-1", "discovery-1 terminating"]);
    at.standIn.stop();
  });

  test("keeps the life of a kind whose CRD can be read at last, but not for a younger CRD", async () => {
    for (const [age, uid] of [
      [1_000, "discovery-1"],
      [-60_000, "real"],
    ] as const) {
      const at = stand();
      await at.standIn.looked;
      assert.equal(at.standIn.adopt(crdMade(at.clock.now() - age)).uid, uid);
      at.standIn.end(() => true);
      assert.deepEqual(at.told, ["discovery-1"]);
    }
  });
});
