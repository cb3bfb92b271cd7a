import type { CrdVersion } from "@polykind/apimachinery";
import { customSelectableFields } from "../field-selector/index.ts";
import { equalJson, isRecord, itemsAt, type JsonObject } from "../json.ts";
import { finalizerWarnings } from "./warnings.ts";
import type { VersionSchemas } from "./version-schemas.ts";
import type { Decoded, Draft, KindRules, WriteStep } from "./kind-rules.ts";
import type { FieldError } from "../schema/index.ts";

/** The rules of custom resources: what their CRD says. Source: `apiextensions-apiserver/pkg/registry/customresource`. */
export class CustomRules implements KindRules {
  readonly canCreateOnUpdate = false;
  readonly needsVersion = true;
  readonly schema: JsonObject;
  readonly selectableFields: readonly string[];
  readonly #version: CrdVersion;
  readonly #schemas: VersionSchemas;

  constructor(version: CrdVersion, schemas: VersionSchemas) {
    this.#version = version;
    this.#schemas = schemas;
    this.selectableFields = customSelectableFields(version);
    this.schema = { ...version.schema?.openAPIV3Schema };
  }

  get #hasStatus(): boolean {
    return this.#version.subresources?.status !== undefined;
  }

  decode(draft: Draft): Decoded {
    const schema = this.#schemas.of(this.#version.name);
    const problem = schema.unreadable(draft);
    if (problem !== undefined) return { problem };
    const dropped = schema.prune(draft);
    schema.setDefaults(draft);
    // The real server reads the metadata first.
    return { unknown: dropped.toSorted((a, b) => Number(isOfMetadata(b)) - Number(isOfMetadata(a))) };
  }

  prepare({ draft, before, subresource }: WriteStep): void {
    if (before === undefined) {
      if (this.#hasStatus) delete draft["status"];
      draft.metadata["generation"] = 1;
      return;
    }
    const was: Readonly<JsonObject> = { ...before };
    if (subresource === "status") {
      restore(draft, was, (field) => field !== "status");
      return;
    }
    if (this.#hasStatus) restore(draft, was, (field) => field === "status");
    const isSame = equalJson(
      { ...draft, metadata: null, status: this.#hasStatus ? null : draft["status"] },
      { ...was, metadata: null, status: this.#hasStatus ? null : was["status"] },
    );
    if (!isSame) draft.metadata["generation"] = (before.metadata.generation ?? 0) + 1;
  }

  warningsOf({ draft, before, subresource }: WriteStep): readonly string[] {
    return subresource === undefined ? finalizerWarnings(itemsAt(draft.metadata, "finalizers"), before?.metadata.finalizers ?? []) : [];
  }

  markDeleted({ metadata }: Draft): void {
    metadata["deletionGracePeriodSeconds"] = 0;
    metadata["generation"] = Number(metadata["generation"] ?? 0) + 1;
  }

  validate({ draft, before }: WriteStep, others: readonly FieldError[]): readonly FieldError[] {
    return this.#schemas.of(this.#version.name).validate(draft, before, { others });
  }
}

function isOfMetadata(path: string): boolean {
  return path.startsWith("metadata.");
}

/** Puts the fields that `isKept` back to what they were. Of the metadata only the field owners may be new. */
function restore(draft: Draft, was: Readonly<JsonObject>, isKept: (field: string) => boolean): void {
  for (const field of new Set([...Object.keys(draft), ...Object.keys(was)])) {
    if (!isKept(field) || field === "apiVersion" || field === "kind") continue;
    if (field === "metadata")
      draft.metadata = { ...(isRecord(was[field]) ? was[field] : {}), managedFields: draft.metadata["managedFields"] };
    else if (was[field] === undefined) delete draft[field];
    else draft[field] = was[field];
  }
}
