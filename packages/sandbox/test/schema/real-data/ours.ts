import type { JsonObject } from "../../../src/patch/index.ts";
import { type CompiledSchema, compileSchema, defaultCrd, readCrd, validateCrd, validateMeta } from "../../../src/schema/index.ts";
import { asSent, type Crd, type CrdVersion, type CustomObject } from "./input.ts";
import type { Verdict } from "./theirs.ts";

/** What our rules make of a CRD. */
export function ourVerdictOnCrd(crd: Crd): Verdict {
  const read = readCrd(structuredClone(crd));
  if ("problem" in read) return { isAccepted: false, causes: [{ message: read.problem }] };
  defaultCrd(read.crd);
  const causes = validateCrd(read.crd);
  return { isAccepted: causes.length === 0, causes, kept: read.crd };
}

const schemas = new Map<CrdVersion, CompiledSchema>();

function schemaOf(version: CrdVersion): CompiledSchema {
  const known = schemas.get(version);
  if (known !== undefined) return known;
  const compiled = compileSchema(version.schema?.openAPIV3Schema, { preserveUnknownFields: false });
  schemas.set(version, compiled);
  return compiled;
}

/** What our rules make of an object of the kind that `crd` defines. */
export function ourVerdictOnObject(object: CustomObject, crd: Crd): Verdict {
  const version = crd.spec.versions.find(({ name }) => object.apiVersion === `${crd.spec.group}/${name}`);
  const storage = crd.spec.versions.find((each) => each.storage);
  if (version === undefined || storage === undefined) throw new Error(`${crd.metadata.name} has no such version`);
  const schema = schemaOf(version);
  let made = asSent(object, crd);
  const problem = schema.unreadable(made);
  if (problem !== undefined) return { isAccepted: false, causes: [{ message: problem }] };
  const unknown = [...schema.prune(made)].sort();
  schema.setDefaults(made);
  if (version.subresources?.status !== undefined) made = withoutStatus(made);
  const isNamespaced = crd.spec.scope === "Namespaced";
  const others = validateMeta(made["metadata"] as JsonObject, { isNamespaced, isCreate: true }); // `asSent` gave it.
  const causes = [...others, ...schema.validate(made, undefined, { others })];
  if (causes.length > 0) return { isAccepted: false, causes };
  return { isAccepted: true, causes, kept: storeAndRead(made, schema, storage), unknown };
}

function withoutStatus({ status: _, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** The object as it is answered, which on its way goes through the version that is stored. */
function storeAndRead(made: JsonObject, schema: CompiledSchema, storage: CrdVersion): JsonObject {
  for (const each of new Set([schemaOf(storage), schema])) {
    each.prune(made);
    each.setDefaults(made);
  }
  const { metadata: _, ...kept } = made;
  return kept;
}
