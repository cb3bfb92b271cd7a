import { type Clock, isPolykindError, type PolykindError } from "@polykind/core";
import { type InformerState, isStranger, type Lease } from "@polykind/informer";

/** A list that fails later than this after the beginning ends the wait, in milliseconds. */
const FAILING_MS = 30_000;

/** What {@link Cache} is made of. */
export interface CacheOptions {
  readonly clock: Clock;
  /** Opens or joins the informer. */
  readonly acquire: () => Promise<Lease>;
  /** The server answered that there is no such collection. */
  readonly onNotServed: () => void;
}

/** A hold on the informer of one version of a kind, until a controller has one of its own. */
export class Cache {
  readonly #options: CacheOptions;
  readonly #opened: Promise<Lease>;
  readonly #abort = new AbortController();
  #lease: Lease | undefined;
  #unlisten = (): void => {};
  #released: Promise<void> | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#opened = this.#open();
    this.#opened.catch(() => {}); // Told to whoever waits for it.
  }

  /** Where the informer is; `undefined` before it is open. */
  get state(): InformerState | undefined {
    return this.#lease?.informer.state;
  }

  get isReleased(): boolean {
    return this.#released !== undefined;
  }

  /** Resolves when the informer is open; it may still be empty. */
  async opened(): Promise<void> {
    await this.#opened;
  }

  /**
   * Resolves when the informer holds what is there.
   *
   * @throws the informer's error when a list fails that will not heal by itself (401, 403, another kind), or that has been failing for half a minute; or whatever ended the wait.
   */
  async filled(): Promise<void> {
    const { clock } = this.#options;
    const { informer } = await this.#opened;
    const { promise: failed, reject } = Promise.withResolvers<never>();
    const startedAtMs = clock.elapsed();
    const judge = (error: PolykindError | undefined): void => {
      if (informer.hasSynced || error === undefined) return;
      const isHopeless = isPolykindError(error, "API_FORBIDDEN", "API_UNAUTHORIZED") || isStranger(error);
      if (isHopeless || clock.elapsed() - startedAtMs >= FAILING_MS) reject(error);
    };
    const end = informer.notices.on("failed", judge);
    if (informer.state.phase === "waiting") judge(informer.state.error);
    try {
      await Promise.race([informer.synced(this.#abort.signal), failed]);
    } finally {
      end();
    }
  }

  /** Gives it back, once; resolves when nothing of it is left. */
  release(): Promise<void> {
    return (this.#released ??= this.#release());
  }

  async #open(): Promise<Lease> {
    const lease = await this.#options.acquire();
    this.#lease = lease;
    this.#unlisten = lease.informer.notices.on("failed", ({ code }) => {
      if (code === "KIND_NOT_SERVED" && !this.isReleased) this.#options.onNotServed();
    });
    return lease;
  }

  async #release(): Promise<void> {
    this.#abort.abort();
    const lease = await this.#opened.catch(() => undefined);
    this.#unlisten();
    await lease?.release();
  }
}
