import { keyOf, type KubeObject, type Manifest, type ObjectName, type Resource } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import type { ApplyOptions, CallOptions, DeleteOptions, KindReference, PluginClient } from "@polykind/plugin";
import type { AppliedManifests } from "./applied.ts";
import { withOwner } from "./owner.ts";
import type { Sender, Sending } from "./sender.ts";
import type { StatusWriter } from "./status-writer.ts";
import type { Targets } from "./targets.ts";

/** What the writers of one controller share. */
export interface WriterParts {
  readonly sender: Sender;
  readonly targets: Targets;
  readonly applied: AppliedManifests;
  readonly statuses: StatusWriter;
}

interface Target {
  readonly resource: Resource;
  readonly name: ObjectName;
  readonly manifest: Manifest;
}

/** The client that a plugin has in one run, or outside of runs. Every call ends when the signal of its {@link Sending} aborts. */
export class Writer implements PluginClient {
  readonly #parts: WriterParts;
  readonly #sending: Sending;

  constructor(parts: WriterParts, sending: Sending) {
    this.#parts = parts;
    this.#sending = sending;
  }

  async get<T extends KubeObject>(kind: KindReference, name: ObjectName, options?: CallOptions): Promise<T | undefined> {
    const sending = this.#during(options);
    const resource = await this.#parts.targets.resourceOf(kind, sending.signal);
    const read = { verb: "get", resource, name };
    try {
      return await this.#parts.sender.read({ ...read, send: (client, call) => client.get<T>(resource, name, call) }, sending);
    } catch (cause) {
      if (isPolykindError(cause, "API_NOT_FOUND")) return undefined;
      throw cause;
    }
  }

  async create<T extends KubeObject>(manifest: Manifest, options: ApplyOptions = {}): Promise<T> {
    const { sender } = this.#parts;
    const sending = this.#during(options);
    const { resource, name, manifest: owned } = await this.#targetOf(manifest, options, sending);
    sender.checkCreate(resource, name);
    return sender.write({ verb: "create", resource, name, send: (client, call) => client.create<T>(resource, owned, call) }, sending);
  }

  async apply<T extends KubeObject>(manifest: Manifest, options: ApplyOptions = {}): Promise<T> {
    const { sender, applied } = this.#parts;
    const sending = this.#during(options);
    const { resource, name, manifest: body } = await this.#targetOf(manifest, options, sending);
    const informer = sender.caches.informerOf(resource);
    const cached = informer?.store.byKey(keyOf(name));
    if (cached === undefined) sender.checkCreate(resource, name);
    else if (applied.holds(resource, body, cached)) return cached as T; // The caller says what its kind looks like, as for what the server answers.
    const patch = { type: "apply", body, force: options.force ?? true } as const;
    const write = { verb: "apply", resource, name };
    const answer = await sender.write({ ...write, send: (client, call) => client.patch<T>(resource, name, patch, call) }, sending);
    if (informer !== undefined) applied.note(resource, body, answer);
    return answer;
  }

  async patch<T extends KubeObject>(object: KubeObject, patch: object, options?: CallOptions): Promise<T> {
    const sending = this.#during(options);
    const resource = await this.#parts.targets.resourceOf(object, sending.signal);
    const { metadata: name } = object;
    const body = { ...patch, metadata: { ...("metadata" in patch && Object(patch.metadata)), uid: name.uid } };
    const write = { verb: "patch", resource, name };
    return this.#parts.sender.write(
      { ...write, send: (client, call) => client.patch<T>(resource, name, { type: "merge", body }, call) },
      sending,
    );
  }

  async patchStatus(object: KubeObject & { readonly status?: object }, status: object, options?: CallOptions): Promise<boolean> {
    const sending = this.#during(options);
    const resource = await this.#parts.targets.resourceOf(object, sending.signal);
    return this.#parts.statuses.write(resource, { object, status }, sending);
  }

  async delete(object: KubeObject, { propagationPolicy, ...options }: DeleteOptions = {}): Promise<void> {
    const sending = this.#during(options);
    const resource = await this.#parts.targets.resourceOf(object, sending.signal);
    const { metadata: name } = object;
    const only = { uid: name.uid, ...(propagationPolicy !== undefined && { propagationPolicy }) };
    const write = { verb: "delete", resource, name };
    try {
      await this.#parts.sender.write(
        { ...write, send: (client, { signal }) => client.delete(resource, name, { ...only, ...(signal && { signal }) }) },
        sending,
      );
    } catch (cause) {
      // Gone already, or another object has its name now: either way this one is no more.
      if (!isPolykindError(cause, "API_NOT_FOUND", "API_CONFLICT")) throw cause;
    }
  }

  #during({ signal }: CallOptions = {}): Sending {
    if (signal === undefined) return this.#sending;
    return { ...this.#sending, signal: AbortSignal.any([signal, this.#sending.signal]) };
  }

  async #targetOf(manifest: Manifest, { owner }: ApplyOptions, { signal }: Sending): Promise<Target> {
    const resource = await this.#parts.targets.resourceOf(manifest, signal);
    const owned = withOwner(manifest, owner, resource);
    const { name = "", namespace } = owned.metadata;
    return { resource, manifest: owned, name: { name, ...(namespace !== undefined && { namespace }) } };
  }
}
