import type { CrdVersion, CustomResourceDefinition } from "@polykind/apimachinery";
import { type CompiledSchema, compileSchema } from "../schema/index.ts";

/** The compiled schemas of one CRD, each made when it is first needed: most kinds never get an object. */
export class VersionSchemas {
  readonly #compiled = new Map<string, CompiledSchema>();
  readonly #crd: CustomResourceDefinition;

  constructor(crd: CustomResourceDefinition) {
    this.#crd = crd;
  }

  of(version: string): CompiledSchema {
    const known = this.#compiled.get(version);
    if (known !== undefined) return known;
    const { schema } = versionOf(this.#crd, version);
    const compiled = compileSchema(schema?.openAPIV3Schema, { preserveUnknownFields: this.#crd.spec.preserveUnknownFields === true });
    this.#compiled.set(version, compiled);
    return compiled;
  }
}

function versionOf(crd: CustomResourceDefinition, name: string): CrdVersion {
  const version = crd.spec.versions.find((each) => each.name === name);
  if (version === undefined) throw new TypeError(`${crd.metadata.name} has no version ${name}`);
  return version;
}
