import type { PolykindError } from "@polykind/core";
import type { InformerState } from "@polykind/informer";
import { remedyOfFinding, ruleOf } from "./explain-diagnosis.ts";
import { countOf, type Sight } from "./explain-evidence.ts";
import { DISABLED_ANNOTATION, exclusionOf } from "./exclusion.ts";
import type { History } from "./explain-history.ts";
import { finalizerOfKey, pluginNameOf } from "./plugin-key.ts";
import { type Judgement, reasonOf } from "./report.ts";
import { releaseOf, retirementsOf } from "./retirement.ts";
import type { KindState, Run, SlotTimer } from "./state.ts";
import type { Diagnosis } from "./suspicion.ts";

/** Something that a kind waits for. */
export interface Awaited {
  /** For people, as what is to happen. */
  readonly what: string;
  /** Who must act: `polykind`, `the API server`, or who a person has to find. */
  readonly who: string;
  /** RFC 3339: when it happens by itself, as far as that is known. */
  readonly at?: string;
}

/** What is looked at. */
export interface Awaiting extends Sight {
  readonly state: KindState;
  readonly judgement: Judgement;
  readonly dueAt: History["dueAt"];
  /** The names of CRDs that hold names which this one wants. */
  readonly rivals: readonly string[];
  readonly diagnosis?: Diagnosis | undefined;
}

/** What a kind waits for, and who must act: pure. Empty for a kind that is as it should be. */
export function awaitsOf(awaiting: Awaiting): readonly Awaited[] {
  const { state } = awaiting;
  const confirming: readonly Awaited[] =
    state.confirming === undefined ? [] : [{ what: "the answer whether the CRD is still there", who: "the API server" }];
  const released: readonly Awaited[] = retirementsOf(state, awaiting.factsOf).map(releaseOf);
  return [
    ...awaitsOfExcluded(state),
    ...byPhase(awaiting),
    ...(state.crd?.isAssumed === true ? [RIGHT_TO_CRDS] : []),
    ...released,
    ...confirming,
  ];
}

function byPhase(awaiting: Awaiting): readonly Awaited[] {
  const { state, judgement, dueAt, rivals } = awaiting;
  const runs = [...state.runs.values()];
  switch (judgement.state) {
    case "Absent":
      return [{ what: "a CustomResourceDefinition of this kind", who: "whoever installs it" }];
    case "Pending":
      if (judgement.reason === "NotSelected") return []; // Told already.
      return judgement.reason === "NamesConflict" ? [freeNames(rivals)] : (PENDING[judgement.reason ?? ""] ?? [ESTABLISHED]);
    case "Dormant":
      return [{ what: "a plugin that manages this kind", who: "whoever runs polykind" }];
    case "Settling":
      return [
        timed({ what: "the end of the hold", who: "polykind" }, dueOf(state, "hold", dueAt)),
        { what: "an end to deleting and creating the CRD", who: "whoever does so" },
      ];
    case "Stopping":
      return runs.flatMap((run) => (run.phase === "stopping" ? [endOf(run)] : []));
    case "Draining":
      return state.crd?.isTerminating === true ? awaitsOfDraining(awaiting, runs) : runs.flatMap((run) => awaitsOfRun(run, awaiting));
    case "Parked":
      return awaitsOfParked(awaiting, runs);
    default:
      return runs.flatMap((run) => awaitsOfRun(run, awaiting));
  }
}

const CRDS = { group: "apiextensions.k8s.io", plural: "customresourcedefinitions" };
const RIGHT_TO_CRDS: Awaited = {
  what: `this rule in a ClusterRole that is bound to whom polykind is: ${ruleOf(CRDS, ["get", "list", "watch"])}`,
  who: "a cluster administrator",
};

const ESTABLISHED: Awaited = { what: "the CRD to be established", who: "the API server" };

function freeNames(rivals: readonly string[]): Awaited {
  const holder = rivals.length === 0 ? "the CRD that holds them" : rivals.join(", ");
  return { what: "its names to be free; it is then established without an edit", who: `the owner of ${holder}, or of this one` };
}

const PENDING: Readonly<Record<string, readonly Awaited[]>> = {
  NoServedVersion: [{ what: "a version with `served: true`", who: "the CRD's owner" }],
  InvalidCABundle: [{ what: "a valid `spec.conversion.webhook.clientConfig.caBundle`", who: "the CRD's owner" }],
};

function awaitsOfDraining({ state, factsOf, dueAt }: Awaiting, runs: readonly Run[]): readonly Awaited[] {
  const held = runs.flatMap((run): readonly Awaited[] => {
    const found = factsOf(run);
    if (found === undefined) return [];
    const { objects, finalizersHeld } = found.facts;
    const ours = `${pluginNameOf(run.target.plugin)} to finish with ${countOf(finalizersHeld, "object")} and take its finalizer off`;
    return [
      { what: `the end of ${countOf(objects, "object")}`, who: "the API server" },
      ...(finalizersHeld > 0 ? [{ what: ours, who: "polykind" }] : []),
      // Ours is told above.
      ...[...found.holders].flatMap(([finalizer, count]) =>
        finalizer === finalizerOfKey(run.target.plugin)
          ? []
          : [{ what: `${finalizer} to be taken off ${countOf(count, "object")}`, who: "whoever put it there" }],
      ),
    ];
  });
  const look = state.isBlocked ? "another look at what holds it" : "a look at what holds it, if it is still there";
  return [
    ...new Map(held.map((each) => [each.what, each])).values(),
    { what: "the end of the CRD", who: "the API server" },
    timed({ what: look, who: "polykind" }, dueOf(state, "blocked", dueAt)),
  ];
}

function awaitsOfParked(awaiting: Awaiting, runs: readonly Run[]): readonly Awaited[] {
  switch (awaiting.judgement.reason) {
    case "PluginConflict":
      return [{ what: "one of the plugins to go, or all of them to be shared", who: "whoever runs polykind" }];
    case "Incompatible":
      return [{ what: "another version of the plugin or of the CRD, so that they fit", who: "whoever installs them" }];
    case "NotLeader":
      return [{ what: "the lead of this process", who: "the process that leads" }];
    case "Disabled":
      return []; // Told already.
    default:
      return runs.flatMap((run) => awaitsOfRun(run, awaiting));
  }
}

/** Who switched the kind off, or shares kinds out, is who lets it run. */
function awaitsOfExcluded(state: KindState): readonly Awaited[] {
  const { crd, selector } = state;
  switch (exclusionOf(state)) {
    case undefined:
      return [];
    case "Disabled":
      return [
        {
          what: `the annotation to be taken off: kubectl annotate crd ${crd?.name} ${DISABLED_ANNOTATION}-`,
          who: "whoever switched the kind off",
        },
      ];
    case "NotSelected":
      return [
        {
          what: `labels that ${selector?.text} selects (kubectl label crd ${crd?.name} …); nothing, where another process serves it`,
          who: "whoever shares kinds out among processes",
        },
      ];
  }
}

function awaitsOfRun(run: Run, awaiting: Awaiting): readonly Awaited[] {
  const { dueAt, factsOf, fillingOf } = awaiting;
  const { version } = run.target;
  const plugin = pluginNameOf(run.target.plugin);
  switch (run.phase) {
    case "cooling":
      return [
        remedyOf(run.error, plugin, awaiting.diagnosis),
        timed({ what: `the next attempt to start ${plugin} in ${version}`, who: "polykind" }, dueAt.get(`cool ${run.epoch}`)),
      ];
    case "starting":
      return (
        awaitsOfCache(fillingOf(run.epoch), plugin, awaiting.diagnosis) ?? [{ what: `${plugin} to come up in ${version}`, who: "polykind" }]
      );
    case "stopping":
      return [endOf(run)];
    case "running":
      return [...(awaitsOfCache(factsOf(run)?.informer, plugin, awaiting.diagnosis) ?? []), ...awaitsOfSuccessor(run, awaiting)];
  }
}

/** What a cache waits for; `undefined` when it waits for nothing that is known. */
function awaitsOfCache(
  informer: InformerState | undefined,
  plugin: string,
  diagnosis: Diagnosis | undefined,
): readonly Awaited[] | undefined {
  if (informer?.phase !== "waiting" || informer.error === undefined) return undefined;
  const { error, retryAt } = informer;
  return [remedyOf(error, plugin, diagnosis), timed({ what: "the next attempt to list and watch", who: "polykind" }, retryAt)];
}

function awaitsOfSuccessor(
  { target, successor }: Extract<Run, { readonly phase: "running" }>,
  { dueAt, fillingOf, diagnosis }: Pick<Awaiting, "dueAt" | "fillingOf" | "diagnosis">,
): readonly Awaited[] {
  if (successor === undefined) return [];
  const plugin = pluginNameOf(target.plugin);
  const { version } = successor.target;
  if (successor.phase === "warming")
    return (
      awaitsOfCache(fillingOf(successor.epoch), plugin, diagnosis) ?? [{ what: `the cache of ${plugin} in ${version}`, who: "polykind" }]
    );
  const next = { what: `the next attempt to fill the cache of ${plugin} in ${version}`, who: "polykind" };
  return [remedyOf(successor.error, plugin, diagnosis), timed(next, dueAt.get(`cool ${successor.epoch}`))];
}

function remedyOf(error: PolykindError, plugin: string, diagnosis: Diagnosis | undefined): Awaited {
  // What was found is of what was refused, not of whatever fails besides.
  const found = REFUSALS.has(reasonOf(error)) ? remedyOfFinding(diagnosis) : undefined;
  return found ?? REMEDIES[reasonOf(error)] ?? { what: `a version of ${plugin} that works`, who: `the author of ${plugin}` };
}

const REFUSALS: ReadonlySet<string> = new Set(["Forbidden", "NotServed", "Shadowed"]);

/** What mends what a kind is degraded by, and who must act. A plugin that fails has none here: its name belongs to it. */
const REMEDIES: Readonly<Record<string, Awaited>> = {
  Forbidden: { what: "the right to get, list, watch and patch this kind", who: "a cluster administrator" },
  Unauthorized: { what: "credentials that the API server accepts", who: "whoever runs polykind" },
  Unreachable: { what: "an API server that answers", who: "a cluster administrator" },
  Throttled: { what: "an API server with less to do", who: "the API server" },
  NotServed: { what: "every kind that the plugin takes objects of to be served", who: "whoever installs their CRDs" },
  ConversionFailed: { what: "a conversion webhook that answers", who: "the CRD's owner" },
  Shadowed: { what: "requests for this kind to reach its CRD again", who: "the owner of what answers in its place" },
  ListFailing: { what: "a list that succeeds", who: "the API server" },
};

function endOf({ target: { plugin, version }, epoch }: Run): Awaited {
  return { what: `the end of ${pluginNameOf(plugin)} in ${version} (epoch ${epoch}), with all it holds`, who: "polykind" };
}

function dueOf({ waits }: KindState, timer: SlotTimer, dueAt: History["dueAt"]): number | undefined {
  const serial = waits.get(timer);
  return serial === undefined ? undefined : dueAt.get(`${timer} ${serial}`);
}

function timed(awaited: Awaited, at: number | undefined): Awaited {
  return at === undefined ? awaited : { ...awaited, at: new Date(at).toISOString() };
}
