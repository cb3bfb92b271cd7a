import type { Clock } from "@polykind/core";
import type { Handler, HandlerRegistration, InformerKey, InformerPool, Lease } from "@polykind/informer";
import type { TraceFact } from "@polykind/testing";
import type { Journal } from "./journal.ts";
import type { Lives } from "./lives.ts";
import { type Manner, Recorder } from "./recorder.ts";

interface User {
  readonly key: InformerKey;
  lease: Lease | undefined;
  /** The name of the life that the lease is of. */
  life: string;
  isAcquiring: boolean;
  readonly hooks: Map<string, HandlerRegistration>;
}

/** What is told of the end of watches that is to come. */
export interface Announced {
  readonly bodies: "same" | "changed" | undefined;
}

/** What a user may do. */
export type UserAct =
  | { readonly is: "retry" | "leave" | "release" | "acquire"; readonly user: number }
  | ({ readonly is: "expect"; readonly user: number } & Announced)
  | { readonly is: "join"; readonly user: number; readonly how: Manner };

interface UsersOptions {
  readonly keys: readonly InformerKey[];
  readonly pool: InformerPool;
  readonly lives: Lives;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Those who hold leases, and their handlers. */
export class Users {
  readonly #options: UsersOptions;
  readonly #users: readonly User[];
  #hooks = 0;

  constructor(options: UsersOptions) {
    this.#options = options;
    this.#users = options.keys.map((key) => ({ key, lease: undefined, life: "", isAcquiring: false, hooks: new Map() }));
  }

  /** Everybody acquires who has not. */
  acquireAll(): void {
    for (const user of this.#users) this.#acquire(user);
  }

  releaseAll(): void {
    for (const user of this.#users) this.#release(user);
  }

  play(act: UserAct): void {
    const user = this.#users[act.user];
    if (user === undefined) return;
    switch (act.is) {
      case "acquire":
        return this.#acquire(user);
      case "release":
        return this.#release(user);
      case "join":
        return this.#join(user, act.how);
      case "leave":
        return this.#leave(user);
      case "retry":
        if (user.lease !== undefined) this.#tell(user, { type: "informer.retry" });
        return user.lease?.informer.retryNow();
      case "expect":
        return this.#expect(user, act);
    }
  }

  /** Everybody who reads a kind hears that its watches will end. */
  expectEnd(plural: string, announced: Announced & { readonly reading: number }): void {
    for (const user of this.#users) if (user.key.resource.plural === plural) this.#expect(user, announced);
  }

  #expect(user: User, { bodies, reading }: Announced & { readonly reading?: number }): void {
    if (user.lease === undefined) return;
    const told = bodies === undefined ? {} : { bodies };
    this.#tell(user, { type: "informer.expect", ...told, ...(reading !== undefined && { reading }) });
    user.lease.informer.expectDisconnect(told);
  }

  #acquire(user: User): void {
    if (user.lease !== undefined || user.isAcquiring) return;
    user.isAcquiring = true;
    void this.#options.pool
      .acquire(user.key)
      .then((lease) => {
        const life = this.#options.lives.hold(user.key, lease.informer);
        if (life === undefined) return;
        user.isAcquiring = false;
        user.lease = lease;
        user.life = life.name;
        this.#join(user, "quick");
      })
      .catch((cause: unknown) => this.#tell(user, { type: "lease.broken", why: String(cause) }));
  }

  #release(user: User): void {
    const { lease, life, key } = user;
    if (lease === undefined) return;
    user.lease = undefined;
    const isLast = this.#options.lives.letGo(life);
    const released = lease.release();
    for (const hook of user.hooks.keys()) this.#tell(user, { type: "hook.close", hook });
    user.hooks.clear();
    if (isLast) void released.then(() => this.#options.journal.tellOf(life, key, { type: "informer.stopped" }));
  }

  #join(user: User, how: Manner): void {
    const { lease, life, key } = user;
    if (lease === undefined) return;
    const { lives, journal, clock } = this.#options;
    const hook = `h${(this.#hooks += 1)}`;
    const tell = (fact: TraceFact): void => journal.tellOf(life, key, fact);
    lives.named(life)?.probe?.sample();
    tell({ type: "hook.open", hook });
    const registration = added(lease, new Recorder({ hook, how, tell, clock }), tell);
    if (registration === undefined) return;
    user.hooks.set(hook, registration);
    void registration.synced().then(
      () => {
        // An empty first list changes nothing that the probe would see by itself.
        lives.named(life)?.probe?.sample();
        if (user.hooks.has(hook)) tell({ type: "hook.synced", hook });
      },
      () => undefined,
    );
  }

  #leave(user: User): void {
    for (const [hook, registration] of user.hooks) {
      registration.remove();
      user.hooks.delete(hook);
      this.#tell(user, { type: "hook.close", hook });
      return;
    }
  }

  #tell({ life, key }: User, fact: TraceFact): void {
    this.#options.journal.tellOf(life, key, fact);
  }
}

function added(lease: Lease, handler: Handler, tell: (fact: TraceFact) => void): HandlerRegistration | undefined {
  try {
    return lease.informer.addHandler(handler);
  } catch (cause) {
    tell({ type: "lease.broken", why: String(cause) });
    return undefined;
  }
}
