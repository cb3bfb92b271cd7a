import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Cut } from "@polykind/testing";

/** The server's thread has so long to close what broken connections have left. */
const CLOSE_WITHIN_MS = 5_000;

/** What is asked of the thread. Answers have the same `id`. */
export interface ServerCall {
  readonly id: number;
  readonly verb: "open" | "cut" | "watches" | "change" | "close";
  readonly value: string;
}

/** A server of ConfigMaps, one in each of its namespaces, in a thread of its own. */
export interface StopServer extends AsyncDisposable {
  readonly namespaces: readonly string[];
  /** Gives up all connections and opens a new door; resolves with a kubeconfig, as YAML. */
  open(): Promise<string>;
  /** Closes all watches; resolves when that has been done on the server's side. */
  cut(how: Cut): Promise<void>;
  /** Watches that are open now. */
  watches(): Promise<number>;
  /** Changes the ConfigMap of every namespace. */
  change(value: string): Promise<void>;
}

/** Opens a server with so many namespaces. */
export async function openStopServer(count: number): Promise<StopServer> {
  const namespaces = Array.from({ length: count }, (_, place) => `stop-${place}`);
  const worker = new Worker(new URL("server-thread.ts", import.meta.url), { workerData: { namespaces } });
  const waiting = new Map<number, (value: unknown) => void>();
  let calls = 0;
  worker.on("message", ({ id, value }: { readonly id: number; readonly value: unknown }) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  const failed = once(worker, "error").then(([cause]) => Promise.reject(cause as Error)); // as Worker documents
  const call = async (verb: ServerCall["verb"], value = ""): Promise<unknown> => {
    calls += 1;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    waiting.set(calls, resolve);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ id: calls, verb, value } satisfies ServerCall);
    return Promise.race([promise, failed]);
  };
  await Promise.race([once(worker, "message"), failed]);
  const server: StopServer = {
    namespaces,
    open: async () => String(await call("open")),
    cut: async (how) => void (await call("cut", how)),
    watches: async () => Number(await call("watches")),
    change: async (value) => void (await call("change", value)),
    async [Symbol.asyncDispose]() {
      // In order: a thread that is terminated while it has connections may not end. One whose last sockets never close ends with the process.
      const isClosed = await Promise.race([call("close").then(() => true), sleep(CLOSE_WITHIN_MS, false, { ref: false })]);
      if (isClosed) await worker.terminate();
      else worker.unref();
    },
  };
  await server.change("first");
  return server;
}
