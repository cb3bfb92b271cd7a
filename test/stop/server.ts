import type { Cut } from "@polykind/testing";
import { openChild } from "../support/child.ts";

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
  const child = await openChild(new URL("server-process.ts", import.meta.url), namespaces);
  const server: StopServer = {
    namespaces,
    open: async () => String(await child.ask("open")),
    cut: async (how) => void (await child.ask("cut", how)),
    watches: async () => Number(await child.ask("watches")),
    change: async (value) => void (await child.ask("change", value)),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
  await server.change("first");
  return server;
}
