import type { AnswerFault, FaultyServer, SeenRequest } from "@polykind/testing";

const NOT_SERVED: AnswerFault = { is: "answer", status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found\n" };
const FORBIDDEN: AnswerFault = {
  is: "answer",
  status: 403,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Forbidden", message: "balls is forbidden", code: 403 },
};

/** Reads paths. */
export interface KindPaths {
  readonly isToKind: (path: string) => boolean;
  readonly versionOf: (path: string) => string;
}

interface Held {
  readonly version: string;
  readonly answer: (fault: AnswerFault | undefined) => void;
}

/** The lists and watches of the kind, held at the front as long as the server would not serve them, or nobody has let them. */
export class KindRequests {
  readonly #kept = new Set<string>();
  readonly #missing = new Set<string>();
  #served: ReadonlySet<string> = new Set();
  #held: Held[] = [];
  #misses = 0;
  #isOpen = false;

  constructor(front: FaultyServer, { isToKind, versionOf }: KindPaths) {
    const when = ({ path, verb }: SeenRequest): boolean => (verb === "list" || verb === "watch") && isToKind(path);
    front.rule({ when, isLasting: true, fault: { is: "hold", until: ({ path }, signal) => this.#until(versionOf(path), signal) } });
  }

  /** How many requests were answered with 404 here. */
  get misses(): number {
    return this.#misses;
  }

  /** Whether a request to this version waits. */
  isHeld(version: string): boolean {
    return this.#held.some((held) => held.version === version);
  }

  /** Requests to these versions pass from now on, others are held. */
  serve(versions: Iterable<string>): void {
    this.#served = new Set(versions);
    this.#release();
  }

  /** Holds requests to this version, although it is served. */
  keep(version: string): void {
    this.#kept.add(version);
  }

  /** No longer {@link keep}. */
  let(version: string): void {
    this.#kept.delete(version);
    this.#release();
  }

  /** The next request to this version, or one that is held, is answered as by a server that does not have the collection. */
  miss(version: string): void {
    if (!this.#answer(version, NOT_SERVED)) this.#missing.add(version);
    else this.#misses += 1;
  }

  /** A request that is held is answered so that nobody tries again. */
  refuse(version: string): void {
    this.#answer(version, FORBIDDEN);
  }

  /** From now on nothing is held. */
  openAll(): void {
    this.#isOpen = true;
    this.#release();
  }

  #answer(version: string, fault: AnswerFault): boolean {
    const held = this.#held.find((each) => each.version === version);
    held?.answer(fault);
    return held !== undefined;
  }

  #release(): void {
    for (const { version, answer } of this.#held) if (this.#isFree(version)) answer(undefined);
  }

  #isFree(version: string): boolean {
    return this.#isOpen || (this.#served.has(version) && !this.#kept.has(version));
  }

  #until(version: string, signal: AbortSignal): Promise<AnswerFault | undefined> {
    if (this.#missing.delete(version)) {
      this.#misses += 1;
      return Promise.resolve(NOT_SERVED);
    }
    if (this.#isFree(version)) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<AnswerFault | undefined>();
    const held: Held = {
      version,
      answer: (fault) => {
        this.#held = this.#held.filter((each) => each !== held);
        resolve(fault);
      },
    };
    this.#held.push(held);
    signal.addEventListener("abort", () => held.answer(undefined), { once: true });
    return promise;
  }
}
