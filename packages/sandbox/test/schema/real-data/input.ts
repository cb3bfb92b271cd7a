import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "../../../src/patch/index.ts";
import { findRealInput } from "../../../../../test/support/real-input.ts";

/** A real CRD, as far as it is looked at here. */
export type Crd = JsonObject & {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly scope: string;
    readonly versions: readonly CrdVersion[];
  };
};

export interface CrdVersion {
  readonly name: string;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: JsonObject };
  readonly subresources?: { readonly status?: object };
}

/** An object as its author wrote it. */
export type CustomObject = JsonObject & { readonly apiVersion: string; readonly kind: string; readonly metadata: JsonObject };

/** All real CRDs, and objects of them. */
export interface RealInput {
  readonly crds: readonly Crd[];
  readonly objects: readonly CustomObject[];
}

function readLines(file: string): readonly unknown[] {
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** The real CRDs and objects, or why there are none. */
export function readRealInput(): RealInput | { readonly reason: string } {
  const files = findRealInput();
  if ("reason" in files) return files;
  const crds = readLines(files.crds).map((line) => (line as { readonly crd: Crd }).crd); // The README of the data says so.
  const objects = readLines(files.objects).map((line) => (line as { readonly object: CustomObject }).object); // As above.
  return { crds, objects };
}

/** The CRD that an object is of. */
export function crdOf(crds: readonly Crd[]): (object: CustomObject) => Crd | undefined {
  const byType = new Map<string, Crd>();
  for (const crd of crds) for (const { name } of crd.spec.versions) byType.set(`${crd.spec.group}/${name} ${crd.spec.names.kind}`, crd);
  return ({ apiVersion, kind }) => byType.get(`${apiVersion} ${kind}`);
}

/** The object as it is sent: in a namespace that exists, if in any. */
export function asSent(object: CustomObject, { spec }: Crd): JsonObject {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...structuredClone(object), metadata: spec.scope === "Namespaced" ? { ...metadata, namespace: "default" } : metadata };
}
