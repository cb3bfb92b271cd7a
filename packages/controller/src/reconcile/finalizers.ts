import { keyOf, type KubeObject } from "@polykind/apimachinery";
import { isPolykindError, PolykindError } from "@polykind/core";
import { addFinalizer, type JsonOperation, removeFinalizer } from "../finalizer/patch.ts";
import { hasFinalizer } from "../finalizer/state.ts";
import { nameTarget } from "../writer/targets.ts";
import type { Sender, Sending } from "../writer/sender.ts";
import type { Held } from "./held.ts";

const ADD = "add finalizer";

/** What became of a change of the finalizer: it is such now, the object is gone, or it is another than the cache showed. */
export type FinalizerChange =
  | { readonly type: "changed"; readonly resourceVersion?: string }
  | { readonly type: "gone" }
  | { readonly type: "stale"; readonly cause: unknown };

/** Puts one finalizer on objects, and takes it off. */
export class Finalizers {
  readonly name: string;
  readonly #sender: Sender;
  readonly #held: Held;

  constructor(name: string, { sender, held }: { readonly sender: Sender; readonly held: Held }) {
    this.name = name;
    this.#sender = sender;
    this.#held = held;
  }

  add(object: KubeObject, sending: Sending): Promise<FinalizerChange> {
    const send = (): Promise<FinalizerChange> => this.#patch(ADD, object, { operations: addFinalizer(object, this.name), sending });
    return this.#held.coming(keyOf(object.metadata), send, (change) => this.#isAhead(change));
  }

  async remove(object: KubeObject, sending: Sending): Promise<FinalizerChange> {
    const operations = removeFinalizer(object, this.name);
    return operations === undefined ? { type: "changed" } : this.#patch("remove finalizer", object, { operations, sending });
  }

  /** Whether the cache will show the change later, and tell its handlers of it then. */
  #isAhead(change: FinalizerChange): boolean {
    if (change.type !== "changed" || change.resourceVersion === undefined) return false;
    return this.#sender.caches.informerOf(this.#sender.managed)?.store.hasReached(change.resourceVersion) === false;
  }

  /** @throws PolykindError `API_PROTOCOL` when the server takes the change, and its answer does not show it. */
  async #patch(
    verb: string,
    { metadata }: KubeObject,
    { operations, sending }: { readonly operations: readonly JsonOperation[]; readonly sending: Sending },
  ): Promise<FinalizerChange> {
    const resource = this.#sender.managed;
    let answer: KubeObject;
    try {
      answer = await this.#sender.write(
        { verb, resource, name: metadata, send: (client, call) => client.patch(resource, metadata, { type: "json", operations }, call) },
        sending,
      );
    } catch (cause) {
      if (isPolykindError(cause, "API_NOT_FOUND")) return { type: "gone" };
      // A failed `test` is 422, a lost race 409: what the cache shows is not what there is.
      if (isPolykindError(cause, "API_INVALID", "API_CONFLICT")) return { type: "stale", cause };
      throw cause;
    }
    if (hasFinalizer(answer, this.name) === (verb === ADD)) return { type: "changed", resourceVersion: answer.metadata.resourceVersion };
    const what = `${verb} ${this.name} of ${nameTarget(resource, keyOf(metadata))}`;
    throw new PolykindError(
      "API_PROTOCOL",
      `cannot ${what}: the server took the change and undid it; look for an admission webhook that changes finalizers`,
      {
        facts: { finalizer: this.name, finalizers: answer.metadata.finalizers ?? [] },
      },
    );
  }
}
