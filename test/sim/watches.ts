import type { KubeObject, WatchCall } from "@polykind/apimachinery";
import type { CallFailure } from "@polykind/testing";
import type { ApiServer, Scope, SharedFault } from "./api-server.ts";
import type { SimObject } from "./etcd.ts";
import type { Shock, WatchFault } from "./faults.ts";
import type { Parser } from "./parser.ts";
import { answer, failureOf, unreachable } from "./status.ts";
import { errorLine, type Sent, shaped } from "./wire.ts";

/** A watch that is open. `over`: its time is up. */
interface Streamed extends WatchCall {
  readonly id: number;
  readonly over: { readonly isOver: boolean };
}

/** A watch that tells changes. `seen`: what becomes of all watches is old up to there. */
interface Followed extends Streamed {
  readonly at: number;
  readonly boot: number;
  readonly seen: number;
}

/** A write as a watch tells of it. */
type Change = Sent & { readonly is: "ADDED" | "MODIFIED" | "DELETED"; readonly version: number };

/** The watches of one scope, as the servers answer them. */
export class Watches {
  readonly #server: ApiServer;
  readonly #scope: Scope;
  readonly #parser: Parser;

  constructor(server: ApiServer, { scope, parser }: { readonly scope: Scope; readonly parser: Parser }) {
    this.#server = server;
    this.#scope = scope;
    this.#parser = parser;
  }

  async *watch(call: WatchCall): AsyncGenerator<readonly Uint8Array[]> {
    if (call.signal.aborted) return;
    const id = this.#server.count();
    const { resourceVersion: version = "", sendInitialEvents: isWatchList = false } = call;
    const isProbe = call.objects === "none";
    this.#scope.emit({ type: "watch.open", call: id, version, isWatchList, ...(isProbe && { reads: "version" }) });
    const over = { isOver: false };
    const timer = this.#server.clock.setTimer((call.timeoutSeconds ?? 3_600) * 1_000, () => {
      over.isOver = true;
      this.#server.news();
    });
    let failure: CallFailure | undefined;
    try {
      yield* this.#stream({ ...call, id, over });
    } catch (cause) {
      if (call.signal.aborted) return;
      failure = failureOf(cause);
      throw cause;
    } finally {
      timer.cancel();
      this.#scope.emit({ type: "watch.close", call: id, failure });
    }
  }

  async *#stream(call: Streamed): AsyncGenerator<readonly Uint8Array[]> {
    const { signal, sendInitialEvents = false, resourceVersion = "" } = call;
    const server = this.#server;
    await server.delay(signal);
    if (server.isDown) throw unreachable();
    const [boot, seen] = [server.boot, server.sharedFaults.length];
    this.#refuse();
    const isPlain = server.traits.watchList === "ignored" || !sendInitialEvents;
    if (sendInitialEvents && server.traits.watchList === "refused") throw answer("422");
    if (server.watchFaults[0] !== "not accepted") yield [];
    const asked = Number(resourceVersion);
    if (isPlain && asked < server.knowsFrom(this.#scope.plural)) {
      yield* this.#frame(call.id, [errorLine("410 event")]);
      return;
    }
    let at = Math.max(asked, 1);
    // Kubernetes accepts a watch of a version that it does not have yet, and tells nothing until it has.
    const reached = isPlain ? asked : await server.reach(asked, signal);
    if (!isPlain) {
      at = reached;
      const present = call.objects === "none" ? [] : server.etcd.at(at, this.#scope);
      const initial = present.map((object): Sent => ({ is: "ADDED", object: this.#shaped(object) }));
      for (const line of initial) {
        yield* this.#frame(call.id, [line]);
        if (server.draws.chance(0.3)) await server.clock.sleep(server.traits.latencyMs, signal);
        if (boot !== server.boot || server.breaks()) throw unreachable();
      }
      yield* this.#frame(call.id, [{ is: "BOOKMARK", version: at, isEnd: true }]);
    }
    if (server.shortWatches > 0) server.shortWatches -= 1;
    else yield* this.#follow({ ...call, at, boot, seen });
  }

  /** Refuses a watch from the beginning, where that is the next fault. */
  #refuse(): void {
    if (this.#server.isFilling(this.#scope.plural)) throw answer("initializing");
    const [fault] = this.#server.watchFaults;
    switch (fault) {
      case "410 status":
      case "429":
      case "initializing":
      case "503":
      case "404":
      case "403":
        this.#server.watchFaults.shift();
        throw answer(fault === "410 status" ? "410" : fault);
      default:
    }
  }

  async *#follow(call: Followed): AsyncGenerator<readonly Uint8Array[]> {
    const server = this.#server;
    const replica = server.pickReplica();
    const { signal, over, id } = call;
    for (let { at, seen } = call; !signal.aborted && !over.isOver; ) {
      if (call.boot !== server.boot) {
        if (server.draws.chance(0.5)) return;
        throw unreachable();
      }
      const { wake } = server;
      while (server.sharedFaults.length > seen && !this.#isMeant(server.sharedFaults[seen])) seen += 1;
      const shared = server.sharedFaults[seen];
      if (shared !== undefined) seen += 1;
      const fault = shared?.fault ?? server.watchFaults.shift();
      if (fault !== undefined) {
        const lines = this.#faulty(fault, at);
        if (lines === undefined) return;
        if (lines.length > 0) yield* this.#frame(id, lines);
        if (fault === "410 event") return;
        if (fault === "torn") throw unreachable();
        if (fault === "silence" || fault === "410 left open") await aborted(signal);
        continue;
      }
      const news = this.#newsOf({ after: at, until: replica.version });
      if (news.length > 0) {
        const batch = news.slice(0, 1 + server.draws.below(news.length));
        at = batch.at(-1)?.version ?? at;
        yield* this.#frame(id, batch);
      } else if (Math.min(server.bookmarkAt, replica.version) > at) {
        at = Math.min(server.bookmarkAt, replica.version);
        yield* this.#frame(id, [{ is: "BOOKMARK", version: at, isEnd: false }]);
      } else await Promise.race([wake, aborted(signal)]);
    }
  }

  #isMeant(fault: SharedFault | undefined): boolean {
    return fault?.plural === undefined || fault.plural === this.#scope.plural;
  }

  #newsOf(span: { readonly after: number; readonly until: number }): readonly Change[] {
    return this.#server.etcd.writes(span, this.#scope).map(({ is, version, object }) => ({ is, version, object: this.#shaped(object) }));
  }

  #shaped(object: SimObject): KubeObject {
    const { shape, plural } = this.#scope;
    return shaped(object, { shape, reading: this.#server.readingOf(plural) });
  }

  /** What the watch sends for `fault` when it stands at `at`; `undefined` where it ends. */
  #faulty(fault: WatchFault | Shock, at: number): readonly Sent[] | undefined {
    const news = this.#newsOf({ after: at, until: this.#server.etcd.version });
    const [next] = news;
    const raw = (text: string): readonly Sent[] => [{ is: "raw", text }, ...news];
    switch (fault) {
      case "short":
        this.#server.shortWatches = 40;
        return undefined;
      case "end":
        return undefined;
      case "reset":
        throw unreachable();
      case "torn":
        return next === undefined ? [] : [{ is: "torn", object: next.object }];
      case "garbage":
        return raw('{"type":"ADDED","object":{"api');
      case "unknown type":
        return raw(JSON.stringify({ type: "RENAMED", object: next?.object ?? {} }));
      case "wrong kind":
        return raw(JSON.stringify({ type: "ADDED", object: { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: {} } }));
      case "error 500":
      case "error 429":
        return [errorLine(fault === "error 500" ? "500" : "429")];
      case "410 event":
      case "410 left open":
        return [errorLine("410 event")];
      case "replay":
        return this.#newsOf({ after: at - 4, until: at });
      case "410 status":
      case "429":
      case "initializing":
      case "503":
      case "404":
      case "403":
      case "not accepted":
      case "silence":
        return [];
    }
  }

  /** Lines as they arrive. */
  *#frame(call: number, sent: readonly Sent[]): Generator<readonly Uint8Array[]> {
    const { lines, failure } = this.#parser.bring(call, sent);
    if (lines.length > 0) yield lines;
    if (failure !== undefined) throw failure;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
