import type { KubeObject } from "@polykind/apimachinery";
import type { Clock } from "@polykind/core";
import type { Handler } from "@polykind/informer";
import type { TraceFact } from "@polykind/testing";
import { stampOf } from "./etcd.ts";

/** What a handler does when it is called. */
export type Manner = "quick" | "slow" | "throwing" | "meddling";

interface RecorderOptions {
  readonly hook: string;
  readonly how: Manner;
  readonly tell: (fact: TraceFact) => void;
  readonly clock: Clock;
}

/** A handler that writes down what it is told; some are slow, throw, or try to change what they get. */
export class Recorder implements Handler {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  added(object: KubeObject, { isInitial }: { readonly isInitial: boolean }): void | Promise<void> {
    this.#options.tell({ type: "hook.add", hook: this.#options.hook, object: stampOf(object), isFrozen: isFrozen(object), isInitial });
    return this.#behave(object);
  }

  changed(object: KubeObject): void | Promise<void> {
    this.#options.tell({ type: "hook.upd", hook: this.#options.hook, object: stampOf(object), isFrozen: isFrozen(object) });
    return this.#behave(object);
  }

  deleted(object: KubeObject): void | Promise<void> {
    this.#options.tell({ type: "hook.del", hook: this.#options.hook, object: stampOf(object), isFrozen: isFrozen(object) });
    return this.#behave(object);
  }

  #behave(object: KubeObject): void | Promise<void> {
    switch (this.#options.how) {
      case "quick":
        return undefined;
      case "slow":
        return this.#options.clock.sleep(300);
      case "throwing":
        throw new Error("as planned");
      case "meddling":
        return void Object.assign(object.metadata, { resourceVersion: "666" });
    }
  }
}

function isFrozen(object: KubeObject): boolean {
  return Object.isFrozen(object) && Object.isFrozen(object.metadata);
}
