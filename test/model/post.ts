import type { Effect, Input, KindState } from "../../packages/manager/src/kind/state.ts";
import { type Catalog, isFree, lifeOf, uidOf } from "./catalog.ts";
import type { Subject } from "./subject.ts";
import {
  type Held,
  type Invariant,
  isBound,
  type Moved,
  type News,
  type PluginName,
  type Violation,
  type Warm,
  type World,
} from "./world.ts";

/** What the moves of a model are made with. */
export interface Setting {
  readonly subject: Subject;
  readonly catalog: Catalog;
}

/** The step that was taken. */
interface Taken {
  readonly before: World;
  readonly input: Input;
  readonly after: KindState;
  readonly effects: readonly Effect[];
}

/** Gives an input to the production code, does what it asks for as its driver would, and checks the step. */
export function post({ subject }: Setting, before: World, input: Input): Moved {
  const [kind, effects] = subject.step(before.kind, input);
  if (kind === before.kind) return { world: before };
  let world: World = { ...before, kind };
  for (const effect of effects) {
    const done = effect.type === "stop" ? stopRun(world, effect, input) : carryOut(world, effect);
    if ("invariant" in done) return { world, violation: done };
    world = done;
  }
  const violation = faultOf({ before, input, after: kind, effects }) ?? faultOfTimers(subject, { before, input, after: kind, effects });
  return violation === undefined ? { world } : { world, violation };
}

function found(invariant: Invariant, why: string): Violation {
  return { invariant, why };
}

/** What the driver makes of an effect. */
function carryOut(world: World, effect: Exclude<Effect, { readonly type: "stop" }>): World | Violation {
  switch (effect.type) {
    case "start":
      return startRun(world, effect);
    case "warm": {
      const { plugin, uid, version } = effect.target;
      if (world.kind.isShuttingDown) return found("I8", `a cache is filled for ${plugin} after the shutdown`);
      const warm: Warm = { plugin: plugin as PluginName, epoch: effect.epoch, life: lifeOf(uid), version, isFull: false }; // There are no others.
      return faultOfRequest(world, warm.life) ?? { ...world, caches: [...world.caches, warm] };
    }
    case "release":
      if (!world.caches.some(({ epoch }) => epoch === effect.epoch))
        return found("I1", `the cache of epoch ${effect.epoch} is given back, and there is none`);
      return { ...world, caches: world.caches.filter(({ epoch }) => epoch !== effect.epoch) };
    case "drain":
    case "retire":
    case "resume":
    case "reshape":
    case "survey":
      return tellRun(world, effect);
    case "confirm":
      if (world.asked !== undefined) return found("I9", "the CRD is asked for although it was asked for already");
      return { ...world, asked: { life: lifeOf(effect.uid), answer: undefined } };
    case "cool":
    case "wait":
    case "edited":
      return world;
  }
}

function startRun(world: World, { target, epoch, isRetiring }: Extract<Effect, { readonly type: "start" }>): World | Violation {
  const plugin = target.plugin as PluginName; // There are no others.
  const life = lifeOf(target.uid);
  if (world.kind.isShuttingDown) return found("I8", `${plugin} is started after the shutdown`);
  const other = world.held.find((held) => held.plugin === plugin);
  if (other !== undefined) return found("I4", `${plugin} is started in epoch ${epoch} while epoch ${other.epoch} is ${other.phase}`);
  if (isRetiring === isBound(world.kind, plugin))
    return isRetiring
      ? found("I2", `${plugin} manages the kind, and is started to finalize only`)
      : found("I1", `${plugin} does not manage the kind any more, and is started in full`);
  const unasked = faultOfRequest(world, life);
  if (unasked !== undefined) return unasked;
  const held: Held = { plugin, epoch, life, version: target.version, phase: "starting", isDraining: false, isRetiring, isReshaped: false };
  return { ...world, held: [...world.held, held], caches: world.caches.filter((warm) => warm.epoch !== epoch) };
}

/** No CRD, or none that is served, and no request. */
function faultOfRequest({ kind, dead }: World, life: number): Violation | undefined {
  if (life <= dead) return found("I6", `a request goes to life ${life}, which is over`);
  if (kind.crd?.isEstablished !== true) return found("I6", `a request goes to life ${life}, which was never established`);
  if (!isFree(kind.crd)) return found("I6", `a request goes to life ${life}, of which nothing may run`);
  return undefined;
}

function stopRun(world: World, { plugin, epoch, reason }: Extract<Effect, { readonly type: "stop" }>, input: Input): World | Violation {
  const run = world.held.find((held) => held.epoch === epoch);
  if (run === undefined || run.phase === "stopping" || run.phase === "aborting")
    return found("I8", `epoch ${epoch} of ${plugin} is stopped although it has ended`);
  // What it stands on was replaced: it starts anew, and without what it stood on there is nothing to keep it for.
  const isUprooted = input.type === "uprooted" && input.epoch === epoch;
  const violation = isUprooted ? undefined : (faultOfReason(world, run, reason) ?? faultOfGap(world, run));
  if (violation !== undefined) return violation;
  const phase = run.phase === "up" ? "stopping" : "aborting";
  return { ...world, held: world.held.map((held) => (held === run ? { ...held, phase } : held)) };
}

function faultOfReason({ server }: World, { plugin, life }: Held, reason: string): Violation | undefined {
  if (server.crd?.life !== life || (reason !== "CRDGone" && reason !== "Replaced")) return undefined;
  return found("I7", `${plugin} is told ${reason}, so that its objects count as deleted, while life ${life} is there`);
}

/** A run that is wanted may only be stopped for a successor whose cache is full. */
function faultOfGap({ kind, server, caches }: World, run: Held): Violation | undefined {
  if (run.phase !== "up") return undefined;
  const { crd, verdict } = kind;
  const isWanted =
    kind.isLeading && !kind.isShuttingDown && verdict.type === "bound" && verdict.bindings.some(({ plugin }) => plugin === run.plugin);
  if (!isWanted || crd === undefined || !isFree(crd) || crd.uid !== uidOf(run.life) || server.crd?.life !== run.life) return undefined;
  if (caches.some((warm) => warm.plugin === run.plugin && warm.isFull)) return undefined;
  const invariant = server.crd.isTerminating ? "I3" : "I2";
  return found(invariant, `${run.plugin} is stopped while life ${run.life} is served, and nothing is ready to take its place`);
}

function tellRun(
  world: World,
  { type, epoch }: Extract<Effect, { readonly type: "drain" | "retire" | "resume" | "reshape" | "survey" }>,
): World | Violation {
  const run = world.held.find((held) => held.epoch === epoch);
  if (run?.phase !== "up") return found("I8", `epoch ${epoch} is asked to ${type} although it is not running`);
  if (type === "survey") return world;
  return { ...world, held: world.held.map((held) => (held === run ? { ...held, ...TOLD[type] } : held)) };
}

/** What somebody who was told so is. */
const TOLD = {
  drain: { isDraining: true },
  retire: { isRetiring: true },
  resume: { isRetiring: false },
  reshape: { isReshaped: true },
} as const;

function faultOf({ before, input, after, effects }: Taken): Violation | undefined {
  const began = effects.find((effect) => effect.type === "start" || effect.type === "warm");
  const isOwn = (epoch: number): boolean =>
    [...before.kind.runs.values()].some((run) => "successor" in run && run.successor?.epoch === epoch);
  if (began !== undefined && began.epoch <= before.kind.epoch && !(began.type === "start" && isOwn(began.epoch)))
    return found("I4", `epoch ${began.epoch} is given out a second time`);
  if (input.type === "failed" && isLive(before.kind, input) && began?.target.plugin === input.plugin)
    return found("I9", `${input.plugin} is tried again at once after it failed`);
  if (
    input.type === "observed" &&
    isSpecEdit(before, input) &&
    isWatched(before) &&
    !effects.some((effect) => effect.type === "edited" && effect.closesWatches)
  )
    return found("I9", "the server closes all watches over an edit, and nobody is told to expect it");
  return after.epoch < before.kind.epoch ? found("I4", "an epoch has returned") : undefined;
}

function isLive({ runs }: KindState, { plugin, epoch }: { readonly plugin: string; readonly epoch: number }): boolean {
  const run = runs.get(plugin);
  return run !== undefined && run.phase !== "stopping" && (run.epoch === epoch || ("successor" in run && run.successor?.epoch === epoch));
}

function isSpecEdit({ kind }: World, { crd }: Extract<Input, { readonly type: "observed" }>): boolean {
  return kind.crd?.uid === crd.uid && crd.generation > kind.crd.generation && !kind.isShuttingDown;
}

function isWatched({ held }: World): boolean {
  return held.some(({ phase }) => phase === "up");
}

/** A timer that the state waits for must be set, or it waits for ever. */
function faultOfTimers({ awaitedOf }: Subject, { before, after, effects }: Taken): Violation | undefined {
  const set = new Set<string>(awaitedOf(before.kind));
  for (const effect of effects) {
    if (effect.type === "wait") set.add(`${effect.timer} ${effect.serial}`);
    if (effect.type === "cool") set.add(`cool ${effect.epoch}`);
  }
  const missing = [...awaitedOf(after)].find((key) => !set.has(key));
  return missing === undefined ? undefined : found("L", `the state waits for ${missing}, and no such timer was set`);
}

/** The news with one more, of which at most three are kept apart: a watch that is behind draws them together. */
export function queued(queue: readonly News[], news: News): readonly News[] {
  return [...queue, news].slice(-3);
}
