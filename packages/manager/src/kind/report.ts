import { type CrdDescriptor, type ResourceScope, servedVersionsOf } from "@polykind/apimachinery";
import { isPolykindError, messageOf, type PolykindError } from "@polykind/core";
import type { ControllerFacts } from "@polykind/controller";
import type { InformerState } from "@polykind/informer";
import type { KindState, Run } from "./state.ts";

/** Where a kind is in its life, in one word for people and programs. */
export type KindPhase = "Absent" | "Pending" | "Starting" | "Running" | "Degraded" | "Draining" | "Stopping" | "Dormant" | "Parked";

/** One plugin on a kind. */
export interface RunReport {
  readonly plugin: string;
  readonly phase: Run["phase"];
  readonly version: string;
  readonly epoch: number;
  readonly reconciles: number;
  readonly errors: number;
  readonly queued: number;
  readonly note?: string;
  readonly lastError?: string;
}

/** What is known of a kind now. */
export interface KindReport {
  /** `kind.group`. */
  readonly name: string;
  readonly group: string;
  readonly kind: string;
  /** The CRD's name. */
  readonly crd: string;
  /** The CRD's uid; absent without a CRD. */
  readonly incarnation?: string;
  /** How many lives of the CRD this process has seen. */
  readonly incarnations: number;
  /** The last start's number in this slot. */
  readonly epoch: number;
  readonly resourceScope?: ResourceScope;
  /** The version that is watched, or the best one that is served. */
  readonly version?: string;
  readonly state: KindPhase;
  /** CamelCase; why the state is not simply that. */
  readonly reason?: string;
  /** For people: what is wrong and what is awaited. */
  readonly message?: string;
  /** RFC 3339: since when state and reason have been such. */
  readonly since: string;
  /** Objects in the cache; absent while there is none. */
  readonly objects?: number;
  readonly runs: readonly RunReport[];
}

/** State, reason and message of a kind. */
export interface Judgement {
  readonly state: KindPhase;
  readonly reason?: string;
  readonly message?: string;
}

/** What a controller shows of itself to a report. */
export interface RunFacts {
  readonly facts: ControllerFacts;
  readonly informer: InformerState;
}

/** So many failures in a row are told as a state of the kind; fewer heal by themselves unseen. */
const FAILURES_TO_TELL = 3;

/** Judges where a kind is: pure. `factsOf` tells of a run's controller, where there is one. */
export function judge(state: KindState, factsOf: (run: Run) => RunFacts | undefined): Judgement {
  const { crd, verdict } = state;
  const runs = [...state.runs.values()];
  if (runs.some(({ phase }) => phase === "stopping")) return judgeStopping(runs);
  if (crd === undefined) return { state: "Absent", reason: "NoCrd", message: "there is no CustomResourceDefinition of this kind" };
  if (crd.isTerminating) return judgeTerminating(runs, factsOf);
  if (verdict.type === "conflict") return { state: "Parked", reason: "PluginConflict", message: verdict.message };
  if (verdict.type === "incompatible") return { state: "Parked", reason: "Incompatible", message: verdict.message };
  if (!crd.isEstablished && runs.length === 0) return judgePending(crd);
  if (verdict.type !== "bound") return { state: "Dormant", reason: "NoPlugin", message: "no plugin manages this kind" };
  if (verdict.conflict !== undefined) return { state: "Parked", reason: "PluginConflict", message: verdict.conflict };
  const judgement = judgeRuns(runs, factsOf);
  if (judgement.message !== undefined || verdict.incompatible === undefined) return judgement;
  return { ...judgement, message: verdict.incompatible };
}

function judgeStopping(runs: readonly Run[]): Judgement {
  const reasons = runs.flatMap((run) => (run.phase === "stopping" ? [run.reason] : []));
  return { state: "Stopping", reason: reasons[0] ?? "Unbound" };
}

function judgeTerminating(runs: readonly Run[], factsOf: (run: Run) => RunFacts | undefined): Judgement {
  const facts = runs.map(factsOf).find((found) => found !== undefined)?.facts;
  const left = facts === undefined ? "" : `: ${facts.objects} objects left, ${facts.finalizersHeld} of them wait for a finalizer of ours`;
  return { state: "Draining", reason: "Terminating", message: `the CustomResourceDefinition is being deleted${left}` };
}

function judgePending(crd: CrdDescriptor): Judgement {
  const { status, reason, message } = crd.namesAccepted;
  if (status === "False") return { state: "Pending", reason: "NamesConflict", message: message === "" ? reason : message };
  if (servedVersionsOf(crd).length === 0)
    return { state: "Pending", reason: "NoServedVersion", message: "no version of the CustomResourceDefinition is served" };
  return { state: "Pending", reason: "Installing", message: "the API server has not established the CustomResourceDefinition yet" };
}

function judgeRuns(runs: readonly Run[], factsOf: (run: Run) => RunFacts | undefined): Judgement {
  for (const run of runs) {
    if (run.phase === "cooling")
      return { state: "Degraded", reason: reasonOf(run.error), message: `${run.target.plugin}: ${messageOf(run.error)}` };
    const informer = factsOf(run)?.informer;
    if (informer?.phase === "waiting" && informer.error !== undefined && isWorthTelling(informer.error, informer.failures)) {
      return { state: "Degraded", reason: reasonOf(informer.error), message: messageOf(informer.error) };
    }
  }
  return runs.some(({ phase }) => phase === "starting") ? { state: "Starting" } : { state: "Running" };
}

/** What does not heal by itself is told at once. */
function isWorthTelling(error: PolykindError, failures: number): boolean {
  return failures >= FAILURES_TO_TELL || isPolykindError(error, "API_FORBIDDEN", "API_UNAUTHORIZED");
}

function reasonOf(error: PolykindError): string {
  switch (error.code) {
    case "API_FORBIDDEN":
      return "Forbidden";
    case "API_UNAUTHORIZED":
      return "Unauthorized";
    case "API_UNREACHABLE":
      return "Unreachable";
    case "API_THROTTLED":
      return "Throttled";
    case "KIND_NOT_SERVED":
      return "NotServed";
    case "PLUGIN_FAILED":
      return "PluginFailing";
    default:
      return /conversion webhook/i.test(error.message) ? "ConversionFailed" : "ListFailing";
  }
}
