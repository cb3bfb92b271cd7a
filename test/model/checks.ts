import type { Run } from "../../packages/manager/src/kind/state.ts";
import { isFree, lifeOf } from "./catalog.ts";
import type { Subject } from "./subject.ts";
import { type Held, isBound, isExcluded, isServed, type Look, type PluginName, type Violation, type World } from "./world.ts";

/** What is wrong with a world at any time, whatever is under way. */
export function faultOfWorld(world: World): Violation | undefined {
  const runs = [...world.kind.runs.values()];
  for (const run of runs) {
    const violation = faultOfRun(world, run);
    if (violation !== undefined) return violation;
  }
  return faultOfHolds(world, runs);
}

/** A run and what the driver holds for it agree. */
function faultOfRun({ kind, held, dead }: World, run: Run): Violation | undefined {
  const { plugin, uid } = run.target;
  const isUp = run.phase === "starting" || run.phase === "running";
  if (isUp && uid !== kind.crd?.uid)
    return { invariant: "I5", why: `${plugin} is ${run.phase} on ${uid}, and the CRD that was seen is ${kind.crd?.uid ?? "none"}` };
  if (isUp && lifeOf(uid) <= dead)
    return { invariant: "I6", why: `${plugin} is ${run.phase} on life ${lifeOf(uid)}, which is known to be over` };
  if (run.phase !== "stopping" && kind.crd !== undefined && !isFree(kind.crd))
    return { invariant: "I1", why: `${plugin} is ${run.phase} although nothing of the kind may run` };
  const hold = held.find(({ epoch }) => epoch === run.epoch);
  if (run.phase === "cooling") return hold === undefined ? undefined : { invariant: "I1", why: `${plugin} cools down and is held` };
  if (hold === undefined || !FITS[run.phase].includes(hold.phase))
    return { invariant: "I1", why: `${plugin} is ${run.phase} in epoch ${run.epoch}, and the driver has ${hold?.phase ?? "nothing"}` };
  if ((run.phase === "running" || run.phase === "starting") && run.isRetiring !== hold.isRetiring)
    return {
      invariant: "I1",
      why: `epoch ${run.epoch} of ${plugin} is taken for ${hold.isRetiring ? "one that serves in full" : "retiring"}`,
    };
  if (run.phase === "running" && hold.isRetiring === isBound(kind, plugin))
    return hold.isRetiring
      ? { invariant: "I2", why: `${plugin} manages the kind, and only finalizes` }
      : { invariant: "I1", why: `${plugin} does not manage the kind any more, and serves in full` };
  if (run.phase === "running" && !run.isOutgrown && kind.crd !== undefined && run.shape?.schemaHash !== String(kind.crd.generation))
    return { invariant: "I2", why: `${plugin} was not told of the schema of generation ${kind.crd.generation}` };
  if (run.phase === "running" && kind.crd?.isTerminating === true && !hold.isDraining)
    return { invariant: "I3", why: `${plugin} may create objects although the CRD is being deleted` };
  return undefined;
}

const FITS: Readonly<Record<Exclude<Run["phase"], "cooling">, readonly Held["phase"][]>> = {
  starting: ["starting"],
  running: ["up"],
  stopping: ["stopping", "aborting"],
};

/** What is held is held for a run. */
function faultOfHolds({ held, caches }: World, runs: readonly Run[]): Violation | undefined {
  const lost = held.find(({ epoch }) => !runs.some((run) => run.epoch === epoch));
  if (lost !== undefined) return { invariant: "I1", why: `epoch ${lost.epoch} of ${lost.plugin} is ${lost.phase}, and nobody knows of it` };
  const leaked = caches.find(({ epoch }) => !runs.some((run) => "successor" in run && run.successor?.epoch === epoch));
  if (leaked !== undefined)
    return { invariant: "I1", why: `the cache of epoch ${leaked.epoch} of ${leaked.plugin} is held, and nobody knows of it` };
  const twins = held.filter((one) => held.some((other) => other !== one && other.plugin === one.plugin));
  return twins.length === 0 ? undefined : { invariant: "I4", why: `two epochs feed ${twins[0]?.plugin}` };
}

/** What is wrong with a world that is left alone and in which nothing goes on any more. */
export function faultOfRest(subject: Subject, world: World): Violation | undefined {
  const { server, kind, held, caches } = world;
  if (caches.length > 0) return { invariant: "I1", why: "a cache is held at rest" };
  if (kind.isShuttingDown) return held.length === 0 ? undefined : { invariant: "I8", why: "something runs after the shutdown" };
  if (server.crd === undefined) return faultOfNothing(subject, world);
  const wanted = wantedOf(world);
  for (const plugin of wanted) {
    const hold = held.find((each) => each.plugin === plugin);
    const invariant = server.crd.isTerminating ? "I3" : "I2";
    if (hold?.phase !== "up") return { invariant, why: `${plugin} should run on life ${server.crd.life}, and does not` };
    if (!isServed(server, hold))
      return { invariant, why: `${plugin} watches life ${hold.life} in ${hold.version}, where nothing is served` };
  }
  const owing = owingOf(world, wanted);
  for (const plugin of owing) {
    const hold = held.find((each) => each.plugin === plugin);
    if (hold?.phase !== "up") return { invariant: "I3", why: `an object carries the finalizer of ${plugin}, and nobody serves it` };
    if (!isServed(server, hold)) return { invariant: "I3", why: `${plugin} finalizes in ${hold.version}, where nothing is served` };
  }
  const mayServe = (plugin: PluginName): boolean =>
    wanted.includes(plugin) || (server.own.includes(plugin) && !world.forsaken.includes(plugin));
  const surplus = held.find(({ plugin }) => !mayServe(plugin));
  if (surplus !== undefined) return { invariant: "I1", why: `${surplus.plugin} is ${surplus.phase}, and nobody wants it` };
  return faultOfReport(subject, world, { isWanted: wanted.length > 0, isOwing: owing.length > 0 || held.length > wanted.length });
}

/** The plugins that should finalize on although nothing else of theirs is wanted. Where not every version is served, it may be none of theirs. */
function owingOf({ server: { crd, own }, kind, forsaken }: World, wanted: readonly PluginName[]): readonly PluginName[] {
  if (!kind.isLeading || crd?.served !== "v1,v2" || isExcluded(crd)) return [];
  return own.filter((plugin) => !wanted.includes(plugin) && !forsaken.includes(plugin));
}

/** No CRD: nothing may be left, not even a memory. */
function faultOfNothing({ awaitedOf, judge }: Subject, { kind, held }: World): Violation | undefined {
  if (held.length > 0) return { invariant: "I6", why: "something runs, and there is no CRD" };
  if (kind.crd !== undefined) return { invariant: "I5", why: "a CRD is believed in that is not there" };
  if (kind.runs.size > 0 || awaitedOf(kind).size > 0 || kind.flaps > 0)
    return { invariant: "I10", why: "something is remembered of a CRD that is not there" };
  const { state } = judge(kind, () => undefined);
  return state === "Absent" ? undefined : { invariant: "L", why: `there is no CRD, and the kind is told to be ${state}` };
}

/** The plugins that should run, from what the server has. */
function wantedOf({ server: { crd }, bound, kind }: World): readonly PluginName[] {
  if (crd === undefined || !crd.isEstablished || isExcluded(crd) || !kind.isLeading) return [];
  return bound.filter((plugin) => plugin === "p" || crd.served !== "v2");
}

function faultOfReport(
  { judge }: Subject,
  { kind, server, bound }: World,
  { isWanted, isOwing }: { readonly isWanted: boolean; readonly isOwing: boolean },
): Violation | undefined {
  const { state } = judge(kind, () => undefined);
  const { crd } = server;
  if (crd !== undefined && isExcluded(crd)) return faultOfExcluded(state, crd);
  // Of a version that is not served nobody says that it is owed.
  if (kind.owing.size > 0 && !isOwing && !isWanted) return undefined;
  const idle = bound.length > 0 ? "Parked" : isOwing ? "Draining" : "Dormant";
  const right = crd?.isTerminating === true ? "Draining" : isWanted ? "Running" : idle;
  return state === right ? undefined : { invariant: "L", why: `the kind is ${right}, and is told to be ${state}` };
}

/** That nothing of the kind may run is told, whatever plugins want. */
function faultOfExcluded(state: string, { isTerminating, isSelected }: Look): Violation | undefined {
  const right = isTerminating ? "Draining" : isSelected ? "Parked" : "Pending";
  return state === right
    ? undefined
    : { invariant: "L", why: `nothing of the kind may run, so that it is ${right}, and is told to be ${state}` };
}
