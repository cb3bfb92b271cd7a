import { type CrdDescriptor, servedVersionsOf } from "@polykind/apimachinery";
import { messageOf } from "@polykind/core";
import type { InformerState } from "@polykind/informer";
import { DISABLED_ANNOTATION, exclusionOf, warningOfWord, wordOf } from "./exclusion.ts";
import { pluginNameOf } from "./plugin-key.ts";
import type { RunFacts } from "./report.ts";
import type { KindState, Run } from "./state.ts";

/** One fact that led to a state, in the form of a Kubernetes condition. */
export interface Evidence {
  /** What it is told of: `CRD`, `manager`, or the name of a plugin. */
  readonly of: string;
  /** CamelCase. */
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** For people. */
  readonly message?: string;
}

/** What can be seen of runs from outside of the state. */
export interface Sight {
  readonly factsOf: (run: Run) => RunFacts | undefined;
  /** Where the informer is that fills the cache of this epoch, while no controller has it. */
  readonly fillingOf: (epoch: number) => InformerState | undefined;
}

/** The facts that the judgement of a kind stands on, those of the CRD first: pure. */
export function evidenceOf(state: KindState, sight: Sight): readonly Evidence[] {
  const { crd } = state;
  return [
    ...(crd === undefined ? [absence(state)] : evidenceOfCrd(crd, state)),
    ...evidenceOfManager(state),
    ...[...state.runs.values()].flatMap((run) => evidenceOfRun(run, sight)),
  ];
}

function absence({ endedUid }: KindState): Evidence {
  return fact("CRD", "Installed", "False", endedUid === undefined ? undefined : `its last life, ${endedUid}, is over`);
}

function evidenceOfCrd(crd: CrdDescriptor, { confirming, isBlocked }: KindState): readonly Evidence[] {
  const { namesAccepted, establishing, isEstablished, isTerminating } = crd;
  const served = servedVersionsOf(crd);
  const deprecated = crd.versions.filter((version) => version.isServed && version.isDeprecated).map(({ name }) => name);
  const versions = served.length === 0 ? "no version is served" : served.join(", ");
  return [
    crd.isAssumed === true
      ? fact("CRD", "Installed", "Unknown", "it may not be read; discovery tells of its kind")
      : fact("CRD", "Installed", "True", `uid ${crd.uid}, generation ${crd.generation}`),
    fact("CRD", "NamesAccepted", namesAccepted.status, wordsOf(namesAccepted)),
    fact("CRD", "Established", truth(isEstablished), establishing === undefined ? undefined : wordsOf(establishing)),
    fact(
      "CRD",
      "HasServedVersion",
      truth(served.length > 0),
      deprecated.length === 0 ? versions : `${versions}; deprecated: ${deprecated.join(", ")}`,
    ),
    ...evidenceOfWord(crd),
    ...(isTerminating ? [fact("CRD", "Terminating", "True", isBlocked ? "for longer than a minute" : undefined)] : []),
    ...(confirming === crd.uid
      ? [fact("CRD", "Confirmed", "Unknown", "the server had no such collection, and is being asked whether the CRD is still there")]
      : []),
  ];
}

function evidenceOfWord(crd: CrdDescriptor): readonly Evidence[] {
  const word = wordOf(crd);
  if (word === undefined) return [];
  return [fact("CRD", "Enabled", truth(word !== "true"), warningOfWord(crd) ?? `${DISABLED_ANNOTATION}: ${JSON.stringify(word)}`)];
}

function evidenceOfManager(state: KindState): readonly Evidence[] {
  const { crd, verdict, isLeading, waits, flaps, livesAllowed, selector } = state;
  const managed: readonly Evidence[] =
    verdict.type === "bound"
      ? [
          fact(
            "manager",
            "Managed",
            "True",
            verdict.bindings.map(({ plugin, version }) => `${pluginNameOf(plugin)} in ${version}`).join(", "),
          ),
          ...(verdict.incompatible === undefined ? [] : [fact("manager", "Compatible", "False", verdict.incompatible)]),
          ...(verdict.conflict === undefined ? [] : [fact("manager", "Undisputed", "False", verdict.conflict)]),
        ]
      : [fact("manager", "Managed", "False", verdict.type === "none" ? "no plugin manages this kind" : verdict.message)];
  const lately = `${flaps === 1 ? "1 life" : `${flaps} lives`} ended in short order; ${livesAllowed} may before the next one is held`;
  return [
    ...(crd === undefined ? [] : managed),
    ...(crd === undefined || selector === undefined
      ? []
      : [fact("manager", "Selected", truth(exclusionOf(state) !== "NotSelected"), `by ${selector.text}`)]),
    fact("manager", "Leading", truth(isLeading)),
    ...(flaps === 0 ? [] : [fact("manager", "Held", truth(waits.has("hold")), lately)]),
  ];
}

function evidenceOfRun(run: Run, sight: Sight): readonly Evidence[] {
  const plugin = pluginNameOf(run.target.plugin);
  const found = sight.factsOf(run);
  const informer = found?.informer ?? sight.fillingOf(run.epoch);
  return [
    fact(plugin, "Up", truth(run.phase === "running"), phaseText(run)),
    ...(informer === undefined ? [] : [evidenceOfCache(plugin, "CacheLive", informer)]),
    ...evidenceOfSuccessor(run, sight),
    ...("isRetiring" in run && run.isRetiring ? [fact(plugin, "OnlyFinalizes", "True", "it does not manage this kind any more")] : []),
    ...(found?.facts.lastError === undefined ? [] : [fact(plugin, "LastError", "True", lastErrorText(found.facts.lastError))]),
    ...(found !== undefined && found.facts.finalizersHeld > 0
      ? [fact(plugin, "HoldsFinalizers", "True", `its finalizer stands on ${countOf(found.facts.finalizersHeld, "object")}`)]
      : []),
    ...[...(found?.holders ?? [])].map(([finalizer, count]) =>
      fact(plugin, "WaitsForFinalizer", "True", `${finalizer} stands on ${countOf(count, "object")} whose deletion was asked for`),
    ),
  ];
}

function evidenceOfCache(plugin: string, type: string, informer: InformerState): Evidence {
  switch (informer.phase) {
    case "watching":
      return fact(plugin, type, "True");
    case "listing":
      return fact(plugin, type, "False", "it is being listed");
    case "stopped":
      return fact(plugin, type, "False", "its watch has ended");
    case "waiting": {
      const { error, failures } = informer;
      const why = error === undefined ? "between two watches" : `${messageOf(error)}; ${countOf(failures, "failure")} in a row`;
      return fact(plugin, type, "False", why);
    }
  }
}

function evidenceOfSuccessor(run: Run, { fillingOf }: Sight): readonly Evidence[] {
  if ((run.phase !== "running" && run.phase !== "stopping") || run.successor === undefined) return [];
  const plugin = pluginNameOf(run.target.plugin);
  const { target, epoch } = run.successor;
  const next = `${target.version} (epoch ${epoch})`;
  if ("error" in run.successor) return [fact(plugin, "SuccessorReady", "False", `${next}: ${messageOf(run.successor.error)}`)];
  const filling = fillingOf(epoch);
  return [
    fact(plugin, "SuccessorReady", truth(run.phase === "stopping"), next),
    ...(filling === undefined ? [] : [evidenceOfCache(plugin, "SuccessorCacheLive", filling)]),
  ];
}

function phaseText(run: Run): string {
  const what = `${run.target.version} (epoch ${run.epoch})`;
  switch (run.phase) {
    case "starting":
      return run.attempt === 0 ? `${what} is starting` : `${what} is starting, after ${countOf(run.attempt, "failed attempt")}`;
    case "running":
      return what;
    case "stopping":
      return `${what} is being stopped: ${run.reason}`;
    case "cooling":
      return `${what} failed ${countOf(run.attempt + 1, "time")}: ${messageOf(run.error)}`;
  }
}

function lastErrorText({ at, message, key }: { readonly at: number; readonly message: string; readonly key: string }): string {
  return `${key} at ${new Date(at).toISOString()}: ${message}`;
}

function wordsOf({ reason, message }: { readonly reason: string; readonly message: string }): string | undefined {
  const words = [reason, message].filter((part) => part !== "");
  return words.length === 0 ? undefined : words.join(": ");
}

function truth(is: boolean): "True" | "False" {
  return is ? "True" : "False";
}

function fact(of: string, type: string, status: string, message?: string): Evidence {
  const known = status === "True" || status === "False" ? status : "Unknown";
  return { of, type, status: known, ...(message !== undefined && { message }) };
}

/** `1 object`, `2 objects`. */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
