import { apiErrorOf, type ListCall, type ListWatch, type WatchCall } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { CallFault, ListFault, PlannedFault, WatchFault } from "./list-watch-fault.ts";

/** A source that breaks as planned. */
export interface FaultyListWatch extends ListWatch {
  /** The faults that have struck so far, in order. One that was planned for a call or a line that has not come is not among them. */
  readonly struck: readonly PlannedFault[];
  /** From now on it is as its source. What a call that is open suffers already goes on. */
  heal(): void;
}

/**
 * Lets the calls of `source` fail as `plan` says, for tests of what is built on informers; {@link seededFaults} makes a plan of a seed.
 *
 * *Guarantees.* Still a `ListWatch` in all else: errors are those of a client, signals end what is open, and bytes that were handed over are not written again.
 *
 * @example
 * const nothing = { list: async () => Buffer.from("{}"), watch: async function* () {} };
 * const source = faultyListWatch(nothing, [{ on: "list", call: 1, fault: { is: "fail", status: 503 } }]);
 * await source.list({ signal: new AbortController().signal }).catch((error) => error.code);
 * // => "API_UNAVAILABLE"
 */
export function faultyListWatch(source: ListWatch, plan: readonly PlannedFault[]): FaultyListWatch {
  return new FaultySource(source, plan);
}

class FaultySource implements FaultyListWatch {
  readonly struck: PlannedFault[] = [];
  readonly #source: ListWatch;
  #plan: readonly PlannedFault[];
  readonly #calls = { list: 0, watch: 0 };
  #lastList: Uint8Array | undefined;

  constructor(source: ListWatch, plan: readonly PlannedFault[]) {
    this.#source = source;
    this.#plan = plan;
  }

  heal(): void {
    this.#plan = [];
  }

  async list(call: ListCall): Promise<Uint8Array> {
    const planned = this.#next("list");
    call.signal.throwIfAborted();
    const isWhole = call.continue === undefined && call.only === undefined && call.shape === undefined;
    if (planned !== undefined && (planned.fault.is !== "stale" || (isWhole && this.#lastList !== undefined))) {
      this.struck.push(planned);
      return this.#failList(planned.fault, call.signal);
    }
    const body = await this.#source.list(call);
    if (isWhole) this.#lastList = body;
    return body;
  }

  async *watch(call: WatchCall): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    const planned = this.#next("watch");
    if (call.signal.aborted) return;
    const fault = planned?.fault;
    if (planned === undefined || fault === undefined) return yield* this.#source.watch(call);
    if (fault.is === "fail" || fault.is === "unreachable") {
      this.struck.push(planned);
      throw failureOf(fault, "WATCH");
    }
    yield* this.#breakWatch(call, { fault, strike: () => this.struck.push(planned) });
  }

  /** The fault of the call that begins. */
  #next<On extends "list" | "watch">(on: On): Extract<PlannedFault, { readonly on: On }> | undefined {
    this.#calls[on] += 1;
    const number = this.#calls[on];
    const isNext = (planned: PlannedFault): planned is Extract<PlannedFault, { readonly on: On }> =>
      planned.on === on && planned.call === number;
    return this.#plan.find(isNext);
  }

  async #failList(fault: ListFault, signal: AbortSignal): Promise<Uint8Array> {
    if (fault.is === "stale") return this.#lastList!; // its caller has looked
    if (fault.is !== "silence") throw failureOf(fault, "GET");
    await aborted(signal);
    throw signal.reason;
  }

  async *#breakWatch(
    call: WatchCall,
    { fault, strike }: { readonly fault: BrokenWatch; readonly strike: () => void },
  ): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    const isOfLine = fault.is === "corrupt" || fault.is === "duplicate";
    let left = fault.afterLines ?? 0;
    let isOver = false;
    for await (const batch of this.#source.watch(call)) {
      const [before, line] = [batch.slice(0, left), batch[left]];
      if (isOver || batch.length < left || (isOfLine && line === undefined)) {
        if (!isOver) left -= batch.length;
        yield batch;
        continue;
      }
      strike();
      isOver = true;
      if (isOfLine && line !== undefined) {
        yield [...before, ...(fault.is === "duplicate" ? [line, line] : [corruptOf(line)]), ...batch.slice(left + 1)];
        continue;
      }
      yield fault.is === "expire" ? [...before, EXPIRED] : before;
      if (fault.is === "end") return;
      if (fault.is === "lose") throw failureOf({ is: "unreachable" }, "WATCH");
      await aborted(call.signal);
      return;
    }
  }
}

type BrokenWatch = Exclude<WatchFault, CallFault>;

const STATUS = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" } as const;
const EXPIRED = Buffer.from(
  JSON.stringify({ type: "ERROR", object: { ...STATUS, reason: "Expired", message: "too old resource version", code: 410 } }),
);

/** The error that a client would throw. */
function failureOf(fault: CallFault, method: string): PolykindError {
  const request = { method, path: "/faulty", host: "faulty.invalid" };
  if (fault.is === "unreachable") {
    return new PolykindError("API_UNREACHABLE", `cannot ${method} /faulty at faulty.invalid: the connection was lost`, {
      retryable: true,
      facts: { ...request, reason: "lost" },
    });
  }
  const { status: code, retryAfterMs } = fault;
  const body = { ...STATUS, reason: "Planned", message: `planned to fail with ${code}`, code };
  return apiErrorOf(code, body, { ...request, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

/** A copy, as bytes of others are not written to. */
function corruptOf(line: Uint8Array): Uint8Array {
  return Buffer.concat([line.subarray(0, line.length >> 1), Buffer.from("\u0000")]);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
