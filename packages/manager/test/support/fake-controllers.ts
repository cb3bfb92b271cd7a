import type { KubeObject } from "@polykind/apimachinery";
import type { Controller, ControllerFacts, ControllerNotices } from "@polykind/controller";
import { Notices, PolykindError } from "@polykind/core";
import type { Informer, InformerNotices, InformerState, Lease } from "@polykind/informer";
import type { StartCall } from "../../src/kind/controllers.ts";
import type { Target } from "../../src/kind/state.ts";

const FACTS: ControllerFacts = {
  objects: 2,
  queueDepth: 0,
  delayed: 0,
  inFlight: 0,
  reconciles: 1,
  errors: 0,
  abandoned: 0,
  finalizersHeld: 0,
  carriers: [],
  isTerminating: false,
  isRetiring: false,
};

/** An informer that does what it is told, of which tests see what was asked. */
class FakeInformer {
  readonly name: string;
  readonly notices = new Notices<InformerNotices>(({ cause }) => {
    throw cause;
  });
  readonly #synced = Promise.withResolvers<void>();
  objects: readonly KubeObject[] = [];
  state: InformerState = { phase: "listing", since: 0 };
  hasSynced = false;
  leases = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** As far as a supervisor looks. */
  asInformer(): Informer {
    return this as unknown as Informer; // A supervisor looks at nothing else.
  }

  fill(): void {
    this.hasSynced = true;
    this.#synced.resolve();
  }

  fail(error: PolykindError): void {
    this.notices.tell("failed", error);
  }

  synced(signal?: AbortSignal): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    signal?.addEventListener("abort", () => reject(new PolykindError("STOPPED", "aborted")), { once: true });
    return Promise.race([this.#synced.promise, promise]);
  }

  get store(): { readonly list: () => readonly KubeObject[] } {
    return { list: () => this.objects };
  }
}

/** A start that was asked for. */
export interface FakeStart {
  readonly call: StartCall;
  readonly informer: FakeInformer;
  /** What was asked of its controller, as short words. */
  readonly told: string[];
  /** Words of what its controller fails at, after it was told. */
  readonly failing: Set<string>;
  /** What its facts are besides. */
  readonly facts: Partial<Record<keyof ControllerFacts, unknown>>;
  /** Objects that carry its plugin's finalizer: as long as there are any, it does not tell that it is vacated. */
  readonly carriers: string[];
  /** The controller has come up. */
  come(): void;
  /** No object carries the finalizer any more. */
  vacate(): void;
  fail(error: PolykindError): void;
}

/** The floor below a supervisor: starts and leases that tests let come, fail and end. */
export class FakeControllers {
  readonly starts: FakeStart[] = [];
  /** Controllers that have come up and were not told to stop. */
  up = 0;
  readonly informers = new Map<string, FakeInformer>();
  /** While it is set, releases wait for it. */
  releasing: Promise<void> = Promise.resolve();

  informerOf({ uid, version }: Pick<Target, "uid" | "version">): FakeInformer {
    const name = `${uid} ${version}`;
    const known = this.informers.get(name) ?? new FakeInformer(name);
    this.informers.set(name, known);
    return known;
  }

  /** Who listens to informers. */
  get listeners(): number {
    return [...this.informers.values()].reduce((sum, { notices }) => sum + notices.listenerCount, 0);
  }

  /** Informers with leases, such as `u1 v1`. */
  get held(): readonly string[] {
    return [...this.informers.values()].filter(({ leases }) => leases > 0).map(({ name }) => name);
  }

  acquire(target: Target): Promise<Lease> {
    const informer = this.informerOf(target);
    informer.leases += 1;
    let isHeld = true;
    const release = async (): Promise<void> => {
      await this.releasing;
      if (isHeld) informer.leases -= 1;
      isHeld = false;
    };
    return Promise.resolve({ informer: informer.asInformer(), release, [Symbol.asyncDispose]: release });
  }

  start(call: StartCall): Promise<Controller> {
    const { promise, resolve, reject } = Promise.withResolvers<Controller>();
    const informer = this.informerOf(call.target);
    const told: string[] = [];
    let isOpen = true;
    const settleBy = (how: () => void): void => {
      if (isOpen) how();
      isOpen = false;
    };
    const carriers: string[] = [];
    const failing = new Set<string>();
    const facts: FakeStart["facts"] = {};
    const tell = (word: string): void => {
      told.push(word);
      if (failing.has(word)) throw new Error(`cannot ${word}`);
    };
    const notices = new Notices<ControllerNotices>(() => {});
    let { isRetiring } = call;
    const vacate = (): void => {
      carriers.length = 0;
      notices.tell("vacated", {});
    };
    const controller: Controller = {
      get facts() {
        return { ...FACTS, isRetiring, finalizersHeld: carriers.length, carriers, ...facts } as ControllerFacts; // As far as its plugin keeps to them.
      },
      notices,
      informer: informer.asInformer(),
      setTerminating: () => tell("drain"),
      changeSchema: ({ parts }) => tell(`reshape ${parts.join()}`),
      retire: () => {
        tell("retire");
        isRetiring = true;
        if (carriers.length === 0) vacate();
      },
      resume: () => {
        tell("resume");
        isRetiring = false;
      },
      stop: (reason) => {
        this.up -= 1;
        tell(`stop ${reason}`);
        return Promise.resolve({ leaked: 0 });
      },
    };
    const come = (): void => {
      this.up += 1;
      resolve(controller);
    };
    const abort = (): void => settleBy(() => reject(call.signal.reason as Error)); // As it is passed on.
    if (call.signal.aborted) abort();
    else call.signal.addEventListener("abort", abort, { once: true });
    this.starts.push({
      call,
      informer,
      told,
      failing,
      facts,
      carriers,
      vacate,
      come: () => settleBy(come),
      fail: (error) => settleBy(() => reject(error)),
    });
    return promise;
  }
}
