import type { KubeObject } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import { addFinalizer, type JsonOperation, removeFinalizer } from "../finalizer/patch.ts";
import type { Sender, Sending } from "../writer/sender.ts";

/** What became of a change of the finalizer: it is such now, the object is gone, or it is another than the cache showed. */
export type FinalizerChange =
  | { readonly type: "changed" }
  | { readonly type: "gone" }
  | { readonly type: "stale"; readonly cause: unknown };

/** Puts one finalizer on objects, and takes it off. */
export class Finalizers {
  readonly name: string;
  readonly #sender: Sender;

  constructor(name: string, sender: Sender) {
    this.name = name;
    this.#sender = sender;
  }

  add(object: KubeObject, sending: Sending): Promise<FinalizerChange> {
    return this.#patch("add finalizer", object, { operations: addFinalizer(object, this.name), sending });
  }

  async remove(object: KubeObject, sending: Sending): Promise<FinalizerChange> {
    const operations = removeFinalizer(object, this.name);
    return operations === undefined ? { type: "changed" } : this.#patch("remove finalizer", object, { operations, sending });
  }

  async #patch(
    verb: string,
    { metadata }: KubeObject,
    { operations, sending }: { readonly operations: readonly JsonOperation[]; readonly sending: Sending },
  ): Promise<FinalizerChange> {
    const resource = this.#sender.managed;
    try {
      await this.#sender.write(
        { verb, resource, name: metadata, send: (client, call) => client.patch(resource, metadata, { type: "json", operations }, call) },
        sending,
      );
      return { type: "changed" };
    } catch (cause) {
      if (isPolykindError(cause, "API_NOT_FOUND")) return { type: "gone" };
      // A failed `test` is 422, a lost race 409: what the cache shows is not what there is.
      if (isPolykindError(cause, "API_INVALID", "API_CONFLICT")) return { type: "stale", cause };
      throw cause;
    }
  }
}
