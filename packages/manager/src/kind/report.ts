import { type CrdDescriptor, type ResourceScope, servedVersionsOf } from "@polykind/apimachinery";
import { isPolykindError, messageOf, type PolykindError } from "@polykind/core";
import type { ControllerFacts } from "@polykind/controller";
import { type InformerState, isStranger } from "@polykind/informer";
import { type Exclusion, exclusionOf, exclusionText, warningOfWord } from "./exclusion.ts";
import { pluginNameOf } from "./plugin-key.ts";
import { retirementsOf, retirementText } from "./retirement.ts";
import { isQuarantined } from "./run.ts";
import type { KindState, Run } from "./state.ts";

/** All that a kind can be in, in the order of a life. */
export const KIND_PHASES = [
  "Absent",
  "Pending",
  "Settling",
  "Starting",
  "Running",
  "Switching",
  "Degraded",
  "Draining",
  "Stopping",
  "Dormant",
  "Parked",
] as const;

/** Where a kind is in its life, in one word for people and programs. */
export type KindPhase = (typeof KIND_PHASES)[number];

/** One plugin on a kind. */
export interface RunReport {
  readonly plugin: string;
  readonly phase: Run["phase"];
  readonly version: string;
  readonly epoch: number;
  readonly reconciles: number;
  readonly errors: number;
  readonly queued: number;
  /**
   * Present while the plugin does not manage the kind any more and only finalizes: how many objects of the cache carry its finalizer, and the keys of a few. It is let go of when
   * there is none.
   */
  readonly retiring?: { readonly objects: number; readonly some: readonly string[] };
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

/** The order in which kinds are told. */
export function byName(a: KindReport, b: KindReport): number {
  return Number(a.name > b.name) - Number(a.name < b.name);
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
  /** For how many objects whose deletion was asked for each finalizer stands; empty as long as nobody counted. */
  readonly holders: ReadonlyMap<string, number>;
}

/** So many failures in a row are told as a state of the kind; fewer heal by themselves unseen. */
const FAILURES_TO_TELL = 3;

/** Judges where a kind is: pure. `factsOf` tells of a run's controller, where there is one. */
export function judge(state: KindState, factsOf: (run: Run) => RunFacts | undefined): Judgement {
  const { crd } = state;
  const runs = [...state.runs.values()];
  const stopping = runs.find((run) => run.phase === "stopping" && run.successor === undefined);
  if (stopping?.phase === "stopping") return { state: "Stopping", reason: stopping.reason };
  if (crd === undefined) return { state: "Absent", reason: "NoCrd", message: "there is no CustomResourceDefinition of this kind" };
  if (crd.isTerminating) return judgeTerminating(state, runs, factsOf);
  const exclusion = exclusionOf(state);
  const judgement = exclusion === undefined ? judgeServed(state, crd, factsOf) : judgeExcluded(exclusion, state);
  return withLeft(judgement, retirementText(retirementsOf(state, factsOf)));
}

/** What is left of plugins that do not manage the kind any more is told beside all else, and where all else is well, it is the reason. */
function withLeft(judgement: Judgement, left: string | undefined): Judgement {
  if (left === undefined) return judgement;
  const { state, reason = state === "Running" ? "FinalizersLeft" : undefined, message } = judgement;
  if (reason === "NoPlugin") return { state: "Draining", reason: "FinalizersLeft", message: left };
  return { state, ...(reason !== undefined && { reason }), message: message === undefined ? left : `${message}; ${left}` };
}

function judgeExcluded(exclusion: Exclusion, state: KindState): Judgement {
  return { state: exclusion === "Disabled" ? "Parked" : "Pending", reason: exclusion, message: exclusionText(exclusion, state) };
}

function judgeServed(state: KindState, crd: CrdDescriptor, factsOf: (run: Run) => RunFacts | undefined): Judgement {
  const { verdict } = state;
  const runs = [...state.runs.values()];
  // No plugin could work with it, and none has to.
  if (servedVersionsOf(crd).length === 0 && runs.length === 0) return judgePending(crd);
  if (verdict.type === "conflict") return { state: "Parked", reason: "PluginConflict", message: verdict.message };
  if (verdict.type === "incompatible") return { state: "Parked", reason: "Incompatible", message: verdict.message };
  if (!crd.isEstablished && runs.length === 0) return judgePending(crd);
  if (verdict.type !== "bound") return judgeUnmanaged(runs, factsOf);
  if (!state.isLeading) return { state: "Parked", reason: "NotLeader", message: "another process leads" };
  if (verdict.conflict !== undefined) return { state: "Parked", reason: "PluginConflict", message: verdict.conflict };
  if (state.waits.has("hold")) return judgeHeld(state);
  const judgement = judgeRuns(runs, factsOf);
  const message = judgement.message ?? verdict.incompatible ?? warningOfWord(crd) ?? warningOfNames(crd) ?? warningOfRights(crd);
  return message === undefined ? judgement : { ...judgement, message };
}

/** What runs there runs for what plugins have left behind; it is told only where it cannot. */
function judgeUnmanaged(runs: readonly Run[], factsOf: (run: Run) => RunFacts | undefined): Judgement {
  const judgement = judgeRuns(runs, factsOf);
  const isWell = judgement.state !== "Degraded" && judgement.state !== "Parked";
  return isWell ? { state: "Dormant", reason: "NoPlugin", message: "no plugin manages this kind" } : judgement;
}

/** Established names are served on, whatever the spec asks for later (status.acceptedNames, not spec.names, says which). */
function warningOfNames({ namesAccepted: { status, reason, message } }: CrdDescriptor): string | undefined {
  if (status !== "False") return undefined;
  return `the server does not accept the names that the CustomResourceDefinition asks for now, and serves it by those it had: ${message || reason}`;
}

function warningOfRights({ isAssumed }: CrdDescriptor): string | undefined {
  return isAssumed && "the CustomResourceDefinition may not be read: what is known of the kind is what discovery tells, every 30 s";
}

function judgeHeld({ flaps }: KindState): Judgement {
  const message = `${flaps} lives of this CustomResourceDefinition ended in short order; somebody deletes and creates it again and again: this one is held for a while`;
  return { state: "Settling", reason: "Flapping", message };
}

function judgeTerminating(state: KindState, runs: readonly Run[], factsOf: (run: Run) => RunFacts | undefined): Judgement {
  const found = runs.map(factsOf).find((each) => each !== undefined);
  const left =
    found === undefined ? "" : `: ${found.facts.objects} objects left, ${found.facts.finalizersHeld} of them wait for a finalizer of ours`;
  const holders = [...(found?.holders ?? [])].map(([finalizer, count]) => `${finalizer} (${count})`);
  const exclusion = exclusionOf(state);
  const idle = exclusion === undefined ? "" : `; ${exclusionText(exclusion, state)}`;
  const held = holders.length === 0 ? "" : `; what holds them: ${holders.join(", ")}`;
  return {
    state: "Draining",
    reason: state.isBlocked ? "TerminationBlocked" : "Terminating",
    message: `the CustomResourceDefinition is being deleted${left}${held}${idle}`,
  };
}

function judgePending(crd: CrdDescriptor): Judgement {
  const { status, reason, message } = crd.namesAccepted;
  if (status === "False") return { state: "Pending", reason: "NamesConflict", message: message === "" ? reason : message };
  if (servedVersionsOf(crd).length === 0)
    return { state: "Pending", reason: "NoServedVersion", message: "no version of the CustomResourceDefinition is served" };
  const { reason: why, message: how } = crd.establishing ?? { reason: "", message: "" };
  if (why === "InvalidCABundle")
    return { state: "Pending", reason: why, message: how === "" ? "the conversion webhook's caBundle is invalid" : how };
  return { state: "Pending", reason: "Installing", message: "the API server has not established the CustomResourceDefinition yet" };
}

/** What is wrong comes before what is under way. */
function judgeRuns(runs: readonly Run[], factsOf: (run: Run) => RunFacts | undefined): Judgement {
  for (const run of runs) {
    if (run.phase === "cooling") return judgeFailed(run);
    const informer = factsOf(run)?.informer;
    if (informer?.phase === "waiting" && informer.error !== undefined && isWorthTelling(informer.error, informer.failures)) {
      return { state: "Degraded", reason: reasonOf(informer.error), message: messageOf(informer.error) };
    }
  }
  const switching = runs.map(judgeSuccessor).find((judgement) => judgement !== undefined);
  if (switching !== undefined) return switching;
  return runs.some(({ phase }) => phase === "starting") ? { state: "Starting" } : { state: "Running" };
}

function judgeFailed(run: Extract<Run, { readonly phase: "cooling" }>): Judgement {
  const message = `${pluginNameOf(run.target.plugin)}: ${messageOf(run.error)}`;
  if (isQuarantined(run)) return { state: "Parked", reason: "Quarantined", message: `${message}; it has failed ${run.attempt + 1} times` };
  return { state: "Degraded", reason: reasonOf(run.error), message };
}

/** A run that is being replaced serves on; that the other cannot come up is a warning. */
function judgeSuccessor(run: Run): Judgement | undefined {
  if ((run.phase !== "running" && run.phase !== "stopping") || run.successor === undefined) return undefined;
  const { target, successor } = run;
  const what = `${pluginNameOf(target.plugin)} from ${target.version} to ${successor.target.version}`;
  if ("error" in successor)
    return { state: "Running", reason: "SwitchFailed", message: `cannot switch ${what}: ${messageOf(successor.error)}` };
  return { state: "Switching", message: `switches ${what}` };
}

/** What does not heal by itself is told at once. */
function isWorthTelling(error: PolykindError, failures: number): boolean {
  return failures >= FAILURES_TO_TELL || isPolykindError(error, "API_FORBIDDEN", "API_UNAUTHORIZED") || isStranger(error);
}

/** The reason, in one word, for which a kind is degraded by `error`. */
export function reasonOf(error: PolykindError): string {
  switch (error.code) {
    case "API_FORBIDDEN":
      return "Forbidden";
    case "API_UNAUTHORIZED":
      return "Unauthorized";
    case "API_UNREACHABLE":
      return "Unreachable";
    case "API_THROTTLED":
      // A server whose watch cache cannot be filled answers 429, with why it cannot.
      return isOfConversion(error) ? "ConversionFailed" : "Throttled";
    case "KIND_NOT_SERVED":
      return "NotServed";
    case "PLUGIN_FAILED":
      return "PluginFailing";
    default:
      if (isStranger(error)) return "Shadowed";
      return isOfConversion(error) ? "ConversionFailed" : "ListFailing";
  }
}

function isOfConversion({ message }: PolykindError): boolean {
  return /conversion webhook/i.test(message);
}
