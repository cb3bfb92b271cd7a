import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { CRD_RESOURCE, type CustomResourceDefinition } from "@polykind/apimachinery";
import { loadCredentials, openClient } from "@polykind/client";
import { type InformerPool, openInformerPool } from "@polykind/informer";
import { type RealApi, startRealApi } from "../../test/support/real-api.ts";
import { crdOf, GROUP } from "./crd.ts";
import { cpuOf, requestsTo } from "./server-load.ts";

/** What came of many CRDs that were installed at once. */
export interface Burst {
  readonly kinds: number;
  /** From the first create until the last CRD was Established, which is the server's. */
  readonly establishedMs: number;
  /** From the first create until the last kind was synced. */
  readonly runningMs: number;
  /** From the moment at which another client saw a kind Established until it was synced: the median, and all but one in a hundred. */
  readonly kindP50Ms: number;
  readonly kindP99Ms: number;
  /** Requests to these kinds, also those that failed, from the first create until a second after the last kind was synced. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Of the server, in the same time. */
  readonly serverCpuMs: number;
}

/** A program that keeps to the baseline's contract. */
export interface Contender {
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 600_000;
/** Creates at a time. */
const HANDS = 8;

/** Installs so many CRDs at once on a server of its own, while a contender follows them. */
export async function measureBurst(contender: Contender, kinds: number): Promise<Burst> {
  await using api = await startRealApi();
  await using hand = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
  await using follower = await Follower.open(contender, api);
  await using pool = openInformerPool({ open: ({ resource, ...selection }) => hand.listWatch(resource, selection) });
  const established = await followEstablished(pool);
  const [requestsBefore, cpuBefore] = [await requestsTo(api), await cpuOf(api)];
  const startedAt = preciseNow();
  const plurals = Array.from({ length: kinds }, (_, at) => `burst${at}s`);
  await Promise.all(
    Array.from({ length: HANDS }, async () => {
      for (let plural = plurals.pop(); plural !== undefined; plural = plurals.pop()) await hand.create(CRD_RESOURCE, crdOf(plural));
    }),
  );
  for (const endAt = preciseNow() + PATIENCE_MS; follower.syncedAt.size < kinds; await sleep(20))
    if (preciseNow() > endAt) throw new Error(`${follower.syncedAt.size} of ${kinds} kinds were synced in ${PATIENCE_MS} ms`);
  const endedAt = Math.max(...follower.syncedAt.values());
  await sleep(1_000);
  const requests = (await requestsTo(api)) - requestsBefore;
  const lags = [...follower.syncedAt].map(([uid, at]) => at - (established.get(uid) ?? at)).toSorted((a, b) => a - b);
  return {
    kinds,
    establishedMs: Math.max(...established.values()) - startedAt,
    runningMs: endedAt - startedAt,
    kindP50Ms: lags[Math.floor(lags.length / 2)] ?? Number.NaN,
    kindP99Ms: lags[Math.floor(lags.length * 0.99)] ?? Number.NaN,
    requests,
    requestsPerSecond: (requests * 1_000) / (endedAt - startedAt),
    serverCpuMs: (await cpuOf(api)) - cpuBefore,
  };
}

/** When each CRD was seen Established, by uid. */
async function followEstablished(pool: InformerPool): Promise<ReadonlyMap<string, number>> {
  const at = new Map<string, number>();
  const { informer } = await pool.acquire<CustomResourceDefinition>({ resource: CRD_RESOURCE });
  const note = ({ metadata: { uid }, status }: CustomResourceDefinition): void => {
    const isSo = status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;
    if (isSo && !at.has(uid)) at.set(uid, preciseNow());
  };
  informer.addHandler({ added: note, changed: note });
  await informer.synced();
  return at;
}

/** A contender that runs, and what it has said. */
class Follower implements AsyncDisposable {
  /** When it was synced with a kind, by the CRD's uid. */
  readonly syncedAt: Map<string, number> = new Map();
  readonly #child: ChildProcess;

  static async open({ command: [program, ...args], env }: Contender, { kubeconfig }: RealApi): Promise<Follower> {
    const environment = { ...process.env, ...env, KUBECONFIG: kubeconfig, SCENARIO: "crds", CRD_GROUP: GROUP };
    const child = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    const follower = new Follower(child);
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    child.once("exit", (code) => reject(new Error(`the contender ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = JSON.parse(text) as { readonly event: string; readonly uid?: string; readonly t: number }; // as the baseline's contract says
      if (line.event === "synced") resolve();
      if (line.event === "kind" && line.uid !== undefined) follower.syncedAt.set(line.uid, line.t);
    });
    await ready;
    return follower;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
  }
}

/** In Unix milliseconds with a fraction, as contenders tell it. */
function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
