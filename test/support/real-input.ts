import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** The files of real CRDs and objects. */
export interface RealInput {
  readonly crds: string;
  readonly objects: string;
}

/** The files of real CRDs and objects; where they are absent, the reason to skip what needs them. */
export function findRealInput(): RealInput | { readonly reason: string } {
  const folder = resolve(ROOT, process.env["POLYKIND_DATA"] ?? "../shared/data");
  const [crds, objects] = [join(folder, "crds.ndjson.gz"), join(folder, "objects.ndjson.gz")];
  return existsSync(crds) && existsSync(objects)
    ? { crds, objects }
    : { reason: `no real CRDs and objects: ${folder} is absent (POLYKIND_DATA names it)` };
}
