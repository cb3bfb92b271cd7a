import { FAILURE } from "../model/catalog.ts";
import { type Held, isServed, type Warm, type World } from "../model/world.ts";
import type { Door } from "./doors.ts";
import type { PluginLife } from "./plugins.ts";
import type { Stage } from "./stage.ts";

/** The model lets something happen that nothing here can bring about. */
export class UnplayableError extends Error {
  constructor(why: string) {
    super(`cannot go on: ${why}`);
    this.name = "UnplayableError";
  }
}

/** Where the filling of a cache waits. */
type Filling = { readonly at: "door"; readonly door: Door } | { readonly at: "list"; readonly version: string };

/** Which start and which cache of the manager is which of the model: by their epochs. */
export class Starts {
  readonly #stage: Stage;
  /** Only one plugin shares in the informers: then a cache may be held at its list. */
  readonly #isAlone: boolean;
  /** Of starts that nobody has let yet, because the server would not serve them. */
  readonly #doors = new Map<number, Door>();
  readonly #fillings = new Map<number, Filling>();
  readonly #lives = new Map<number, PluginLife>();

  constructor(stage: Stage, { isAlone }: { readonly isAlone: boolean }) {
    this.#stage = stage;
    this.#isAlone = isAlone;
  }

  /** Takes in what has begun and ended over a step of the model. */
  async follow(before: World, after: World): Promise<void> {
    for (const warm of after.caches) if (!before.caches.some(({ epoch }) => epoch === warm.epoch)) await this.#beginFilling(before, warm);
    for (const held of after.held) if (!before.held.some(({ epoch }) => epoch === held.epoch)) await this.#beginStart(before, held);
    for (const { epoch } of before.caches) if (!after.caches.some((warm) => warm.epoch === epoch)) this.#letFill(epoch);
    for (const held of after.held) if (held.phase === "starting" && isServed(after.server, held)) await this.#bringToSetUp(held);
  }

  /** A controller that starts comes up. */
  letStart({ epoch }: Held): void {
    this.#lives.get(epoch)?.setUp.open();
  }

  /** A controller that stops, or a start that was aborted, ends. */
  async letStop({ epoch, phase, plugin }: Held): Promise<void> {
    const [life, door] = [this.#lives.get(epoch), this.#doors.get(epoch)];
    if (phase === "stopping" && life !== undefined)
      await this.#stage.until(() => life.stop.isReached, `${plugin} #${epoch} to be told of its stop`);
    if (phase !== "stopping") (life?.setUp ?? door?.gate)?.open();
    // One whose set-up has outlived its start is told of the stop, too.
    life?.stop.open();
    this.#doors.delete(epoch);
  }

  /** Lets a plugin that was told of another schema ask to be set up anew. */
  async letOutgrow({ epoch, plugin }: Held): Promise<void> {
    const life = this.#lives.get(epoch);
    await this.#stage.until(() => life?.outgrow.isReached === true, `${plugin} #${epoch} to be told of the schema`);
    life?.outgrow.open();
  }

  /** Whether the end of an aborted start can be held. */
  canHold({ epoch }: Held): boolean {
    return this.#lives.has(epoch) || this.#doors.has(epoch);
  }

  /** A cache becomes full. */
  letFill({ epoch }: Warm): void {
    this.#letFill(epoch);
  }

  /** A start or a filling fails. */
  async fail({ epoch, version }: Held | Warm): Promise<void> {
    const filling = this.#fillings.get(epoch);
    const gate = this.#lives.get(epoch)?.setUp ?? this.#doors.get(epoch)?.gate ?? (filling?.at === "door" ? filling.door.gate : undefined);
    this.#doors.delete(epoch);
    this.#fillings.delete(epoch);
    if (gate !== undefined) return gate.fail(FAILURE);
    await this.#stage.until(() => this.#stage.requests.isHeld(version), `a list of ${version} that can be refused`);
    this.#stage.requests.refuse(version);
    this.#stage.requests.let(version);
  }

  /** Brings a start or a filling to where it asks the server. */
  letAsk({ epoch, plugin }: Held | Warm): void {
    const filling = this.#fillings.get(epoch);
    if (filling?.at === "door") throw new UnplayableError(`the cache of ${plugin} #${epoch} shares an informer, and asks for nothing`);
    this.#doors.get(epoch)?.gate.open();
    this.#doors.delete(epoch);
  }

  async #beginFilling({ held, caches }: World, warm: Warm): Promise<void> {
    const { epoch, version, life } = warm;
    const isShared = [...held, ...caches].some((other) => other.version === version && other.life === life);
    const door = await this.#doorOf(warm);
    if (isShared || !this.#isAlone) return void this.#fillings.set(epoch, { at: "door", door });
    this.#stage.requests.keep(version);
    this.#fillings.set(epoch, { at: "list", version });
    door.gate.open();
  }

  /** A start that finds its cache filled waits at no door. */
  async #beginStart({ caches }: World, held: Held): Promise<void> {
    if (caches.some(({ epoch }) => epoch === held.epoch)) return;
    this.#doors.set(held.epoch, await this.#doorOf(held));
  }

  async #doorOf({ plugin, epoch, version, life }: Held | Warm): Promise<Door> {
    const { rig, hand } = this.#stage;
    let door: Door | undefined;
    await this.#stage.until(
      () => (door ??= rig.doors.take(version, hand.uidOf(life))) !== undefined,
      `${plugin} #${epoch} to acquire ${version} of life ${life}`,
    );
    if (door === undefined) throw new TypeError("a door was found, and is not there");
    return door;
  }

  #letFill(epoch: number): void {
    const filling = this.#fillings.get(epoch);
    this.#fillings.delete(epoch);
    if (filling?.at === "door") filling.door.gate.open();
    if (filling?.at === "list") this.#stage.requests.let(filling.version);
  }

  async #bringToSetUp({ plugin, epoch, life, version }: Held): Promise<void> {
    if (this.#lives.has(epoch)) return;
    const { lives, hand } = this.#stage;
    this.#doors.get(epoch)?.gate.open();
    this.#doors.delete(epoch);
    const known = new Set(this.#lives.values());
    const isNew = (latest: PluginLife | undefined): latest is PluginLife =>
      latest !== undefined &&
      !known.has(latest) &&
      latest.incarnation === hand.uidOf(life) &&
      latest.version === version &&
      latest.setUp.isReached;
    await this.#stage.until(() => isNew(lives.latest(plugin)), `${plugin} #${epoch} to set up ${version} of life ${life}`);
    const latest = lives.latest(plugin);
    if (latest !== undefined) this.#lives.set(epoch, latest);
  }
}
