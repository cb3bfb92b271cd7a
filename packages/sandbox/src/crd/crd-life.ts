import type { Condition, CustomResourceDefinition } from "@polykind/apimachinery";
import type { Clock } from "@polykind/core";
import { equalJson, itemsAt, recordAt, textAt } from "../json.ts";
import type { Draft } from "../kind/kind-rules.ts";
import { removeStored } from "../verbs/delete.ts";
import { isCaBundle } from "../schema/crd/conversion-rules.ts";
import { structuralErrors } from "../schema/index.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { aggregate } from "../status/index.ts";
import type { Collection } from "../store/collection.ts";
import type { Change, Stored } from "../store/stored.ts";
import { timestampOf } from "../verbs/cluster.ts";
import { commitUpdate } from "../verbs/commit.ts";
import { trackedStatus } from "../verbs/managers.ts";
import { approvalOf } from "./approval.ts";
import {
  type CrdCondition,
  DELETION_COMPLETED,
  DELETION_IN_PROGRESS,
  ESTABLISHED,
  INSTALLING,
  INVALID_CA_BUNDLE,
  isTrue,
  NEVER_ESTABLISHED,
  NOT_ACCEPTED,
  withCrdCondition,
} from "./conditions.ts";
import { asCrd, CLEANUP_FINALIZER } from "./crd-kind.ts";
import type { CustomKinds } from "./custom-kinds.ts";
import { decideNames, hasAllNames } from "./names.ts";

/** What the life of CRDs works on. */
export interface CrdLifeDeps {
  readonly kind: ServedKind;
  readonly customKinds: CustomKinds;
  readonly clock: Clock;
}

/**
 * Does what the controllers of the real server do to CRDs: decides on names, establishes, tells of schemas that are not structural, and
 * on deletion removes the instances and waits for them.
 *
 * Guarantees: steps are taken after the write that causes them, one after another, each a write of its own; at rest nothing is
 * left to do, and no timer runs.
 */
export class CrdLife {
  readonly #crds: Collection;
  readonly #deps: CrdLifeDeps;
  readonly #waiting = new Set<string>();
  /** The generation whose schemas were looked at, by uid. */
  readonly #schemasSeen = new Map<string, number>();
  #isScheduled = false;
  #isClosed = false;

  constructor(deps: CrdLifeDeps) {
    this.#deps = deps;
    this.#crds = deps.kind.collection;
  }

  /** Takes in a change of a CRD; what follows from it happens after the present job. */
  observe({ type, stored }: Change): void {
    this.#enqueue(stored.name);
    if (type !== "DELETED") return;
    this.#schemasSeen.delete(stored.uid);
    // Names have become free: those who wait for them get their turn.
    for (const other of this.#groupOf(asCrd(stored.object))) this.#enqueue(other.metadata.name);
  }

  /** Takes in that the last object of a collection is gone. */
  observeEmpty(collection: Collection): void {
    const name = this.#deps.customKinds.nameOf(collection);
    if (name !== undefined) this.#enqueue(name);
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  #enqueue(name: string): void {
    this.#waiting.add(name);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    for (const name of this.#waiting) {
      this.#waiting.delete(name);
      const stored = this.#crds.get(name);
      if (stored === undefined || this.#isClosed) continue;
      this.#step(stored, asCrd(stored.object));
    }
  }

  /** One step, one write: the change that it makes brings the next one. */
  #step(stored: Stored, crd: CustomResourceDefinition): void {
    if (this.#decideNames(stored, crd) || this.#establish(stored, crd)) return;
    if (this.#tellOfSchemas(stored, crd) || this.#tellOfApproval(stored, crd)) return;
    this.#finalize(stored, crd);
  }

  #groupOf({ metadata, spec }: CustomResourceDefinition): readonly CustomResourceDefinition[] {
    return this.#crds
      .list()
      .map(({ object }) => asCrd(object))
      .filter((other) => other.spec.group === spec.group && other.metadata.name !== metadata.name);
  }

  #decideNames(stored: Stored, crd: CustomResourceDefinition): boolean {
    if (hasAllNames(crd)) return false;
    const others = this.#groupOf(crd);
    const { acceptedNames, isAccepted, reason, message } = decideNames(crd, others);
    const names: CrdCondition = { type: "NamesAccepted", status: isAccepted ? "True" : "False", reason, message };
    const before = crd.status?.conditions?.find(({ type }) => type === "NamesAccepted");
    const isSame = before?.status === names.status && before.reason === reason && before.message === message;
    if (isSame && equalJson(crd.status?.acceptedNames, acceptedNames)) return false;
    const established = isTrue(crd, "Established")
      ? undefined
      : isAccepted
        ? INSTALLING
        : (crd.status?.conditions?.find(({ type }) => type === "Established") ?? NOT_ACCEPTED);
    this.#write(stored, { conditions: [names, ...(established === undefined ? [] : [established])], status: { acceptedNames } });
    for (const other of others) this.#enqueue(other.metadata.name);
    return true;
  }

  #establish(stored: Stored, crd: CustomResourceDefinition): boolean {
    if (isTrue(crd, "Established") || !isTrue(crd, "NamesAccepted")) return false;
    const condition = hasBadBundle(crd) ? INVALID_CA_BUNDLE : ESTABLISHED;
    if (crd.status?.conditions?.find(({ type }) => type === "Established")?.reason === condition.reason) return false;
    this.#write(stored, { conditions: [condition] });
    return true;
  }

  #tellOfSchemas(stored: Stored, crd: CustomResourceDefinition): boolean {
    const { generation } = crd.metadata;
    const seen = this.#schemasSeen.get(stored.uid);
    if (generation !== undefined && seen === generation) return false;
    this.#schemasSeen.set(stored.uid, generation ?? 0);
    const before = crd.status?.conditions?.find(({ type }) => type === "NonStructuralSchema");
    const errors = structuralErrors(crd);
    const message = aggregate(errors);
    if (errors.length === 0 ? before === undefined : before?.message === message) return false;
    const conditions: readonly CrdCondition[] =
      errors.length === 0 ? [] : [{ type: "NonStructuralSchema", status: "True", reason: "Violations", message }];
    this.#write(stored, { conditions, dropped: "NonStructuralSchema" });
    return true;
  }

  #tellOfApproval(stored: Stored, crd: CustomResourceDefinition): boolean {
    const approval = approvalOf(crd);
    const before = crd.status?.conditions?.find(({ type }) => type === approval?.type);
    if (approval === undefined || (before?.reason === approval.reason && before.message === approval.message)) return false;
    this.#write(stored, { conditions: [approval] });
    return true;
  }

  #finalize(stored: Stored, crd: CustomResourceDefinition): void {
    if (crd.metadata.deletionTimestamp === undefined || crd.metadata.finalizers?.includes(CLEANUP_FINALIZER) !== true) return;
    const terminating = crd.status?.conditions?.find(({ type }) => type === "Terminating");
    if (terminating?.reason === "InstanceDeletionPending") return this.#write(stored, { conditions: [DELETION_IN_PROGRESS] });
    if (!isTrue(crd, "Established")) return this.#release(stored, NEVER_ESTABLISHED);
    const instances = this.#deps.customKinds.collectionOf(stored.uid);
    this.#removeInstances(instances);
    if (instances === undefined || instances.size === 0) this.#release(stored, DELETION_COMPLETED);
  }

  #removeInstances(instances: Collection | undefined): void {
    if (instances === undefined) return;
    const kind = this.#deps.customKinds.storedAs(instances);
    const removal = { isDryRun: false, propagationPolicy: undefined, at: timestampOf(this.#deps.clock) };
    for (const instance of instances.list()) {
      if (kind !== undefined && instance.object.metadata.deletionTimestamp === undefined) removeStored(instance, kind, removal);
    }
  }

  #release(stored: Stored, condition: CrdCondition): void {
    const finalizers = (stored.object.metadata.finalizers ?? []).filter((each) => each !== CLEANUP_FINALIZER);
    this.#write(stored, { conditions: [condition], finalizers });
  }

  #write(stored: Stored, { conditions, status = {}, dropped, finalizers }: StatusChange): void {
    const at = timestampOf(this.#deps.clock);
    const before = recordAt({ ...stored.object }, "status") ?? {};
    let next = itemsAt(before, "conditions").filter((each) => (each as Condition).type !== dropped) as readonly Condition[]; // Only we write them.
    for (const condition of conditions) next = withCrdCondition(next, condition, at);
    // The spec is shared with the present state: it is large, and frozen.
    const draft: Draft = { ...stored.object, metadata: { ...stored.object.metadata }, status: { ...before, conditions: next, ...status } };
    if (finalizers !== undefined && finalizers.length > 0) draft.metadata["finalizers"] = finalizers;
    else if (finalizers !== undefined) delete draft.metadata["finalizers"];
    trackedStatus(draft, stored.object, this.#deps.kind, at);
    commitUpdate(this.#deps.kind, stored, { draft, before: stored.object, subresource: "status" });
  }
}

/** Whether the certificates by which the conversion webhook is known cannot be read. */
function hasBadBundle({ spec }: CustomResourceDefinition): boolean {
  const bundle = textAt(recordAt(recordAt({ ...spec.conversion }, "webhook"), "clientConfig"), "caBundle");
  return bundle !== undefined && bundle !== "" && !isCaBundle(bundle);
}

/** What a step changes of a CRD. */
interface StatusChange {
  readonly conditions: readonly CrdCondition[];
  readonly status?: object;
  /** The type of a condition that goes. */
  readonly dropped?: string;
  /** What is left of the finalizers. */
  readonly finalizers?: readonly string[];
}
