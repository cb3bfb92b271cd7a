import type { CrdDescriptor, VersionDescriptor } from "@polykind/apimachinery";

/** A CRD that is served in `v1` and `v1beta1`, but for what is said otherwise. */
export function crd(overrides: Partial<CrdDescriptor> = {}): CrdDescriptor {
  return {
    name: "sessions.demo.example.com",
    uid: "u1",
    resourceVersion: "10",
    generation: 1,
    labels: {},
    annotations: {},
    group: "demo.example.com",
    names: { plural: "sessions", kind: "Session" },
    resourceScope: "Namespaced",
    versions: [version("v1"), version("v1beta1")],
    storedVersions: ["v1"],
    conversion: { strategy: "None", hash: "" },
    isEstablished: true,
    namesAccepted: { status: "True", reason: "", message: "" },
    isTerminating: false,
    ...overrides,
  };
}

/** One of its versions; `v1` is the stored one. */
export function version(name: string, overrides: Partial<VersionDescriptor> = {}): VersionDescriptor {
  return {
    name,
    isServed: true,
    isStorage: name === "v1",
    isDeprecated: false,
    schemaHash: "",
    bodyHash: "",
    hasStatus: false,
    hasScale: false,
    selectableFields: [],
    ...overrides,
  };
}
