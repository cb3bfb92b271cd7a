import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@polykind/core";

/** A child has so long to close what it has opened. */
const CLOSE_WITHIN_MS = 5_000;

/** What is asked of a child. Its answer has the same `id`. */
interface Call {
  readonly id: number;
  readonly verb: string;
  readonly value: unknown;
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };

/** What a child says first, of itself: it listens. */
const READY: Answer = { id: 0, value: undefined };

/** A process that answers calls. */
export interface Child extends AsyncDisposable {
  /** Resolves with the answer; rejects with what the child failed of, and when it has ended. */
  ask(verb: string, value?: unknown): Promise<unknown>;
}

/**
 * Starts a program that calls {@link answerCalls}, with these arguments. Disposing it asks it to `close`, and ends it then or after 5 s. A thread could not be ended so: Node waits in
 * it, for ever and busily, for writes to connections that were reset.
 */
export async function openChild(program: URL, args: readonly string[] = []): Promise<Child> {
  const child = fork(program, args, { execArgv: ["--conditions=@polykind/source"], serialization: "advanced" });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  child.on("message", (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.value);
  });
  const exited = once(child, "exit");
  // What waits is rejected one by one: a race with the end would leave something behind in it for each call.
  const failed = exited.then(([code, signal]): never => {
    const cause = new Error(`the child process has ended: ${code ?? signal}`);
    for (const call of waiting.values()) call.reject(cause);
    waiting.clear();
    throw cause;
  });
  failed.catch(() => {}); // Told to whoever waits.
  const ask = (verb: string, value?: unknown): Promise<unknown> => {
    const call = Promise.withResolvers<unknown>();
    waiting.set((calls += 1), call);
    child.send({ id: calls, verb, value } satisfies Call, (error) => {
      if (error !== null) call.reject(error);
    });
    return call.promise;
  };
  await Promise.race([once(child, "message"), failed]);
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await Promise.race([ask("close"), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** What a child does at each verb; `close` is one of them. */
export type Verbs = Readonly<Record<string, (value: unknown) => unknown>>;

/** Answers the calls of {@link openChild}, in a process that it has started, which ends with the one that started it. */
export function answerCalls(verbs: Verbs): void {
  const answer = async ({ id, verb, value }: Call): Promise<Answer> => {
    try {
      return { id, value: await verbs[verb]?.(value) };
    } catch (cause) {
      return { id, error: messageOf(cause) };
    }
  };
  assert.ok(process.send !== undefined, "it is a child");
  const tell = process.send.bind(process);
  process.on("message", (call: Call) => void answer(call).then(tell));
  process.once("disconnect", () => process.exit());
  tell(READY);
}
