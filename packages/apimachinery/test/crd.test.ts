import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CustomResourceDefinition, describeCrd, resourceOf, servedVersionsOf, withoutSchemas } from "@polykind/apimachinery";

const crd: CustomResourceDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "sessions.demo.example.com",
    uid: "u1",
    resourceVersion: "5",
    generation: 2,
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  spec: {
    group: "demo.example.com",
    scope: "Namespaced",
    names: { plural: "sessions", kind: "Session" },
    versions: [
      { name: "v1beta1", served: true, storage: false, deprecated: true, schema: { openAPIV3Schema: { type: "object" } } },
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", description: "x" } },
      },
      { name: "v2", served: false, storage: false },
    ],
  },
  status: {
    acceptedNames: { plural: "sessions", kind: "Session", singular: "session" },
    storedVersions: ["v1"],
    conditions: [
      { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
      { type: "Established", status: "True", reason: "InitialNamesAccepted", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
    ],
  },
};

describe("describeCrd", () => {
  const descriptor = describeCrd(crd);

  test("orders the versions as Kubernetes does, the best first", () =>
    assert.deepEqual(
      descriptor.versions.map(({ name }) => name),
      ["v2", "v1", "v1beta1"],
    ));

  test("tells why a CRD is not established, as long as it is not", () => {
    const established = (status: "True" | "False"): CustomResourceDefinition => ({
      ...crd,
      status: {
        conditions: [
          { type: "Established", status, reason: "InvalidCABundle", message: "no PEM", lastTransitionTime: "2026-01-01T00:00:00Z" },
        ],
      },
    });
    assert.deepEqual(describeCrd(established("False")).establishing, { reason: "InvalidCABundle", message: "no PEM" });
    assert.equal("establishing" in describeCrd(established("True")), false);
  });

  test("tells what is served, and how to address it", () => {
    assert.deepEqual(servedVersionsOf(descriptor), ["v1", "v1beta1"]);
    assert.deepEqual(resourceOf(descriptor, "v1"), {
      group: "demo.example.com",
      version: "v1",
      kind: "Session",
      plural: "sessions",
      resourceScope: "Namespaced",
    });
  });

  test("takes what is served for the name, not what is wished", () => {
    const renamed = describeCrd({ ...crd, spec: { ...crd.spec, names: { plural: "sessions", kind: "Meeting" } } });
    assert.equal(renamed.names.kind, "Session");
  });

  test("takes the wished names as long as the server has accepted none", () => {
    const fresh = describeCrd({ ...crd, status: { acceptedNames: { plural: "", kind: "" } } });
    assert.equal(fresh.names.kind, "Session");
    assert.deepEqual([fresh.isEstablished, fresh.namesAccepted.status], [false, "Unknown"]);
  });

  test("is terminating from its deletion on, before the condition says so", () => {
    assert.equal(describeCrd({ ...crd, metadata: { ...crd.metadata, deletionTimestamp: "2026-01-02T00:00:00Z" } }).isTerminating, true);
    assert.equal(descriptor.isTerminating, false);
  });

  test("gives another hash to another schema, and the same to the same", () => {
    const [first] = crd.spec.versions;
    assert.ok(first);
    const changed = describeCrd({
      ...crd,
      spec: { ...crd.spec, versions: [{ ...first, schema: { openAPIV3Schema: { type: "object", required: ["spec"] } } }] },
    });
    assert.notEqual(changed.versions[0]?.schemaHash, descriptor.versions[2]?.schemaHash);
    assert.equal(describeCrd(structuredClone(crd)).versions[2]?.schemaHash, descriptor.versions[2]?.schemaHash);
  });
});

describe("withoutSchemas", () => {
  test("changes nothing of the descriptor, however often it is applied", () => {
    assert.deepEqual(describeCrd(withoutSchemas(crd)), describeCrd(crd));
    assert.deepEqual(describeCrd(withoutSchemas(withoutSchemas(crd))), describeCrd(crd));
  });

  test("holds no schema any more", () => assert.equal(JSON.stringify(withoutSchemas(crd)).includes("description"), false));
});
