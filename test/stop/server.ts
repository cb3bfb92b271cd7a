import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cut } from "@polykind/testing";

/** The server has so long to close what broken connections have left. */
const CLOSE_WITHIN_MS = 5_000;

/** What is asked of the process. Answers have the same `id`. */
export interface ServerCall {
  readonly id: number;
  readonly verb: "open" | "cut" | "watches" | "change" | "close";
  readonly value: string;
}

/** A server of ConfigMaps, one in each of its namespaces, in a process of its own. */
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
  const child = fork(new URL("server-process.ts", import.meta.url), namespaces, { execArgv: ["--conditions=@polykind/source"] });
  const waiting = new Map<number, (value: unknown) => void>();
  let calls = 0;
  child.on("message", ({ id, value }: { readonly id: number; readonly value: unknown }) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  const exited = once(child, "exit");
  const failed = exited.then(([code, signal]) => Promise.reject(new Error(`the server's process has ended: ${code ?? signal}`)));
  failed.catch(() => {}); // Told to whoever waits.
  const call = async (verb: ServerCall["verb"], value = ""): Promise<unknown> => {
    calls += 1;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    waiting.set(calls, resolve);
    child.send({ id: calls, verb, value } satisfies ServerCall);
    return Promise.race([promise, failed]);
  };
  await Promise.race([once(child, "message"), failed]);
  const server: StopServer = {
    namespaces,
    open: async () => String(await call("open")),
    cut: async (how) => void (await call("cut", how)),
    watches: async () => Number(await call("watches")),
    change: async (value) => void (await call("change", value)),
    async [Symbol.asyncDispose]() {
      await Promise.race([call("close"), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
      // A thread could not be ended so: Node waits in it, for ever and busily, for writes to connections that were reset.
      child.kill("SIGKILL");
      await exited;
    },
  };
  await server.change("first");
  return server;
}
