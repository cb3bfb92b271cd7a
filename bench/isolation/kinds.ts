import type { Manifest } from "@polykind/apimachinery";

/** The group of all kinds of the bench. */
export const GROUP = "isolation.example.com";
/** Kinds, of which the first one is the victim. */
export const KINDS = 100;
/** Objects of each kind. */
export const OBJECTS = 10;

/** The kind whose server goes wrong. */
export const VICTIM = "Thing0";

/**
 * What can become of the victim's server. `none` shows how much the figures differ by themselves, and `sends spaces` what it takes to send as many bytes as in a flood, on the same
 * connection: one event of that length.
 */
export const FAULTS = ["none", "answers 500", "hangs", "floods", "sends spaces"] as const;
export type Fault = (typeof FAULTS)[number];

const SCHEMA = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };

/** The plural of a kind. */
export function pluralOf(kind: number): string {
  return `things${kind}`;
}

/** The CRD of a kind. `edit`: another number is another description, which makes the server close the kind's watches. */
export function crdOf(kind: number, edit = 0): Manifest {
  const openAPIV3Schema = { ...SCHEMA.openAPIV3Schema, description: `edited ${edit} times` };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${pluralOf(kind)}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural: pluralOf(kind), kind: `Thing${kind}` },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

/** An object of a kind. `at`: when it was written, in Unix milliseconds with a fraction. */
export function objectOf(kind: number, object: number, at: number): Manifest {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: `Thing${kind}`,
    metadata: { namespace: "default", name: `thing-${object}` },
    spec: { at },
  };
}

/** The time in Unix milliseconds, such that processes agree on fractions. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
