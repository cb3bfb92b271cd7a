import type { CrdDescriptor } from "@polykind/apimachinery";
import type { StopReason } from "@polykind/plugin";
import { exclusionOf } from "./exclusion.ts";
import type { Binding, KindState, Run, Target } from "./state.ts";

/** What should run, by plugin. */
export function targetsOf(state: KindState): ReadonlyMap<string, Target> {
  const { crd } = state;
  const isIdle = state.isShuttingDown || !state.isLeading || state.waits.has("hold");
  if (isIdle || crd === undefined || exclusionOf(state) !== undefined) return new Map();
  const targetOf = (binding: Binding): Target => {
    const run = state.runs.get(binding.plugin);
    const target = { ...binding, uid: crd.uid, version: versionOf(crd, binding, run) };
    const renewal = renewalOf(run, target);
    return renewal === 0 ? target : { ...target, renewal };
  };
  // Of whoever does not manage the kind any more nobody says which other version it could work with.
  const retiring = retiringOf(state)
    .map(targetOf)
    .filter(({ version }) => isServed(crd, version));
  const targets = [...bindingsOf(state).map(targetOf), ...retiring];
  // Established is never taken back in earnest; but a kind that was never established is not served.
  return new Map(
    targets
      .filter(({ plugin }) => crd.isEstablished || state.runs.get(plugin)?.target.uid === crd.uid)
      .map((target) => [target.plugin, target]),
  );
}

/** The plugins that do not manage the kind any more, and whose finalizers may stand on objects. */
export function retiringOf(state: KindState): readonly Binding[] {
  return [...state.owing.values()].filter(({ plugin }) => isUnbound(state, plugin));
}

/** Whether this plugin does not manage the kind as it is now. */
export function isUnbound(state: KindState, plugin: string): boolean {
  return bindingsOf(state).every((binding) => binding.plugin !== plugin);
}

function bindingsOf({ verdict }: KindState): readonly Binding[] {
  return verdict.type === "bound" ? verdict.bindings : [];
}

function isServed(crd: CrdDescriptor, version: string): boolean {
  return crd.versions.some(({ name, isServed: is }) => name === version && is);
}

/** A version that is watched already is kept as long as it is served and not deprecated, although a better one has come. */
function versionOf(crd: CrdDescriptor, binding: Binding, run: Run | undefined): string {
  if (run === undefined || run.target.uid !== crd.uid || run.target.digest !== binding.digest) return binding.version;
  const watched = crd.versions.find(({ name }) => name === run.target.version);
  return watched?.isServed === true && !watched.isDeprecated ? watched.name : binding.version;
}

/** One more than before where the plugin has asked to be set up anew; none where nothing of the kind was set up. */
function renewalOf(run: Run | undefined, target: Target): number {
  const former = run?.phase === "stopping" ? (run.successor ?? run).target : run?.target;
  if (former === undefined || !isOfOne(former, target)) return 0;
  return (former.renewal ?? 0) + Number(run?.phase === "running" && run.isOutgrown);
}

/** Whether a run of `a` is one of `b`. */
export function isSameTarget(a: Target, b: Target): boolean {
  return isOfOne(a, b) && (a.renewal ?? 0) === (b.renewal ?? 0);
}

/** Whether both are one program on one version of one incarnation, whatever has become of the schema. */
function isOfOne(a: Target, b: Target): boolean {
  return a.uid === b.uid && a.digest === b.digest && a.version === b.version;
}

/** Why a run is stopped in whose place `target` is wished for. */
export function stopReasonOf(state: KindState, run: Run, target: Target | undefined): StopReason {
  if (state.isShuttingDown) return "Shutdown";
  if (state.crd === undefined) return "CRDGone";
  if (state.crd.uid !== run.target.uid) return "Replaced";
  if (!state.isLeading) return "NotLeader";
  const exclusion = exclusionOf(state);
  if (exclusion !== undefined) return exclusion;
  const isOfOneProgram = target !== undefined && target.digest === run.target.digest;
  return isOfOneProgram && !isSameTarget(target, run.target) ? "Switched" : "Unbound";
}
