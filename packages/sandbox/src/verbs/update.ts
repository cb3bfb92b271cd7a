import type { KubeObject } from "@polykind/apimachinery";
import { cloneJson, textAt } from "../json.ts";
import { invalidValue } from "../kind/field-errors.ts";
import type { Draft, SubresourceName } from "../kind/kind-rules.ts";
import { keepMetadata, validateMetadataUpdate } from "../kind/metadata.ts";
import { validateMeta } from "../schema/index.ts";
import { kindNameOf, resourceNameOf } from "../kind/served-kind.ts";
import { badRequest, conflict, invalid, modified, notFound } from "../status/refusals.ts";
import type { Stored } from "../store/stored.ts";
import { type Answer, type Call, keyOfCall } from "./call.ts";
import { type Cluster, timestampOf } from "./cluster.ts";
import { CHANGED_MEANWHILE, commitUpdate, dryRunResult, isAdmitted, untilUndisturbed } from "./commit.ts";
import { createDraft } from "./create.ts";
import { decodeObject } from "./decode.ts";
import { trackedUpdate } from "./managers.ts";
import { type WriteOptions, writeOptionsOf } from "./options.ts";

/** PUT to an object or a subresource of it. @throws StatusError. */
export async function update(call: Call, cluster: Cluster): Promise<Answer> {
  const options = writeOptionsOf("UpdateOptions", call.query);
  const decoded = decodeObject(call, options.fieldValidation);
  checkNames(decoded, call);
  return untilUndisturbed(async () => {
    const stored = call.kind.collection.get(keyOfCall(call));
    if (stored === undefined) return createByUpdate(decoded, call, cluster, options);
    const object = await changeTo(cloneJson(decoded), { stored, call, cluster, options });
    return object === CHANGED_MEANWHILE ? object : { code: 200, object };
  });
}

async function createByUpdate(draft: Draft, call: Call, cluster: Cluster, options: WriteOptions): Promise<Answer> {
  if (!call.kind.rules.canCreateOnUpdate || call.subresource !== undefined) throw notFound(resourceNameOf(call.kind), call.name);
  return { code: 201, object: await createDraft(draft, call, cluster, options) };
}

/** The name and namespace in the object must be those of the URL, or missing. @throws StatusError 400. */
export function checkNames(draft: Draft, { kind, name, namespace }: Call): void {
  const given = textAt(draft.metadata, "name") ?? "";
  if (given === "") draft.metadata["name"] = name;
  else if (given !== name) throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  const space = textAt(draft.metadata, "namespace") ?? "";
  if (kind.resourceScope === "Cluster") delete draft.metadata["namespace"];
  else if (space === "") draft.metadata["namespace"] = namespace;
  else if (space !== namespace) throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

/** One change of an object that is there. */
export interface ChangeTarget {
  readonly stored: Stored;
  readonly call: Call;
  readonly cluster: Cluster;
  readonly options: WriteOptions & { readonly isOwned?: boolean };
  /** Whether a missing version means "whatever is there", as with patches. */
  readonly isUnconditional?: boolean;
  /** The part by which fields of the whole object are written. Default: that of the call. */
  readonly writtenBy?: SubresourceName;
}

/** Stores `draft` in the place of an object. @returns the object as it is then, in the served version. @throws StatusError. */
export async function changeTo(draft: Draft, target: ChangeTarget): Promise<KubeObject | typeof CHANGED_MEANWHILE> {
  const { stored, call, cluster, options } = target;
  const { kind } = call;
  const before = kind.read(stored);
  checkVersion(draft, before, target);
  const at = timestampOf(cluster.clock);
  keepMetadata(draft.metadata, before.metadata);
  draft.metadata["uid"] ??= before.metadata.uid;
  const step = { draft, before, subresource: call.subresource };
  const written = { ...step, subresource: target.writtenBy ?? call.subresource };
  if (options.isOwned !== true) trackedUpdate(written, call, { at, manager: options.fieldManager });
  kind.rules.prepare(step);
  const admission = { ...step, verb: "update", isDryRun: options.isDryRun } as const;
  if (!(await isAdmitted(admission, call, { cluster, stored }))) return CHANGED_MEANWHILE;
  validateChange(draft, before, call);
  for (const warning of kind.rules.warningsOf?.(step) ?? []) call.warnings.add(warning);
  return options.isDryRun ? dryRunResult(kind, draft, before.metadata.resourceVersion) : commitUpdate(kind, stored, step);
}

function checkVersion(draft: Draft, before: KubeObject, { call, isUnconditional = false }: ChangeTarget): void {
  const { kind, name } = call;
  const uid = textAt(draft.metadata, "uid");
  if (!isUnconditional && uid !== undefined && uid !== "" && uid !== before.metadata.uid) {
    throw conflict(
      resourceNameOf(kind),
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`,
    );
  }
  const version = textAt(draft.metadata, "resourceVersion") ?? "";
  if (version === "" || version === "0") {
    if (kind.rules.needsVersion && !isUnconditional) {
      throw invalid(resourceNameOf(kind), name, [invalidValue("metadata.resourceVersion", 0, "must be specified for an update")]);
    }
    draft.metadata["resourceVersion"] = before.metadata.resourceVersion;
  } else if (version !== before.metadata.resourceVersion) throw modified(resourceNameOf(kind), name);
}

function validateChange(draft: Draft, before: KubeObject, { kind, name, subresource }: Call): void {
  const { nameRule, checksMetadata } = kind.rules;
  const options = { isNamespaced: kind.resourceScope === "Namespaced", isCreate: false, ...(nameRule !== undefined && { nameRule }) };
  const meta = [...validateMeta(draft.metadata, options), ...validateMetadataUpdate(draft.metadata, before.metadata)];
  // The real server looks at the metadata twice, and tells what it finds twice.
  const twice = checksMetadata === true ? meta : [...meta, ...meta];
  const errors = [...twice, ...kind.rules.validate({ draft, before, subresource }, meta)];
  if (errors.length > 0) throw invalid(kindNameOf(kind), name, errors);
}
