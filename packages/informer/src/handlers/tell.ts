import type { KubeObject } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";
import type { Change } from "../store/change.ts";
import type { Handler, ObjectNotice } from "../types.ts";
import type { Told } from "./change-queue.ts";

/** A notice that reads its objects from the records when it is asked. */
class RecordNotice<T extends KubeObject> implements ObjectNotice<T> {
  readonly type: ObjectNotice["type"];
  readonly isInitial: boolean;
  readonly finalStateUnknown: boolean;
  readonly #record: ObjectRecord<T>;
  readonly #before: ObjectRecord<T> | undefined;

  constructor(
    record: ObjectRecord<T>,
    {
      type,
      isInitial = false,
      finalStateUnknown = false,
      before,
    }: Partial<Omit<ObjectNotice, "before" | "type">> & {
      readonly type: ObjectNotice["type"];
      readonly before?: ObjectRecord<T>;
    },
  ) {
    this.type = type;
    this.isInitial = isInitial;
    this.finalStateUnknown = finalStateUnknown;
    this.#record = record;
    this.#before = before;
  }

  get key(): string {
    return this.#record.key;
  }

  get uid(): string {
    return this.#record.uid;
  }

  get resourceVersion(): string {
    return this.#record.resourceVersion;
  }

  get object(): T {
    return this.#record.object;
  }

  get before(): T | undefined {
    return this.#before?.object;
  }
}

/** Calls the method of `handler` that is for what is told; what it returns. Objects are read only for methods that are there. */
export function tell<T extends KubeObject>(handler: Handler<T>, told: Told<T>): unknown {
  if (handler.noticed !== undefined) {
    const notice = noticeOf(told);
    return notice && handler.noticed(notice);
  }
  if ("initial" in told) return handler.added?.(told.initial.object, { isInitial: true });
  return tellChange(handler, told.change);
}

function noticeOf<T extends KubeObject>(told: Told<T>): ObjectNotice<T> | undefined {
  if ("initial" in told) return new RecordNotice(told.initial, { type: "added", isInitial: true });
  const { before, after, last } = told.change;
  if (before === undefined) return after && new RecordNotice(after, { type: "added" });
  if (after === undefined) return new RecordNotice(last ?? before, { type: "deleted", finalStateUnknown: last === undefined });
  return new RecordNotice(after, { type: "changed", before });
}

function tellChange<T extends KubeObject>(handler: Handler<T>, { before, after, last }: Change<T>): unknown {
  if (before === undefined) return after === undefined ? undefined : handler.added?.(after.object, { isInitial: false });
  if (after === undefined) return handler.deleted?.((last ?? before).object, { finalStateUnknown: last === undefined });
  return handler.changed?.(after.object, before.object);
}
