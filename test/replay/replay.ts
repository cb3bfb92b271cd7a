import { messageOf, Scope } from "@polykind/core";
import { Model } from "../model/model.ts";
import type { Subject } from "../model/subject.ts";
import type { Action, World } from "../model/world.ts";
import type { Driver } from "./driver.ts";
import { Player } from "./player.ts";
import { openStage } from "./stage.ts";
import { UnplayableError } from "./starts.ts";
import type { Trace } from "./traces.ts";

/** What is replayed on. */
export interface ReplayOptions {
  /** The code of the model. */
  readonly subject: Subject;
  /** The code that has to do as the model says. */
  readonly driver: Driver;
  /** How long anything may take that is waited for, in milliseconds. Default: 10,000. */
  readonly patienceMs?: number;
}

/** How a trace went. */
export interface Outcome {
  readonly trace: Trace;
  /** Steps that were played, what then happened by itself included. */
  readonly steps: number;
  readonly story: string;
  /** What was not as in the model, as a story; `undefined` when all was. */
  readonly failure: string | undefined;
  /** Why the rest could not be played. */
  readonly cut: string | undefined;
  readonly tookMs: number;
}

const PATIENCE_MS = 10_000;
/** So many things happen by themselves at most after the last that had to. */
const MOST_AFTER = 60;

/** Replays a trace on the driver, and then whatever the model lets happen by itself, until it rests; then stops the manager. Never rejects. */
export async function replay(trace: Trace, options: ReplayOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const model = new Model(options.subject, trace.extent);
  const scope = new Scope();
  const telling = new Telling(model);
  let failure: string | undefined;
  try {
    await playAll(scope, { trace, model, telling, ...options });
  } catch (cause) {
    failure = telling.story(messageOf(cause));
  }
  await scope.close().catch((cause: unknown) => (failure ??= telling.story(`the stage does not close: ${messageOf(cause)}`)));
  return {
    trace,
    steps: telling.steps,
    story: telling.story(telling.cut ?? "as in the model"),
    failure,
    cut: telling.cut,
    tookMs: performance.now() - startedAt,
  };
}

interface Playing extends ReplayOptions {
  readonly trace: Trace;
  readonly model: Model;
  readonly telling: Telling;
}

async function playAll(scope: Scope, { trace, model, telling, subject, driver, patienceMs = PATIENCE_MS }: Playing): Promise<void> {
  const moves = movesOf(model, trace);
  const stage = await openStage(scope, { driver, hasRoots: moves.has("uproot"), patienceMs });
  const player = new Player(stage, { subject, isAlone: !moves.has("bind") });
  let ended: readonly string[] = [];
  try {
    await playSteps(player, { trace, model, telling });
  } finally {
    ended = await endsWithin(patienceMs, player.end());
  }
  if (ended.length > 0) throw new Error(ended.join("\n"));
}

async function playSteps(player: Player, { trace, model, telling }: Pick<Playing, "trace" | "model" | "telling">): Promise<void> {
  let { initial: world } = model;
  for (let at = 0; at < trace.path.length + MOST_AFTER; at += 1) {
    const actions = model.actionsOf(world);
    const choice = trace.path[at];
    const action = choice === undefined ? actions.find(({ isFair }) => isFair) : actions[choice];
    if (action === undefined) return;
    const { world: after } = model.take(action);
    telling.begin(action, after);
    try {
      await player.play({ move: action.move, before: world, after });
    } catch (cause) {
      if (!(cause instanceof UnplayableError)) throw cause;
      telling.cut = cause.message;
      return;
    }
    world = after;
  }
}

/** What `ending` found, or that it did not come. */
async function endsWithin(boundMs: number, ending: Promise<readonly string[]>): Promise<readonly string[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(resolve, boundMs, [`I8: the manager did not stop within ${boundMs} ms`]);
  try {
    return await Promise.race([ending, late]);
  } finally {
    clearTimeout(timer);
  }
}

function movesOf(model: Model, { path }: Trace): ReadonlySet<string> {
  const moves = new Set<string>();
  let { initial: world } = model;
  for (const choice of path) {
    const action = model.actionsOf(world)[choice];
    if (action === undefined) throw new RangeError(`there is no action ${choice}: the trace is of another model`);
    moves.add(action.move.type);
    ({ world } = model.take(action));
  }
  return moves;
}

/** What has happened so far, as a story. */
class Telling {
  readonly #model: Model;
  readonly #lines: string[] = [];
  cut: string | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  get steps(): number {
    return this.#lines.length;
  }

  begin({ text }: Action, after: World): void {
    this.#lines.push(`${String(this.#lines.length + 1).padStart(3)}. ${text} [${this.#model.judgementOf(after)}]`);
  }

  story(end: string): string {
    return [...this.#lines, end].join("\n");
  }
}
