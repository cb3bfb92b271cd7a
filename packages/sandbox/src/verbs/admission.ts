import type { WriteStep } from "../kind/kind-rules.ts";
import type { Call } from "./call.ts";
import type { Cluster } from "./cluster.ts";

/** One write on its way to the store. */
export interface AdmissionStep extends WriteStep {
  readonly verb: "create" | "delete" | "update";
  readonly isDryRun: boolean;
}

/**
 * Has a word before an object is stored: may change the draft, and refuses by throwing a `StatusError`. A promise is awaited; meanwhile the
 * object may change, and then the write is tried anew.
 */
export type Admission = (step: AdmissionStep, call: Call, cluster: Cluster) => Promise<void> | void;

/** Asks everybody in order. @throws what the first throws who refuses. */
export async function admit(step: AdmissionStep, call: Call, cluster: Cluster): Promise<void> {
  for (const ask of cluster.admission) await ask(step, call, cluster);
}
