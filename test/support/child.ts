import assert from "node:assert/strict";
import { once } from "node:events";
import { parentPort, Worker } from "node:worker_threads";
import { messageOf } from "@polykind/core";

/** What is asked of a thread. Its answer has the same `id`. */
interface Call {
  readonly id: number;
  readonly verb: string;
  readonly value: unknown;
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };

/** A thread that answers calls. */
export interface Thread extends AsyncDisposable {
  /** Resolves with the answer; rejects with what the thread failed of. */
  ask(verb: string, value?: unknown): Promise<unknown>;
}

/** Starts a thread that calls {@link answerCalls}. Disposing it asks it to `close` first: one that is terminated while it has connections may not end. */
export async function openThread(url: URL): Promise<Thread> {
  const worker = new Worker(url);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  worker.on("message", (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.value);
  });
  const { promise: failed, reject } = Promise.withResolvers<never>();
  worker.once("error", (cause: Error) => {
    reject(cause);
    for (const call of waiting.values()) call.reject(cause);
    waiting.clear();
  });
  failed.catch(() => {}); // told to whoever waits
  const ask = (verb: string, value?: unknown): Promise<unknown> => {
    const call = Promise.withResolvers<unknown>();
    waiting.set((calls += 1), call);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ id: calls, verb, value } satisfies Call);
    return call.promise;
  };
  await Promise.race([once(worker, "online"), failed]);
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await ask("close");
      await worker.terminate();
    },
  };
}

/** What a thread does at each verb; `close` is one of them. */
export type Verbs = Readonly<Record<string, (value: unknown) => unknown>>;

/** Answers the calls of {@link openThread}, in a thread that it has started. */
export function answerCalls(verbs: Verbs): void {
  const port = parentPort;
  assert.ok(port !== null, "it is a thread");
  const answer = async ({ id, verb, value }: Call): Promise<Answer> => {
    try {
      return { id, value: await verbs[verb]?.(value) };
    } catch (cause) {
      return { id, error: messageOf(cause) };
    }
  };
  port.on("message", (call: Call) => void answer(call).then((answered) => port.postMessage(answered)));
}
