import type { Manifest, Resource, ResourceScope } from "@polykind/apimachinery";

/** How one life of the kind goes. */
export interface Life {
  readonly scope: ResourceScope;
  /** Those that are served; the first one is stored. */
  readonly versions: readonly string[];
  /** The first version is served no more while objects are there. */
  readonly isSwitched: boolean;
  /** The CRD is deleted while its objects are there; else they go first. */
  readonly isDrained: boolean;
}

/** The group of the kind that comes and goes. */
export const GROUP = "leak.example.com";
/** The kind that comes and goes. */
export const KIND = "Leaf";
/** Objects in each life. */
export const OBJECTS = 20;
/** Of these names are changed in each life. */
export const CHANGED: readonly string[] = ["leaf-0", "leaf-1", "leaf-2", "leaf-3", "leaf-4"];
/** Of these names are deleted before the kind is. */
export const REMOVED: readonly string[] = ["leaf-17", "leaf-18", "leaf-19"];

const NAMES = { plural: "leaves", singular: "leaf", kind: KIND, listKind: "LeafList" };
const SCHEMA = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
const VERSIONS: readonly (readonly string[])[] = [["v1"], ["v1beta1", "v1"], ["v1beta1"], ["v1", "v2alpha1"]];
/** In so many lives one version gives way to another. */
const SWITCH_EVERY = 8;

/** The life of this number: the resource scope alternates, the versions go round. `drainEvery`: in so many lives the objects stay until the CRD is deleted. */
export function lifeOf(cycle: number, drainEvery: number): Life {
  const isSwitched = cycle % SWITCH_EVERY === SWITCH_EVERY - 1;
  return {
    scope: cycle % 2 === 0 ? "Namespaced" : "Cluster",
    versions: isSwitched ? ["v1", "v1beta1"] : (VERSIONS[Math.floor(cycle / 2) % VERSIONS.length] ?? ["v1"]),
    isSwitched,
    isDrained: cycle % drainEvery === 0,
  };
}

/** The CRD of a life. */
export function crdOf({ scope, versions }: Life): Manifest {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${NAMES.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope,
      names: NAMES,
      versions: versions.map((name, at) => ({ name, served: true, storage: at === 0, schema: SCHEMA })),
    },
  };
}

/** How the objects of a life are reached: in the last of its versions, which stays. */
export function resourceOf({ scope, versions }: Life): Resource {
  return { group: GROUP, version: versions.at(-1) ?? "v1", kind: KIND, plural: NAMES.plural, resourceScope: scope };
}

/** Where an object of a life is. */
export function placeOf({ scope }: Life, name: string): { readonly name: string; readonly namespace?: string } {
  return scope === "Namespaced" ? { namespace: "default", name } : { name };
}

/** The objects of a life. */
export function objectsOf(life: Life): readonly Manifest[] {
  const { group, version } = resourceOf(life);
  return Array.from({ length: OBJECTS }, (_, at) => ({
    apiVersion: `${group}/${version}`,
    kind: KIND,
    metadata: placeOf(life, `leaf-${at}`),
    spec: { round: 0, at },
  }));
}
