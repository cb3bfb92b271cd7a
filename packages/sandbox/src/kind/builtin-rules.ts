import type { KubeObject } from "@polykind/apimachinery";
import { apiVersionOf } from "@polykind/apimachinery";
import { alwaysPresent } from "../apply/always-present.ts";
import type { BuiltinRow } from "../builtin/row.ts";
import { builtinSelectableFields } from "../field-selector/index.ts";
import { cloneJson, equalJson, isRecord, type JsonObject, setField } from "../json.ts";
import { builtinSchema } from "../openapi/index.ts";
import { readMeta } from "../schema/index.ts";
import { readTyped, type Shape } from "../schema/typed/read-typed.ts";
import { shapeOfNode } from "./builtin-shape.ts";
import type { Decoded, Draft, KindRules, WriteStep } from "./kind-rules.ts";
import type { FieldError, NameRule } from "../schema/index.ts";

/** The rules of a built-in kind: those of its row in the table, around what all of them share. */
export class BuiltinRules implements KindRules {
  readonly checksMetadata: boolean = false;
  readonly canCreateOnUpdate: boolean;
  readonly needsVersion: boolean;
  readonly selectableFields: readonly string[];
  readonly nameRule: NameRule;
  readonly #row: BuiltinRow;
  #schema: JsonObject | undefined;
  #shape: Shape | undefined;

  constructor(row: BuiltinRow) {
    this.#row = row;
    this.canCreateOnUpdate = row.canCreateOnUpdate === true;
    this.needsVersion = row.needsVersion === true;
    this.nameRule = row.nameRule ?? "subdomain";
    this.selectableFields = builtinSelectableFields(apiVersionOf(row), row.kind);
  }

  get schema(): JsonObject {
    this.#schema ??= { ...builtinSchema(this.#row.group, this.#row.kind) };
    return this.#schema;
  }

  decode(draft: Draft): Decoded {
    const { metadata, ...rest } = draft;
    const meta = readMeta(metadata);
    if ("problem" in meta) return meta;
    this.#shape ??= shapeOfNode(this.schema, this.#row.kind);
    const read = readTyped(rest, this.#shape);
    if ("problem" in read) return read;
    const whole = alwaysPresent({ ...(isRecord(read.value) ? read.value : rest), metadata: meta.metadata }, this.schema);
    replaceFields(draft, whole);
    this.#row.setDefaults?.(draft);
    return { unknown: [...read.unknown, ...meta.unknown.map((path) => `metadata.${path}`)] };
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

/** Gives `draft` the fields of `whole`, and no others. */
export function replaceFields(draft: Draft, whole: Readonly<JsonObject>): void {
  for (const field of Object.keys(draft)) if (!Object.hasOwn(whole, field)) delete draft[field];
  for (const [field, value] of Object.entries(whole)) setField(draft, field, value);
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
