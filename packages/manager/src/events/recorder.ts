import type { Client } from "@polykind/client";
import { type Clock, isPolykindError, messageOf, PolykindError, type Random, type Timer } from "@polykind/core";
import type { Log } from "@polykind/telemetry";
import { Backlog, type Due } from "./backlog.ts";
import { EVENTS, EVENTS_NAMESPACE, eventNameOf, eventOf, seriesOf } from "./manifest.ts";
import type { Saying } from "./saying.ts";
import { type Bucket, type Rate, takeToken } from "./token-bucket.ts";

/** What a {@link Recorder} needs. */
export interface RecorderOptions {
  readonly client: Pick<Client, "create" | "patch">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Which of the processes that report as `polykind` this is. At most 128 characters. */
  readonly instance: string;
  /** Told how many happenings the server knows now, or never will. */
  readonly onOutcome: (outcome: "sent" | "dropped", count: number) => void;
}

/** So many events may be written at once, and then one each so many milliseconds. */
const RATE: Rate = { burst: 25, everyMs: 200 };
/** After an attempt that failed and may be repeated, in milliseconds; twice as long after each further one. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** An event that could not be written so often in a row is given up. */
const MOST_FAILURES = 5;
/** Where the server refuses events, it is not asked again for so long, in milliseconds: rights may be given meanwhile. */
const REFUSED_MS = 600_000;

/**
 * Writes Kubernetes events, one request at a time, in its own time.
 *
 * Guarantees: {@link record} never waits and never throws; what happens again is counted into the event that there is, at most once a minute; once {@link stop} has resolved
 * nothing is sent, and no timer is left. What the server does not take is dropped and counted; that it takes none is logged once.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #backlog = new Backlog();
  readonly #closing = new AbortController();
  #bucket: Bucket;
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  /** What is being sent. */
  #current: Due | undefined;
  /** By the clock's `elapsed`. */
  #pausedUntil = 0;
  #isRefused = false;
  #hasWarned = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#bucket = { tokens: RATE.burst, at: options.clock.elapsed() };
  }

  /** Something happened. */
  record(saying: Saying): void {
    const { clock, onOutcome } = this.#options;
    if (this.#closing.signal.aborted) return;
    if (this.#isRefused && clock.elapsed() < this.#pausedUntil) return onOutcome("dropped", 1);
    this.#backlog.add(saying, { at: clock.now(), elapsed: clock.elapsed() });
    this.#wake();
  }

  /** This life of a CRD is over. What was not told of it is dropped. */
  forget(uid: string): void {
    const dropped = this.#backlog.forget(uid, this.#current);
    if (dropped > 0) this.#options.onOutcome("dropped", dropped);
    this.#wake();
  }

  /** Events that it knows of. */
  get size(): number {
    return this.#backlog.size;
  }

  /** Ends what is being sent, and sends nothing more. */
  async stop(): Promise<void> {
    this.#closing.abort(new PolykindError("STOPPED", "cannot write an event: the manager is stopped"));
    this.#timer?.cancel();
    await this.#sending;
  }

  /** Sends what is due, or waits until something is. */
  #wake(): void {
    if (this.#closing.signal.aborted || this.#sending !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    const due = this.#backlog.next();
    if (due === undefined) return;
    const { clock } = this.#options;
    const waitMs = Math.max(due.entry.dueAt, this.#pausedUntil) - clock.elapsed();
    const taken = waitMs > 0 ? { waitMs } : takeToken(this.#bucket, RATE, clock.elapsed());
    if ("waitMs" in taken) {
      this.#timer = clock.setTimer(taken.waitMs, () => this.#wake());
      return;
    }
    this.#bucket = taken;
    this.#current = due;
    this.#sending = this.#send(due).finally(() => {
      this.#sending = undefined;
      this.#current = undefined;
      this.#wake();
    });
  }

  async #send(due: Due): Promise<void> {
    const { clock, onOutcome } = this.#options;
    const { count, toldCount } = due.entry;
    try {
      const name = await this.#write(due);
      this.#isRefused = false;
      this.#pausedUntil = 0;
      this.#backlog.told(due, { name, elapsed: clock.elapsed() });
      onOutcome("sent", count - toldCount);
    } catch (cause) {
      if (!this.#closing.signal.aborted) this.#fail(due, cause);
    }
  }

  async #write({ entry }: Due): Promise<string> {
    const { client, clock, random, instance } = this.#options;
    const { signal } = this.#closing;
    const namespace = EVENTS_NAMESPACE;
    if (entry.name !== undefined) {
      await client.patch(EVENTS, { namespace, name: entry.name }, { type: "merge", body: seriesOf(entry) }, { signal });
      return entry.name;
    }
    const name = eventNameOf(entry.saying.crd, { at: clock.now(), draw: random() });
    await client.create(EVENTS, eventOf(entry, { name, instance }), { signal });
    return name;
  }

  #fail(due: Due, cause: unknown): void {
    const { clock, log, onOutcome } = this.#options;
    const { entry } = due;
    if (entry.name !== undefined && isPolykindError(cause, "API_NOT_FOUND")) return this.#backlog.expired(due);
    if (isPolykindError(cause, "API_FORBIDDEN", "API_UNAUTHORIZED", "KIND_NOT_SERVED")) return this.#refuse(cause);
    const mayRetry =
      isPolykindError(cause) && (cause.retryable || cause.code === "API_ALREADY_EXISTS") && entry.failures + 1 < MOST_FAILURES;
    log.debug("cannot write an event", { crd: entry.saying.crd, reason: entry.saying.reason, cause: messageOf(cause), mayRetry });
    if (!mayRetry) return onOutcome("dropped", this.#backlog.drop(due));
    this.#pausedUntil = clock.elapsed() + Math.min(FIRST_PAUSE_MS * 2 ** entry.failures, LONGEST_PAUSE_MS);
    this.#backlog.failed(due, this.#pausedUntil);
  }

  /** The server takes no event of ours: nothing is gained by asking again for each. */
  #refuse(cause: unknown): void {
    const { clock, log, onOutcome } = this.#options;
    this.#isRefused = true;
    this.#pausedUntil = clock.elapsed() + REFUSED_MS;
    onOutcome("dropped", this.#backlog.dropAll());
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    log.warn("the server takes no events about kinds: allow create and patch of events in events.k8s.io, or turn them off", {
      namespace: EVENTS_NAMESPACE,
      cause: messageOf(cause),
    });
  }
}
