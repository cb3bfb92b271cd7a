import { settle } from "@polykind/testing";
import { leakCount, type Leaks } from "@polykind/manager";
import type { Subject } from "../model/subject.ts";
import {
  type CrdMove,
  type Held,
  type ObjectMove,
  type PluginMove,
  type RunMove,
  isServed,
  type Move,
  type PluginName,
  type Warm,
  type World,
} from "../model/world.ts";
import { faultOfWatches, isVacating, servedIn } from "./readings.ts";
import { differenceOf, expectedOf, sightOf, timerOf } from "./sight.ts";
import type { PendingTimer } from "./slot-clock.ts";
import { CRD_NAME, type Stage } from "./stage.ts";
import { Starts, UnplayableError } from "./starts.ts";

/** A step of the model. */
export interface PlayedStep {
  readonly move: Move;
  readonly before: World;
  readonly after: World;
}

/** Brings about, one after another, what happens in the model, and holds the manager to what the model then has. */
export class Player {
  readonly #stage: Stage;
  readonly #subject: Subject;
  readonly #starts: Starts;
  /** Which timer lets whom try again, by the epoch that failed. */
  readonly #cooling = new Map<number, PendingTimer>();
  #stopping: Promise<Leaks> | undefined;

  constructor(stage: Stage, { subject, isAlone }: { readonly subject: Subject; readonly isAlone: boolean }) {
    this.#stage = stage;
    this.#subject = subject;
    this.#starts = new Starts(stage, { isAlone });
  }

  /** Plays one step. Rejects with what differs; with {@link UnplayableError} when it cannot be played. */
  async play(step: PlayedStep): Promise<void> {
    const { before, after } = step;
    this.#checkPlayable(step);
    await this.#bringAbout(step);
    this.#serve(servedIn(after));
    await this.#starts.follow(before, after);
    // The manager is ahead of the model by what nothing here can hold.
    if (isVacating(after)) return;
    await this.#compare(after);
    this.#noteCooling(after);
  }

  /** Lets everything go on, stops the manager, and finds what is left. */
  async end(): Promise<readonly string[]> {
    const { server, rig, lives, news, questions, requests, crds } = this.#stage;
    await crds.release();
    for (const each of [news, questions, requests, rig.doors, lives]) each.openAll();
    const leaks = await (this.#stopping ?? rig.manager.stop());
    const left: string[] = [];
    if (leakCount(leaks) > 0) left.push(`I8: left behind after the stop: ${JSON.stringify(leaks)}`);
    if (rig.informers.open().size > 0) left.push(`I1: informers left after the stop: ${[...rig.informers.open().keys()].join()}`);
    if (rig.clock.pending.length > 0) left.push(`I10: timers left after the stop: ${rig.clock.pending.map(timerOf).join()}`);
    await this.#stage.until(
      () => server.front.openWatches() === 0,
      () => `the end of ${server.front.openWatches()} watches after the stop`,
    );
    return [...left, ...rig.told.breaches, ...lives.breaches];
  }

  async #bringAbout({ move, before, after }: PlayedStep): Promise<void> {
    const { rig, news } = this.#stage;
    switch (move.type) {
      case "lose rival":
        return; // That of the model and the one that keeps the CRD from being established are the same.
      case "own object":
      case "delete objects":
      case "foreign object":
      case "lose foreign":
      case "finalize":
        return this.#moveObject(move, { before, after });
      case "tell":
        return this.#tell();
      case "draw together":
        return news.drawTogether();
      case "tell again":
        news.tellAgain();
        return settle();
      case "look":
      case "answer":
      case "lose answer":
        return this.#question(move.type);
      case "start":
      case "stop":
      case "fill":
      case "fail":
      case "miss":
      case "cool":
      case "uproot":
      case "vacate":
      case "outgrow":
        return this.#moveRun(move, before);
      case "wait":
        return this.#fire(move.timer);
      case "bind":
      case "unbind":
      case "reload":
      case "let go":
        return void (await this.#movePlugin(move));
      case "win lead":
      case "lose lead":
        return rig.manager.lead(move.type === "win lead");
      case "shut down":
        await this.#stage.crds.release();
        this.#stopping = rig.manager.stop();
        return;
      case "late":
        throw new UnplayableError("no driver tells of an epoch that has ended");
      default:
        return this.#moveServer(move, { before, after });
    }
  }

  async #moveObject(move: ObjectMove, { before, after }: Omit<PlayedStep, "move">): Promise<void> {
    const { hand, lives, until } = this.#stage;
    switch (move.type) {
      case "own object":
        if (move.plugin !== "p") throw new UnplayableError("only p has a finalizer");
        await hand.createOwn(after);
        return until(() => hand.carriesOurs(after, "own"), "the plugin's finalizer");
      case "delete objects":
        return hand.deleteObject(after, "own");
      case "foreign object":
        return this.#createForeign(after);
      case "lose foreign":
        return hand.releaseForeign(before);
      case "finalize":
        await until(() => lives.isFinalizing, "somebody to finalize the object");
        return until(async () => (lives.finalize(), !(await hand.carriesOurs(before, "own"))), "the object to go");
    }
  }

  #movePlugin(move: PluginMove): unknown {
    const { plugins, rig } = this.#stage;
    switch (move.type) {
      case "bind":
        return plugins.addPlugin(this.#plugin(move.plugin));
      case "unbind":
        return plugins.remove(move.plugin);
      case "reload":
        return plugins.addPlugin(this.#plugin("p"));
      case "let go":
        return rig.manager.letGo(move.plugin);
    }
  }

  #plugin(name: PluginName): ReturnType<Stage["lives"]["plugin"]> {
    return this.#stage.lives.plugin(name, { group: CRD_NAME.slice("balls.".length), root: this.#stage.rootOf(name) });
  }

  #checkPlayable({ move, before, after }: PlayedStep): void {
    const wasStarting = (epoch: number): boolean => before.held.some((held) => held.epoch === epoch && held.phase === "starting");
    const lost = after.held.find((held) => held.phase === "aborting" && wasStarting(held.epoch) && !this.#starts.canHold(held));
    if (lost !== undefined) throw new UnplayableError(`the abort of ${lost.plugin} #${lost.epoch} ends at once`);
    if (isVacating(before) && move.type !== "vacate")
      throw new UnplayableError("a plugin has told already that nothing is left to finalize");
  }

  /** One that is being deleted from its beginning on: otherwise the plugin would put its finalizer on it, too. */
  async #createForeign(world: World): Promise<void> {
    const { hand } = this.#stage;
    await hand.createForeign(world);
    if (world.held.some(({ plugin, phase, isRetiring }) => plugin === "p" && phase === "up" && !isRetiring))
      await this.#stage.until(() => hand.carriesOurs(world, "foreign"), "the plugin's finalizer on the foreign object");
    await hand.deleteObject(world, "foreign");
    if (world.held.some(({ plugin, phase }) => plugin === "p" && phase === "up"))
      await this.#stage.until(async () => !(await hand.carriesOurs(world, "foreign")), "the plugin to finalize the foreign object");
  }

  /** What is not served any more is held before the server closes its watches; what is served anew passes afterwards. */
  async #moveServer(move: CrdMove, { before, after }: Omit<PlayedStep, "move">): Promise<void> {
    const { hand, news } = this.#stage;
    const served = new Set(servedIn(after));
    this.#serve(servedIn(before).filter((version) => served.has(version)));
    await hand.move(move, after);
    const seen = { uid: hand.uidOf(after.server.lives), version: await hand.version() };
    if (this.#stopping !== undefined) return;
    await this.#stage.until(() => news.hasArrived(seen), "the watch of CRDs");
    news.gather();
  }

  #serve(versions: readonly string[]): void {
    this.#stage.requests.serve(versions);
  }

  async #tell(): Promise<void> {
    const { news, crds } = this.#stage;
    if (this.#stopping !== undefined) return;
    const version = news.tell();
    const { store } = crds.informer;
    await this.#stage.until(() => store.get({ name: CRD_NAME })?.metadata.resourceVersion === version, "the manager to hear of the CRD");
    await settle();
  }

  async #question(move: "look" | "answer" | "lose answer"): Promise<void> {
    const { questions } = this.#stage;
    if (this.#stopping !== undefined) return;
    if (move !== "look") return questions.answer(move === "answer" ? "heard" : "lost");
    await this.#stage.until(() => questions.isAsked, "the manager to ask for the CRD");
    questions.look();
    await this.#stage.until(() => questions.isAnswered, "the server's answer");
  }

  async #moveRun(move: RunMove, before: World): Promise<void> {
    const [held, warm] = [before.held, before.caches].map((all) => all.find(({ epoch }) => epoch === move.epoch));
    const what = held ?? warm;
    switch (move.type) {
      case "start":
        return held && this.#starts.letStart(held as Held); // Found among them.
      case "stop":
        return this.#starts.letStop(held as Held); // As above.
      case "fill":
        return this.#starts.letFill(warm as Warm); // As above.
      case "fail":
        return this.#starts.fail(what as Held | Warm); // As above.
      case "miss":
        return this.#miss(before, what as Held | Warm); // As above.
      case "cool":
        return this.#cooling.get(move.epoch)?.fire();
      case "uproot":
        return this.#uproot(move.plugin);
      case "outgrow":
        return this.#starts.letOutgrow(held as Held); // As above.
      case "vacate":
        return; // It has told so as soon as it was so.
    }
  }

  /** A 404: of a request that would get one, or, where the kind is served, of the next watch. */
  async #miss({ server }: World, what: Held | Warm): Promise<void> {
    const {
      requests,
      isToKind,
      server: { front },
    } = this.#stage;
    const { version, plugin, epoch } = what;
    const missed = requests.misses;
    this.#starts.letAsk(what);
    const isWatch = ({ path }: { readonly path: string }): boolean => isToKind(path) && path.includes(`/${version}/`);
    if (isServed(server, what) && "phase" in what) {
      requests.miss(version);
      front.cut("stream", isWatch);
    } else {
      await this.#stage.until(() => requests.isHeld(version), `${plugin} #${epoch} to ask for ${version}`);
      requests.miss(version);
    }
    await this.#stage.until(() => requests.misses > missed, "a 404");
    // What comes next comes from somebody who has taken the 404 in.
    await this.#stage.until(
      () => requests.isHeld(version) || (this.#stage.watches().get(version) ?? 0) > 0,
      `another request for ${version}`,
    );
  }

  async #uproot(plugin: PluginName): Promise<void> {
    const { hand, rig, rootOf, news } = this.#stage;
    if (news.size > 0) throw new UnplayableError("a watch tells of CRDs in the order of their changes, and older news are held");
    const kind = rootOf(plugin) ?? "";
    const settleOthers = this.#forgiveOthers();
    const uid = await hand.replaceRoot(kind);
    if (this.#stopping !== undefined) return;
    await this.#stage.until(
      () => rig.manager.kinds().some((report) => report.kind === kind && report.incarnation === uid),
      `the manager to see the new ${kind}`,
    );
    settleOthers();
  }

  /** The slots of other kinds share the clock: what they wait for from now on is fired by the function that is returned. */
  #forgiveOthers(): () => void {
    const { clock } = this.#stage.rig;
    const before = new Set(clock.pending);
    return () => {
      for (const timer of clock.pending) if (!before.has(timer)) timer.fire();
    };
  }

  #fire(timer: string): void {
    const found = this.#stage.rig.clock.pending.find((each) => timerOf(each) === timer);
    if (found === undefined) throw new Error(`L: the manager waits for no ${timer}`);
    found.fire();
  }

  #noteCooling({ kind }: World): void {
    for (const run of kind.runs.values()) {
      const resting = run.phase === "running" ? run.successor : run;
      if (resting === undefined || !("error" in resting) || this.#cooling.has(resting.epoch)) continue;
      const known = new Set(this.#cooling.values());
      const timer = this.#stage.rig.clock.pending.find((each) => timerOf(each) === "cool" && !known.has(each));
      if (timer !== undefined) this.#cooling.set(resting.epoch, timer);
    }
  }

  async #compare(world: World): Promise<void> {
    const { rig, lives, hand } = this.#stage;
    const expected = expectedOf(world, { judge: this.#subject.judge, uidOf: (life) => hand.uidOf(life) });
    const difference = (): string | undefined => differenceOf(expected, sightOf({ ...rig, lives, crd: CRD_NAME, world }));
    await this.#stage.until(
      () => difference() === undefined,
      () => `what the model has: ${difference()}`,
    );
    await this.#stage.until(
      () => faultOfWatches(this.#stage.watches(), world) === undefined,
      () => `as many watches as informers: ${faultOfWatches(this.#stage.watches(), world)}`,
    );
  }
}
