import type { KubeObject } from "@polykind/apimachinery";
import { cloneJson, isRecord, itemsAt, textAt } from "../json.ts";
import { unsupportedValue } from "../kind/field-errors.ts";
import type { Draft } from "../kind/kind-rules.ts";
import { isSameState } from "../kind/metadata.ts";
import { kindNameOf, resourceNameOf, type ServedKind } from "../kind/served-kind.ts";
import { badRequest, conflict, invalidOptions, notFound, type StatusBody } from "../status/index.ts";
import type { Stored } from "../store/stored.ts";
import { type Answer, type Call, keyOfCall } from "./call.ts";
import { type Cluster, timestampOf } from "./cluster.ts";
import { CHANGED_MEANWHILE, isAdmitted, isReleased, untilUndisturbed } from "./commit.ts";
import { parseBody } from "./decode.ts";
import { dryRunErrors } from "./options.ts";

const POLICIES = ["Foreground", "Background", "Orphan"] as const;

/** What a delete asks for, from its body and its query. */
export interface DeleteOptions {
  readonly isDryRun: boolean;
  readonly propagationPolicy: (typeof POLICIES)[number] | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** DELETE of an object. @throws StatusError. */
export function remove(call: Call, cluster: Cluster): Promise<Answer> {
  const options = deleteOptionsOf(call);
  return untilUndisturbed(async () => {
    const stored = call.kind.collection.get(keyOfCall(call));
    if (stored === undefined) throw notFound(resourceNameOf(call.kind), call.name);
    checkPreconditions(stored, options, call.kind);
    const before = call.kind.read(stored);
    const step = {
      draft: { ...before } as unknown as Draft, // Whole, and only to be looked at.
      before,
      subresource: undefined,
      verb: "delete" as const,
      isDryRun: options.isDryRun,
    };
    if (!(await isAdmitted(step, call, { cluster, stored }))) return CHANGED_MEANWHILE;
    const left = removeStored(stored, call.kind, { ...options, at: timestampOf(cluster.clock) });
    return { code: 200, object: left ?? successOf(stored, call.kind) };
  });
}

function successOf({ name, uid }: Stored, { group, plural }: ServedKind): StatusBody {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(group !== "" && { group }), kind: plural, uid },
  };
}

/** The options of a delete: what the body says goes before what the query says. @throws StatusError 400 and 422. */
export function deleteOptionsOf({ body, kind, query }: Call): DeleteOptions {
  const value = body.bytes.length === 0 ? {} : parseBody(body, kind, false).value;
  if (!isRecord(value)) throw badRequest("the object provided is unrecognized (must be of type DeleteOptions)");
  const preconditions = isRecord(value["preconditions"]) ? value["preconditions"] : {};
  const dryRun = value["dryRun"] === undefined ? query.getAll("dryRun") : itemsAt(value, "dryRun").map(String);
  const policy =
    textAt(value, "propagationPolicy") ??
    query.get("propagationPolicy") ??
    (query.get("orphanDependents") === "true" || value["orphanDependents"] === true ? "Orphan" : undefined);
  const errors = [
    ...dryRunErrors(dryRun),
    ...(policy === undefined || isPolicy(policy) ? [] : [unsupportedValue("propagationPolicy", policy, [...POLICIES, "nil"])]),
  ];
  if (errors.length > 0) throw invalidOptions("DeleteOptions", errors);
  return {
    isDryRun: dryRun.length > 0,
    propagationPolicy: policy !== undefined && isPolicy(policy) ? policy : undefined,
    uid: textAt(preconditions, "uid"),
    resourceVersion: textAt(preconditions, "resourceVersion"),
  };
}

function isPolicy(text: string): text is (typeof POLICIES)[number] {
  return POLICIES.some((each) => each === text);
}

function checkPreconditions(stored: Stored, { uid, resourceVersion }: DeleteOptions, kind: ServedKind): void {
  if (uid !== undefined && uid !== stored.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${stored.uid}). The object might have been deleted and then recreated`;
    throw conflict(kindNameOf(kind), stored.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(stored.revision)) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${stored.revision}). The object might have been modified`;
    throw conflict(kindNameOf(kind), stored.name, why);
  }
}

/** How {@link removeStored} deletes. */
export interface Removal extends Pick<DeleteOptions, "isDryRun" | "propagationPolicy"> {
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Deletes an object, or marks it as being deleted when something holds it.
 *
 * @returns the object that is left, in the served version; nothing when it is gone.
 */
export function removeStored(stored: Stored, kind: ServedKind, removal: Removal): KubeObject | undefined {
  const object = markedForDeletion(stored.object, kind, removal);
  const isGone = isReleased(object);
  if (removal.isDryRun) return isGone ? undefined : object;
  if (isGone) {
    kind.collection.remove(stored, cloneJson(stored.object));
    return undefined;
  }
  return kind.read(isSameState(stored.object, object) ? stored : kind.collection.replace(stored, object));
}

function markedForDeletion(object: KubeObject, kind: ServedKind, { at, propagationPolicy }: Removal): KubeObject {
  const draft = cloneJson(object) as unknown as Draft; // A stored object has all that a draft has.
  const { metadata } = draft;
  const finalizers = finalizersFor(itemsAt(metadata, "finalizers"), propagationPolicy);
  if (finalizers.length > 0) metadata["finalizers"] = finalizers;
  else delete metadata["finalizers"];
  if (object.metadata.deletionTimestamp === undefined) {
    metadata["deletionTimestamp"] = at;
    kind.rules.markDeleted(draft);
  } else metadata["deletionGracePeriodSeconds"] ??= 0;
  return kind.canonical(draft as unknown as KubeObject); // Still a whole object, in the stored version.
}

/** What waits for the dependents is a finalizer. Source: `shouldOrphanDependents`, `shouldDeleteDependents` of the generic registry. */
function finalizersFor(present: readonly unknown[], policy: DeleteOptions["propagationPolicy"]): readonly unknown[] {
  if (policy === undefined) return present;
  const others = present.filter((each) => each !== "orphan" && each !== "foregroundDeletion");
  const wanted = { Orphan: ["orphan"], Foreground: ["foregroundDeletion"], Background: [] }[policy];
  return [...others, ...wanted];
}
