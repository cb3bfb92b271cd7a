import { ApplyError, applyConfiguration } from "../apply/index.ts";
import { cloneJson } from "../json.ts";
import type { Draft } from "../kind/kind-rules.ts";
import { invalidValue } from "../kind/field-errors.ts";
import { resourceNameOf, type ServedKind } from "../kind/served-kind.ts";
import { applyJsonPatch, applyMergePatch, applyStrategicPatch, PatchError } from "../patch/index.ts";
import { applyConflict, badRequest, invalid, notFound, StatusError, unsupportedMediaType } from "../status/index.ts";
import type { Stored } from "../store/stored.ts";
import { type Answer, type Call, keyOfCall } from "./call.ts";
import { type Cluster, timestampOf } from "./cluster.ts";
import { CHANGED_MEANWHILE, untilUndisturbed } from "./commit.ts";
import { createDraft } from "./create.ts";
import { asDraft, decodeFields, parseBody, reportDropped } from "./decode.ts";
import { isNestedTooDeep } from "./nesting.ts";
import { writeContextOf } from "./managers.ts";
import { type FieldValidation, type WriteOptions, writeOptionsOf } from "./options.ts";
import { changeTo, checkNames } from "./update.ts";

const APPLY = "application/apply-patch+yaml";
const STRATEGIC = "application/strategic-merge-patch+json";

/** The media types of patches that a kind takes. */
export function patchTypesOf({ isCustom }: Pick<ServedKind, "isCustom">): readonly string[] {
  const general = ["application/json-patch+json", "application/merge-patch+json"];
  return isCustom ? [...general, APPLY] : [...general, STRATEGIC, APPLY];
}

/** PATCH of an object or a subresource of it. @throws StatusError. */
export function patch(call: Call, cluster: Cluster): Promise<Answer> {
  const { mediaType } = call.body;
  const types = patchTypesOf(call.kind);
  if (!types.includes(mediaType)) throw unsupportedMediaType(types);
  if (mediaType === APPLY) return apply(call, cluster);
  const options = writeOptionsOf("PatchOptions", call.query);
  const change = readPatch(call);
  return untilUndisturbed(async () => {
    const stored = call.kind.collection.get(keyOfCall(call));
    if (stored === undefined) throw notFound(resourceNameOf(call.kind), call.name);
    const draft = asDraft(cloneJson(patched(change, call.kind.read(stored), call)), call);
    const text = options.fieldValidation === "Strict" ? JSON.stringify(draft) : "";
    reportPatched(decodeFields(draft, call), { text, call, validation: options.fieldValidation });
    checkNames(draft, call);
    const object = await changeTo(draft, { stored, call, cluster, options, isUnconditional: true });
    return object === CHANGED_MEANWHILE ? object : { code: 200, object };
  });
}

function readPatch({ body }: Call): unknown {
  const text = Buffer.from(body.bytes).toString("utf8");
  if (isNestedTooDeep(text)) throw badRequest("error decoding patch: exceeded max depth");
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw badRequest(`error decoding patch: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** As {@link reportDropped}; of a patch the real server says it in other words. */
function reportPatched(
  unknown: readonly string[],
  { text, call, validation }: { readonly text: string; readonly call: Call; readonly validation: FieldValidation },
): void {
  if (validation !== "Strict" || unknown.length === 0) return reportDropped({ duplicates: [], unknown }, call, validation);
  const fields = unknown.map((path) => `unknown field "${path}"`).join(", ");
  throw invalid({ group: "", what: "" }, "", [invalidValue("patch", text, `strict decoding error: ${fields}`)]);
}

/** The object after the patch. */
function patched(change: unknown, object: object, { body: { mediaType }, kind }: Call): unknown {
  try {
    switch (mediaType) {
      case "application/json-patch+json":
        return applyJsonPatch(object, change);
      case STRATEGIC:
        return applyStrategicPatch(object, change, kind.rules.schema);
      default:
        return applyMergePatch(object, change);
    }
  } catch (thrown) {
    throw thrown instanceof PatchError ? refusalOf(thrown) : thrown;
  }
}

function refusalOf({ httpStatus, reason, message }: PatchError): StatusError {
  return new StatusError(httpStatus, reason, message, httpStatus === 422 ? { details: {} } : {});
}

/** Server-side apply (KEP-555): creates, or merges field by field with ownership. */
function apply(call: Call, cluster: Cluster): Promise<Answer> {
  const options = writeOptionsOf("PatchOptions", call.query, true);
  const { value, duplicates } = parseBody(call.body, call.kind, false);
  const applied = asDraft(value, call);
  checkNames(applied, call);
  reportDropped({ duplicates, unknown: decodeFields(cloneJson(applied), call) }, call, options.fieldValidation);
  return untilUndisturbed(async () => {
    const stored = call.kind.collection.get(keyOfCall(call));
    if (stored === undefined && call.subresource !== undefined) throw notFound(resourceNameOf(call.kind), call.name);
    const draft = mergedWith(stored, applied, { call, cluster, options });
    call.kind.rules.decode(draft);
    if (stored === undefined) return { code: 201, object: await createDraft(draft, call, cluster, { ...options, isOwned: true }) };
    const object = await changeTo(draft, { stored, call, cluster, options: { ...options, isOwned: true }, isUnconditional: true });
    return object === CHANGED_MEANWHILE ? object : { code: 200, object };
  });
}

interface Merging {
  readonly call: Call;
  readonly cluster: Cluster;
  readonly options: WriteOptions;
}

function mergedWith(stored: Stored | undefined, applied: Draft, { call, cluster, options }: Merging): Draft {
  try {
    const outcome = applyConfiguration({
      live: stored === undefined ? undefined : call.kind.read(stored),
      applied,
      manager: options.fieldManager,
      force: options.isForced,
      at: timestampOf(cluster.clock),
      ...writeContextOf(call.kind, call.subresource),
      apiVersion: applied.apiVersion,
    });
    if (outcome.conflicts !== undefined) throw applyConflict(outcome.message, outcome.conflicts);
    return asDraft(cloneJson(outcome.object), call);
  } catch (thrown) {
    throw thrown instanceof ApplyError ? new StatusError(thrown.httpStatus, thrown.reason, thrown.message) : thrown;
  }
}
