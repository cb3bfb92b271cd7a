import { openChild } from "../support/child.ts";
import type { RealApi } from "../support/real-api.ts";
import { GROUP, type Life } from "./life.ts";

/** A server on which one kind comes and goes. */
export interface LeakServer extends AsyncDisposable {
  /** The path of a file. */
  readonly kubeconfig: string;
  /** Creates the CRD and its objects. */
  begin(life: Life): Promise<void>;
  /** Changes some objects and deletes some. */
  churn(life: Life): Promise<void>;
  /** Ends the service of the first version. */
  turn(life: Life): Promise<void>;
  /** Deletes what is there; resolves when the server has no such CRD any more. */
  end(life: Life): Promise<void>;
  /** Watches that it sees: all of them, or, on a real server, those of the kinds in question. */
  watches(): Promise<number>;
}

/** Opens an embedded API server in a process of its own, or such a process beside a real one. */
export async function openLeakServer(real?: RealApi): Promise<LeakServer> {
  const child = await openChild(new URL("server-process.ts", import.meta.url));
  const kubeconfig = String(await child.ask("open", real?.kubeconfig));
  return {
    kubeconfig,
    begin: async (life) => void (await child.ask("begin", life)),
    churn: async (life) => void (await child.ask("churn", life)),
    turn: async (life) => void (await child.ask("turn", life)),
    end: async (life) => void (await child.ask("end", life)),
    watches: async () =>
      real === undefined ? Number(await child.ask("watches")) : countWatches(await real.kubectl(["get", "--raw", "/metrics"])),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** The kind that comes and goes, and what is watched besides; of CRDs the server has watches of its own, always as many. */
const KINDS: readonly string[] = [`group="${GROUP}"`, 'resource="configmaps"', 'resource="customresourcedefinitions"'];

/** Out of the server's own metrics. Its own watches of other built-in kinds are none of ours. */
function countWatches(metrics: string): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith("apiserver_longrunning_requests{") && line.includes('verb="WATCH"'));
  const ours = lines.filter((line) => KINDS.some((kind) => line.includes(kind)));
  return ours.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
