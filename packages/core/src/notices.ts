import { EventEmitter } from "eventemitter3";

/** What may be told: the name of each notice and what it carries. */
export type NoticeMap = object;

/** The listening half of {@link Notices}: what observers get. */
export interface NoticeSource<M extends NoticeMap> {
  /**
   * Calls `listener` with each notice `name` told from now on.
   *
   * @returns ends it: the listener is not called any more, not even by a notice being told right now.
   */
  on<K extends keyof M & string>(name: K, listener: (notice: M[K]) => void): () => void;
}

/** Where the failure of a listener goes; it reaches neither the teller nor other listeners. */
export type NoticeFailure = (failure: { readonly notice: string; readonly cause: unknown }) => void;

/**
 * Tells observers in this process what happened. Nothing waits for them.
 *
 * Guarantees: a listener that throws neither stops the others nor reaches the teller; a listener that was
 * taken back is not called again, even by the notice being told at that moment; listeners are called in
 * the order in which they came.
 *
 * @example
 * const notices = new Notices<{ started: { kind: string } }>(() => {});
 * const seen: string[] = [];
 * const end = notices.on("started", ({ kind }) => seen.push(kind));
 * notices.tell("started", { kind: "Session" });
 * end();
 * notices.tell("started", { kind: "MyApp" });
 * seen;
 * // => ["Session"]
 */
export class Notices<M extends NoticeMap> implements NoticeSource<M> {
  /** Made when somebody listens: to most tellers nobody does. */
  #emitter: EventEmitter<Record<string, [unknown]>> | undefined;
  readonly #onFailure: NoticeFailure;

  constructor(onFailure: NoticeFailure) {
    this.#onFailure = onFailure;
  }

  on<K extends keyof M & string>(name: K, listener: (notice: M[K]) => void): () => void {
    let isOn = true;
    const guarded = (notice: unknown): void => {
      if (!isOn) return;
      try {
        listener(notice as M[K]); // Only `tell` emits, and it takes M[K] for this name.
      } catch (cause) {
        this.#onFailure({ notice: name, cause });
      }
    };
    const emitter = (this.#emitter ??= new EventEmitter());
    emitter.on(name, guarded);
    return () => {
      isOn = false;
      emitter.off(name, guarded);
    };
  }

  /** Calls the listeners of `name` now, one after another. Never throws because of a listener. */
  tell<K extends keyof M & string>(name: K, notice: M[K]): void {
    this.#emitter?.emit(name, notice);
  }

  /** The number of listeners of all notices, for leak checks. */
  get listenerCount(): number {
    const emitter = this.#emitter;
    return emitter?.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0) ?? 0;
  }
}
