import type { Clock, Random, Timer } from "@polykind/core";
import type { SeriesGroup } from "@polykind/telemetry";
import { Backoff, type BackoffOptions } from "./backoff.ts";
import { Delays } from "./delays.ts";
import { LinkedList } from "./linked-list.ts";
import { QueueMetrics } from "./metrics.ts";
import { type Ages, type Mark, ProcessingKeys } from "./processing-keys.ts";
import { ReadyKeys } from "./ready-keys.ts";

/** What a queue is made of. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Names the share of a key; the shares of one priority take turns. Default: what stands before the first slash, the namespace. */
  readonly shareOf?: (key: string) => string;
  /** How retries are spread. */
  readonly backoff?: BackoffOptions;
  /** A priority that was passed over so often is served next. Default: 8; at least 1. */
  readonly bypass?: number;
  /** Plain adds wait until none came for `quietMs`, but no longer than `mostMs` after the first. Default: they do not wait. */
  readonly debounce?: { readonly quietMs: number; readonly mostMs: number };
  /** Where the metrics of this queue go: a group with the label `name`. Default: nowhere. */
  readonly series?: SeriesGroup;
}

/** How a key is added. */
export interface AddOptions {
  /** Higher goes first. A handful of different ones, such as 0 for changes and -100 for first lists. Default: 0. */
  readonly priority?: number;
  /** Not before so many milliseconds; 0: now, without debounce. Default: now, or as `debounce` says. */
  readonly afterMs?: number;
}

/**
 * What a queue holds, and what became of all that was added: at any time
 * `adds === merged + finished + ready + marked + waiting + processing + dropped`.
 */
export interface WorkQueueFacts extends Ages {
  /** Calls of `add` and `retry`. */
  readonly adds: number;
  /** Adds that changed nothing, or only the priority or the time of an entry that was there. */
  readonly merged: number;
  /** Entries that a worker took and gave back. */
  readonly finished: number;
  /** Entries and adds that the end of the queue dropped. */
  readonly dropped: number;
  readonly ready: number;
  /** Keys that a worker has and that were added again meanwhile. */
  readonly marked: number;
  readonly waiting: number;
  readonly processing: number;
  /** Keys with failures that are not forgotten. */
  readonly failing: number;
}

interface Taker {
  readonly give: (key: string | undefined) => void;
}

/** While workers have keys, their ages are measured so often. */
const SAMPLE_EVERY_MS = 5000;

const namespaceOf = (key: string): string => key.slice(0, Math.max(0, key.indexOf("/")));

/**
 * Keys that want work, each at most once, each with at most one worker.
 *
 * A key is *dirty* when it wants work now: it is ready, or it is processing and was added meanwhile (marked). Apart from that it may be waiting
 * for its time.
 *
 * *Guarantees.*
 * 1. A ready key is dirty and not processing.
 * 2. Adding a dirty key changes nothing but raises its priority; adding a waiting key pulls its time forward.
 * 3. Adding a key in processing marks it, and {@link done} makes it ready: however often it was added, that is one further run.
 * 4. {@link get} moves a key to processing and takes its mark before the worker has it.
 * 5. One key is never with two workers.
 * 6. After {@link shutDown} adds are refused, waiting keys are dropped, and what is dirty drains.
 * 7. A delayed add keeps the earliest time.
 * 8. Nothing is lost: every add is followed by a `get` of that key, or by a shut-down.
 *
 * Every call costs O(log n) in the number of keys, or less. Whatever number of keys wait, there is one timer for them.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #ready: ReadyKeys;
  readonly #delays: Delays;
  readonly #processing = new ProcessingKeys();
  readonly #takers = new LinkedList<Taker>();
  readonly #backoff: Backoff;
  readonly #isDebounced: boolean;
  readonly #metrics: QueueMetrics | undefined;
  #sampling: Timer | undefined;
  #isShutDown = false;
  #onEmpty: (() => void)[] = [];
  #adds = 0;
  #merged = 0;
  #finished = 0;
  #dropped = 0;

  constructor({ clock, random, shareOf = namespaceOf, backoff = {}, bypass = 8, debounce, series }: WorkQueueOptions) {
    this.#clock = clock;
    this.#ready = new ReadyKeys({ shareOf, bypass: Math.max(1, bypass) });
    this.#backoff = new Backoff(backoff, { clock, random });
    this.#isDebounced = debounce !== undefined;
    this.#delays = new Delays({ clock, debounce, onDue: ({ key, priority }) => this.#want(key, priority) });
    this.#metrics = series && new QueueMetrics(series);
  }

  get isShutDown(): boolean {
    return this.#isShutDown;
  }

  /** What it holds now. Costs O(keys in processing). */
  get facts(): WorkQueueFacts {
    return {
      adds: this.#adds,
      merged: this.#merged,
      finished: this.#finished,
      dropped: this.#dropped,
      ready: this.#ready.size,
      marked: this.#processing.marked,
      waiting: this.#delays.size,
      processing: this.#processing.size,
      failing: this.#backoff.size,
      ...this.#processing.ages(this.#clock.elapsed()),
    };
  }

  /** Failures of `key` since it was last forgotten. */
  failuresOf(key: string): number {
    return this.#backoff.failuresOf(key);
  }

  /**
   * Wants work for `key`, now or later.
   *
   * @returns whether it was taken in: `false` after the shut-down.
   */
  add(key: string, { priority = 0, afterMs }: AddOptions = {}): boolean {
    this.#adds += 1;
    if (this.#isShutDown) {
      this.#dropped += 1;
      return false;
    }
    if (this.#isDirty(key) || !this.#mayWait(afterMs)) this.#want(key, priority);
    else if (this.#delay(key, priority, afterMs)) this.#merged += 1;
    return true;
  }

  /**
   * Wants `key` again after a failure, with a delay that grows with each one until {@link forget}, and is no shorter than `atLeastMs`.
   *
   * @returns the delay in milliseconds; 0 after the shut-down, when nothing is tried again.
   */
  retry(key: string, { priority = 0, atLeastMs = 0 }: { readonly priority?: number; readonly atLeastMs?: number } = {}): number {
    if (this.#isShutDown) return Number(this.add(key));
    const afterMs = Math.max(this.#backoff.next(key), atLeastMs);
    this.#metrics?.retried();
    this.add(key, { priority, afterMs });
    return afterMs;
  }

  /** Forgets the failures of `key`. It stays wherever it is in the queue. */
  forget(key: string): void {
    this.#backoff.forget(key);
  }

  /**
   * Waits for a key and hands it to this worker, which owes a {@link done}. Workers are served in the order in which they came.
   *
   * @returns `undefined` when the queue is shut down and nothing is left for this worker.
   * @throws the reason of `signal` when it aborts before a key was handed over.
   */
  async get(signal?: AbortSignal): Promise<string | undefined> {
    signal?.throwIfAborted();
    const key = this.#take();
    if (key !== undefined || this.#isDrained) return key;
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    const node = this.#takers.push({ give: resolve });
    const abort = (): void => {
      // Both are without effect on what was handed over already: it stays with this worker.
      this.#takers.remove(node);
      reject(signal?.reason as Error); // An abort is passed on as it is.
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * The worker is through with `key`. If it was added meanwhile, it is ready again, behind what is ready already.
   *
   * Without effect for a key that no worker has.
   */
  done(key: string): void {
    const processing = this.#processing.finish(key);
    if (processing === undefined) return;
    this.#finished += 1;
    this.#metrics?.done(this.#clock.elapsed() - processing.startedAtMs);
    if (this.#processing.size === 0) this.#stopSampling();
    if (processing.mark !== undefined) this.#enter(key, processing.mark);
    this.#noteEmpty();
  }

  /** Takes no more adds and drops what waits for its time; what is dirty may still be taken. Harmless when called twice. */
  shutDown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#dropped += this.#delays.size;
    this.#delays.clear();
    this.#backoff.clear();
    this.#noteEmpty();
  }

  /**
   * Shuts down, and waits until workers have taken and finished what was dirty, for `withinMs` at most.
   *
   * @returns how many keys were left when the time was over.
   */
  async drain({ withinMs }: { readonly withinMs: number }): Promise<{ readonly left: number }> {
    this.shutDown();
    if (this.#isEmpty) return { left: 0 };
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(withinMs, resolve);
      this.#onEmpty.push(() => {
        timer.cancel();
        resolve();
      });
    });
    return { left: this.#ready.size + this.#processing.size };
  }

  /** Shuts down and drops all that no worker has yet, marks too. No timer is left. */
  close(): void {
    this.shutDown();
    this.#dropped += this.#ready.size + this.#processing.marked;
    this.#processing.unmark();
    while (this.#ready.take() !== undefined);
    this.#sampling?.cancel();
    this.#sampling = undefined;
    this.#noteEmpty();
  }

  get #isEmpty(): boolean {
    return this.#ready.size === 0 && this.#processing.size === 0;
  }

  /** Nothing will become ready any more. */
  get #isDrained(): boolean {
    return this.#isShutDown && this.#ready.size === 0 && this.#processing.marked === 0;
  }

  #isDirty(key: string): boolean {
    return this.#ready.has(key) || this.#processing.isMarked(key);
  }

  #mayWait(afterMs: number | undefined): boolean {
    return afterMs === undefined ? this.#isDebounced : afterMs > 0;
  }

  /** @returns whether it waited already. */
  #delay(key: string, priority: number, afterMs: number | undefined): boolean {
    if (afterMs === undefined) return this.#delays.debounce(key, priority);
    return this.#delays.wait(key, priority, this.#clock.elapsed() + afterMs);
  }

  /** Makes `key` dirty with what waited under it, or raises it where it is dirty. */
  #want(key: string, priority: number): void {
    const waiting = this.#delays.take(key);
    if (waiting !== undefined) this.#merged += 1;
    const wanted: Mark = { priority: Math.max(priority, waiting?.priority ?? priority), addedAtMs: this.#clock.elapsed() };
    if (this.#ready.has(key)) {
      this.#merged += 1;
      this.#ready.add({ key, ...wanted });
    } else if (this.#processing.raise(key, wanted.priority)) {
      this.#merged += 1;
    } else if (!this.#processing.mark(key, wanted)) {
      this.#enter(key, wanted);
    }
  }

  #enter(key: string, { priority, addedAtMs }: Mark): void {
    this.#ready.add({ key, priority, addedAtMs });
    this.#metrics?.added(this.#ready.size);
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.give(this.#take());
  }

  #take(): string | undefined {
    const entry = this.#ready.take();
    if (entry === undefined) return undefined;
    const startedAtMs = this.#clock.elapsed();
    this.#processing.start(entry.key, startedAtMs);
    this.#metrics?.taken(this.#ready.size, startedAtMs - entry.addedAtMs);
    if (this.#metrics !== undefined && this.#sampling === undefined) this.#sampleLater();
    return entry.key;
  }

  #noteEmpty(): void {
    if (!this.#isShutDown) return;
    if (this.#isDrained) for (let taker = this.#takers.shift(); taker !== undefined; taker = this.#takers.shift()) taker.give(undefined);
    if (!this.#isEmpty) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }

  #sampleLater(): void {
    this.#sampling = this.#clock.setTimer(SAMPLE_EVERY_MS, () => {
      this.#sampling = undefined;
      this.#sample();
      if (this.#processing.size > 0) this.#sampleLater();
    });
  }

  #stopSampling(): void {
    this.#sampling?.cancel();
    this.#sampling = undefined;
    this.#sample();
  }

  #sample(): void {
    this.#metrics?.sampled(this.#processing.ages(this.#clock.elapsed()));
  }
}
