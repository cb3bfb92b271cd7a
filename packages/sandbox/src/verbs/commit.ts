import type { KubeObject } from "@polykind/apimachinery";
import { itemsAt, recordAt } from "../json.ts";
import type { Draft, WriteStep } from "../kind/kind-rules.ts";
import { isSameState } from "../kind/metadata.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { internal } from "../status/refusals.ts";
import type { Stored } from "../store/stored.ts";
import { type AdmissionStep, admit } from "./admission.ts";
import { type Call, keyOfCall } from "./call.ts";
import type { Cluster } from "./cluster.ts";

/** How often a write is tried when others keep changing its object. */
const ATTEMPTS = 20;

/** Tried again, because the object changed while an admission was awaited. */
export const CHANGED_MEANWHILE: unique symbol = Symbol("the object changed meanwhile");

/** Runs `attempt` until nobody came in between. @throws what the attempt throws; StatusError 500 when it never ends. */
export async function untilUndisturbed<T>(attempt: () => Promise<T | typeof CHANGED_MEANWHILE>): Promise<T> {
  for (let tries = 0; tries < ATTEMPTS; tries += 1) {
    const outcome = await attempt();
    if (outcome !== CHANGED_MEANWHILE) return outcome;
  }
  throw internal("the object is changed by others all the time");
}

/** Asks admission. Resolves with whether `stored` is still what is there. @throws what admission throws. */
export async function isAdmitted(
  step: AdmissionStep,
  call: Call,
  { cluster, stored }: { readonly cluster: Cluster; readonly stored: Stored | undefined },
): Promise<boolean> {
  await admit(step, call, cluster);
  return call.kind.collection.get(keyOfCall(call)) === stored;
}

/** The draft as it would be stored, with `resourceVersion` if it keeps one: the answer of a dry run. */
export function dryRunResult(kind: ServedKind, draft: Draft, resourceVersion: string | undefined): KubeObject {
  const object = kind.write(draft);
  const served = kind.read({ key: "", namespace: "", name: "", uid: "", revision: 0, object: { ...object } });
  const { resourceVersion: _, ...metadata } = { ...recordAt({ ...served }, "metadata") };
  const numbered = resourceVersion === undefined ? metadata : { ...metadata, resourceVersion };
  return { ...served, metadata: numbered as unknown as KubeObject["metadata"], kind: kind.kind }; // The same, but for the version.
}

/** The stored object after an update: `stored` itself when nothing but times differs; removed when nothing holds it any more. */
export function commitUpdate(kind: ServedKind, stored: Stored, { draft, before }: WriteStep): KubeObject {
  const object = kind.write(draft);
  if (before?.metadata.deletionTimestamp !== undefined && isReleased(object)) {
    return kind.read(kind.collection.remove(stored, object));
  }
  if (isSameState(stored.object, { ...object, metadata: { ...object.metadata, resourceVersion: stored.object.metadata.resourceVersion } }))
    return kind.read(stored);
  return kind.read(kind.collection.replace(stored, object));
}

/** Whether nothing holds an object that is to be deleted. Namespaces also wait for `spec.finalizers`. */
export function isReleased(object: KubeObject): boolean {
  const isNamespace = object.kind === "Namespace" && object.apiVersion === "v1";
  return !isHeld(object.metadata) && !(isNamespace && isHeld(recordAt({ ...object }, "spec") ?? {}));
}

function isHeld(part: object): boolean {
  return itemsAt({ ...part }, "finalizers").length > 0;
}
