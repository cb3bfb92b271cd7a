import type { CrdDescriptor } from "@polykind/apimachinery";
import type { StopReason } from "@polykind/plugin";
import type { Binding, KindState, Run, Target } from "./state.ts";

/** What should run, by plugin. */
export function targetsOf(state: KindState): ReadonlyMap<string, Target> {
  const { crd, verdict } = state;
  const isIdle = state.isShuttingDown || !state.isLeading || state.waits.has("hold");
  if (isIdle || crd === undefined || verdict.type !== "bound") return new Map();
  const targets = verdict.bindings.map((binding): Target => {
    const run = state.runs.get(binding.plugin);
    return { ...binding, uid: crd.uid, version: versionOf(crd, binding, run) };
  });
  // Established is never taken back in earnest; but a kind that was never established is not served.
  return new Map(
    targets
      .filter(({ plugin }) => crd.isEstablished || state.runs.get(plugin)?.target.uid === crd.uid)
      .map((target) => [target.plugin, target]),
  );
}

/** A version that is watched already is kept as long as it is served and not deprecated, although a better one has come. */
function versionOf(crd: CrdDescriptor, binding: Binding, run: Run | undefined): string {
  if (run === undefined || run.target.uid !== crd.uid || run.target.digest !== binding.digest) return binding.version;
  const watched = crd.versions.find(({ name }) => name === run.target.version);
  return watched?.isServed === true && !watched.isDeprecated ? watched.name : binding.version;
}

/** Whether a run of `a` is one of `b`. */
export function isSameTarget(a: Target, b: Target): boolean {
  return a.uid === b.uid && a.digest === b.digest && a.version === b.version;
}

/** Why a run is stopped in whose place `target` is wished for. */
export function stopReasonOf(state: KindState, run: Run, target: Target | undefined): StopReason {
  if (state.isShuttingDown) return "Shutdown";
  if (state.crd === undefined) return "CRDGone";
  if (state.crd.uid !== run.target.uid) return "Replaced";
  if (!state.isLeading) return "NotLeader";
  return target !== undefined && target.version !== run.target.version && target.digest === run.target.digest ? "Switched" : "Unbound";
}
