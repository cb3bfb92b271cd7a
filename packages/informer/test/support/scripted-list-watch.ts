import type { ListCall, ListWatch, WatchCall } from "@polykind/apimachinery";

/** A list that waits for the test to answer it. */
export interface ScriptedList {
  readonly kind: "list";
  readonly call: ListCall;
  isOpen: boolean;
  answer(body: object): void;
  answerBytes(body: Uint8Array): void;
  fail(cause: unknown): void;
}

/** A watch that the test feeds. */
export interface ScriptedWatch {
  readonly kind: "watch";
  readonly call: WatchCall;
  isOpen: boolean;
  /** Yields these events together. */
  push(...events: readonly object[]): void;
  pushBytes(...lines: readonly Uint8Array[]): void;
  end(): void;
  fail(cause: unknown): void;
}

/** Whether the call asks for the server's version, by a watch. */
export function isProbe({ kind, call }: ScriptedList | ScriptedWatch): boolean {
  return kind === "watch" && "objects" in call && call.objects === "none";
}

/** A list-watch whose every answer is written down by the test. */
export class ScriptedListWatch implements ListWatch {
  readonly calls: (ScriptedList | ScriptedWatch)[] = [];
  /** What the last calls are held open for after their abort, for tests of a slow transport. */
  closing: Promise<void> | undefined;

  get open(): number {
    return this.calls.filter(({ isOpen }) => isOpen).length;
  }

  /** The call at `index`, which must be a list. */
  list(call: ListCall): Promise<Uint8Array>;
  list(call: ListCall): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const list: ScriptedList = {
      kind: "list",
      call,
      isOpen: true,
      answer: (body) => list.answerBytes(bytes(body)),
      answerBytes: (body) => {
        list.isOpen = false;
        resolve(body);
      },
      fail: (cause) => {
        list.isOpen = false;
        reject(cause);
      },
    };
    const abort = async (): Promise<void> => {
      await this.closing;
      list.fail(call.signal.reason);
    };
    call.signal.addEventListener("abort", () => void abort(), { once: true });
    this.calls.push(list);
    return promise;
  }

  watch(call: WatchCall): AsyncIterable<readonly Uint8Array[]> {
    const feed = new Feed();
    const watch: ScriptedWatch = {
      kind: "watch",
      call,
      isOpen: true,
      push: (...events) => feed.put({ lines: events.map(bytes) }),
      pushBytes: (...lines) => feed.put({ lines }),
      end: () => feed.put({ end: undefined }),
      fail: (cause) => feed.put({ end: { cause } }),
    };
    const abort = async (): Promise<void> => {
      await this.closing;
      feed.put({ end: undefined });
    };
    call.signal.addEventListener("abort", () => void abort(), { once: true });
    this.calls.push(watch);
    return feed.run(() => (watch.isOpen = false));
  }

  /** The last call, which must be a list. */
  lastList(): ScriptedList {
    const call = this.calls.at(-1);
    if (call?.kind !== "list") throw new Error(`the last call is ${call?.kind ?? "none"}, not a list`);
    return call;
  }

  /** The last call, which must be a watch. */
  lastWatch(): ScriptedWatch {
    const call = this.calls.at(-1);
    if (call?.kind !== "watch") throw new Error(`the last call is ${call?.kind ?? "none"}, not a watch`);
    return call;
  }
}

type Item = { readonly lines: readonly Uint8Array[] } | { readonly end: { readonly cause: unknown } | undefined };

class Feed {
  readonly #items: Item[] = [];
  #wake: () => void = () => {};

  put(item: Item): void {
    this.#items.push(item);
    this.#wake();
  }

  async *run(onClose: () => void): AsyncGenerator<readonly Uint8Array[]> {
    try {
      for (;;) {
        const item = this.#items.shift();
        if (item === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
        else if ("lines" in item) yield item.lines;
        else if (item.end === undefined) return;
        else throw item.end.cause;
      }
    } finally {
      onClose();
    }
  }
}

export function bytes(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
