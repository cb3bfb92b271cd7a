import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

/** What the baseline's loader reads of a CRD and of an object. */
interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly plural: string } };
}

interface Manifest {
  readonly apiVersion: string;
}

/** There are so few real kinds that those of further groups must be copies. */
const COPIES = 4;

/**
 * Writes real CRDs and real objects, one JSON text a line as the baseline's loader reads them: first as they are, then again and again under groups of another name,
 * so that there are more kinds than anybody has published.
 */
export async function writeManyKinds(
  from: { readonly crds: string; readonly objects: string },
  to: { readonly crds: string; readonly objects: string },
): Promise<void> {
  const crds = (await linesOf<{ readonly crd: Crd }>(from.crds)).map(({ crd }) => crd);
  const objects = (await linesOf<{ readonly object: Manifest }>(from.objects)).map(({ object }) => object);
  const copies = Array.from({ length: COPIES }, (_, index) => (group: string) => (index === 0 ? group : `copy${index}.${group}`));
  await writeFile(to.crds, textOf(copies.flatMap((groupOf) => crds.map((crd) => ({ crd: crdIn(crd, groupOf) })))));
  await writeFile(to.objects, textOf(copies.flatMap((groupOf) => objects.map((object) => ({ obj: objectIn(object, groupOf) })))));
}

async function linesOf<T>(file: string): Promise<readonly T[]> {
  const text = gunzipSync(await readFile(file)).toString();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T); // as the data's README says
}

function textOf(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

function crdIn(crd: Crd, groupOf: (group: string) => string): Crd {
  const group = groupOf(crd.spec.group);
  return { ...crd, metadata: { ...crd.metadata, name: `${crd.spec.names.plural}.${group}` }, spec: { ...crd.spec, group } };
}

function objectIn(object: Manifest, groupOf: (group: string) => string): Manifest {
  return { ...object, apiVersion: object.apiVersion.includes("/") ? groupOf(object.apiVersion) : object.apiVersion };
}
