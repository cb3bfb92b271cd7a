import { keyOf, type KubeObject, type ObjectName, type Resource } from "@polykind/apimachinery";
import type { Client, WriteOptions } from "@polykind/client";
import { PolykindError } from "@polykind/core";
import type { Fence } from "../fence.ts";
import type { OwnWrites } from "../readers/own-writes.ts";
import type { Caches } from "../readers/caches.ts";
import type { ControllerNotices } from "../types.ts";
import { nameTarget } from "./targets.ts";

/** What a {@link Sender} needs. */
export interface SenderOptions {
  readonly client: Client;
  readonly fence: Fence;
  readonly caches: Caches;
  readonly ownWrites: OwnWrites;
  /** The managed kind. */
  readonly managed: Resource;
  /** Names the plugin in managed fields and audit logs. */
  readonly fieldManager: string;
  readonly tell: (written: ControllerNotices["written"]) => void;
}

/** For whom a request is sent. */
export interface Sending {
  /** The key whose run it is; absent outside of runs. */
  readonly runKey?: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** One request. */
export interface Outgoing<T> {
  readonly verb: string;
  readonly resource: Resource;
  readonly name: ObjectName;
  /** Sends it: called once, at once, when the fence lets it pass. */
  readonly send: (client: Client, options: Pick<WriteOptions, "fieldManager" | "signal">) => Promise<T>;
}

/** The one place from which a controller's requests leave: each passes the fence just before, and is known until it has ended. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #sent = new Set<Promise<unknown>>();
  #isTerminating = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get managed(): Resource {
    return this.#options.managed;
  }

  get caches(): Caches {
    return this.#options.caches;
  }

  /** Refuses creates of the managed kind from now on. */
  setTerminating(): void {
    this.#isTerminating = true;
  }

  /** Sends a read. */
  read<T>({ verb, resource, name, send }: Outgoing<T>, { signal }: Sending): Promise<T> {
    this.#options.fence.checkRead(`${verb} ${nameTarget(resource, keyOf(name))}`);
    signal.throwIfAborted();
    return this.#track(send(this.#options.client, { signal }));
  }

  /** Sends a write, and lets the next run of its key wait until the caches show it. */
  async write<T extends KubeObject | undefined>({ verb, resource, name, send }: Outgoing<T>, { runKey, signal }: Sending): Promise<T> {
    const { client, fence, fieldManager, caches, ownWrites, tell } = this.#options;
    fence.checkWrite(`${verb} ${nameTarget(resource, keyOf(name))}`);
    signal.throwIfAborted();
    const answer = await this.#track(send(client, { fieldManager, signal }));
    const informer = caches.informerOf(resource);
    if (runKey !== undefined && informer !== undefined && answer !== undefined)
      ownWrites.note(runKey, informer, answer.metadata.resourceVersion);
    tell({ verb, kind: resource.kind, key: keyOf(answer?.metadata ?? name) });
    return answer;
  }

  /** @throws PolykindError `API_FORBIDDEN`, as the server would, for a new object of a managed kind whose CRD is being deleted. */
  checkCreate(resource: Resource, name: ObjectName): void {
    const { managed } = this.#options;
    if (!this.#isTerminating || resource.kind !== managed.kind || resource.group !== managed.group) return;
    const what = nameTarget(resource, keyOf(name));
    throw new PolykindError("API_FORBIDDEN", `cannot create ${what}: its CustomResourceDefinition is being deleted`, {
      facts: { isLocal: true },
    });
  }

  /** Resolves when no request is under way. */
  async settled(): Promise<void> {
    while (this.#sent.size > 0) await Promise.allSettled(this.#sent);
  }

  async #track<T>(sent: Promise<T>): Promise<T> {
    this.#sent.add(sent);
    try {
      return await sent;
    } finally {
      this.#sent.delete(sent);
    }
  }
}
