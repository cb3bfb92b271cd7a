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

/** Asks everybody in order. Answers at once when nobody needs time. */
export function admit(step: AdmissionStep, call: Call, cluster: Cluster): Promise<void> | void {
  const waiting = cluster.admission.values();
  const next = (): Promise<void> | void => {
    for (const ask of waiting) {
      const answer = ask(step, call, cluster);
      if (answer instanceof Promise) return answer.then(next);
    }
  };
  return next();
}
