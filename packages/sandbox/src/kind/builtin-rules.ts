import type { KubeObject } from "@polykind/apimachinery";
import { apiVersionOf } from "@polykind/apimachinery";
import type { BuiltinRow } from "../builtin/row.ts";
import { builtinSelectableFields } from "../field-selector/index.ts";
import { cloneJson, equalJson, isRecord, type JsonObject } from "../json.ts";
import { builtinSchema } from "./openapi-port.ts";
import type { Draft, KindRules, NameRule, WriteStep } from "./kind-rules.ts";
import type { FieldError } from "./schema-port.ts";

/** The rules of a built-in kind: those of its row in the table, around what all of them share. */
export class BuiltinRules implements KindRules {
  readonly canCreateOnUpdate: boolean;
  readonly needsVersion: boolean;
  readonly selectableFields: readonly string[];
  readonly nameRule: NameRule;
  readonly #row: BuiltinRow;
  #schema: JsonObject | undefined;

  constructor(row: BuiltinRow) {
    this.#row = row;
    this.canCreateOnUpdate = row.canCreateOnUpdate === true;
    this.needsVersion = row.needsVersion === true;
    this.nameRule = row.nameRule ?? "dnsSubdomain";
    this.selectableFields = builtinSelectableFields(apiVersionOf(row), row.kind);
  }

  get schema(): JsonObject {
    this.#schema ??= { ...builtinSchema(this.#row.group, this.#row.kind) };
    return this.#schema;
  }

  decode(draft: Draft): readonly string[] {
    this.#row.setDefaults?.(draft);
    return [];
  }

  prepare(step: WriteStep): void {
    const { draft, before, subresource } = step;
    if (before === undefined) {
      if (this.#row.hasStatus === true) delete draft["status"];
      if (this.#row.hasGeneration === true) draft.metadata["generation"] = 1;
    } else if (subresource === undefined) {
      if (this.#row.hasStatus === true) keep(draft, before, "status");
      if (this.#row.hasGeneration === true && !isSameDesired(draft, before))
        draft.metadata["generation"] = (before.metadata.generation ?? 0) + 1;
    } else keepAllBut(draft, before, subresource === "finalize" ? "spec" : "status");
    this.#row.prepare?.(step);
  }

  markDeleted(draft: Draft): void {
    if (this.#row.markDeleted !== undefined) return this.#row.markDeleted(draft);
    draft.metadata["deletionGracePeriodSeconds"] = 0;
    const generation = Number(draft.metadata["generation"] ?? 0);
    if (generation > 0) draft.metadata["generation"] = generation + 1;
  }

  validate(step: WriteStep): readonly FieldError[] {
    return this.#row.validate?.(step) ?? [];
  }
}

/** Whether two objects differ in metadata and status at most. */
function isSameDesired(draft: Draft, before: KubeObject): boolean {
  const was: Readonly<JsonObject> = { ...before };
  if (isRecord(draft["spec"])) return equalJson(draft["spec"], was["spec"]);
  return equalJson({ ...draft, metadata: null, status: null }, { ...was, metadata: null, status: null });
}

function keep(draft: Draft, before: KubeObject, field: string): void {
  const was: Readonly<JsonObject> = { ...before };
  if (was[field] === undefined) delete draft[field];
  else draft[field] = cloneJson(was[field]);
}

/** A subresource writes its own part; of the metadata, labels and owners stay. */
function keepAllBut(draft: Draft, before: KubeObject, part: string): void {
  for (const field of new Set([...Object.keys(draft), ...Object.keys(before)])) {
    if (field !== part && field !== "metadata") keep(draft, before, field);
  }
  for (const field of ["labels", "ownerReferences"] as const) {
    if (before.metadata[field] === undefined) delete draft.metadata[field];
    else draft.metadata[field] = cloneJson(before.metadata[field]);
  }
}
