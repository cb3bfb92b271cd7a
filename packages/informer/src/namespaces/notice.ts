import type { KubeObject } from "@polykind/apimachinery";
import type { Handler, ObjectNotice } from "../types.ts";

/** A notice of another one's object. */
export class RetoldNotice<T extends KubeObject> implements ObjectNotice<T> {
  readonly type: ObjectNotice["type"];
  readonly isInitial: boolean;
  readonly finalStateUnknown: boolean;
  readonly #of: ObjectNotice<T>;

  constructor(of: ObjectNotice<T>, { type, isInitial, finalStateUnknown }: Pick<ObjectNotice, "type" | "isInitial" | "finalStateUnknown">) {
    this.type = type;
    this.isInitial = isInitial;
    this.finalStateUnknown = finalStateUnknown;
    this.#of = of;
  }

  get key(): string {
    return this.#of.key;
  }

  get uid(): string {
    return this.#of.uid;
  }

  get resourceVersion(): string {
    return this.#of.resourceVersion;
  }

  get object(): T {
    return this.#of.object;
  }

  get before(): T | undefined {
    return this.type === "changed" ? this.#of.before : undefined;
  }
}

/** Calls the method of `handler` that `notice` is for. Objects are read only for methods that are there. */
export function tellNotice<T extends KubeObject>(handler: Handler<T>, notice: ObjectNotice<T>): unknown {
  if (handler.noticed !== undefined) return handler.noticed(notice);
  switch (notice.type) {
    case "added":
      return handler.added?.(notice.object, { isInitial: notice.isInitial });
    case "changed":
      return handler.changed?.(notice.object, notice.before as T); // A change has it.
    case "deleted":
      return handler.deleted?.(notice.object, { finalStateUnknown: notice.finalStateUnknown });
  }
}
