import { getEventListeners } from "node:events";
import { getHeapStatistics, queryObjects, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds at rest. */
export interface Sample {
  /** Of this thread, after collecting garbage, in bytes. */
  readonly heap: number;
  /** What keeps Node's loop alive, but for timers and sockets. */
  readonly handles: number;
  readonly sockets: number;
  /** Those that the manager and its client have set, and Node's own view of all. */
  readonly timers: number;
  readonly nodeTimers: number;
  /** At the process, at sockets, and at the signal that ends the run. */
  readonly listeners: number;
  /** Signals that anything can still reach. */
  readonly signals: number;
  readonly promises: number;
  readonly series: number;
  readonly informers: number;
  /** Requests that are open, as the client counts them, and watches as the server does. */
  readonly streams: number;
  readonly watches: number;
  /** So far. */
  readonly rejections: number;
}

/** At rest a few come and go with what Node itself does; one for each life would be thousands. */
export const SPARE: Partial<Readonly<Record<keyof Sample, number>>> = { signals: 5, promises: 10 };

/** What only the run itself knows. */
export type Known = Pick<Sample, "timers" | "series" | "informers" | "streams" | "watches" | "rejections">;

/** A sample of this thread now. */
export async function sampleOf(known: Known, signal: AbortSignal): Promise<Sample> {
  const heap = await collectedHeap();
  const resources = process.getActiveResourcesInfo();
  const sockets = resources.filter((name) => /TCP|TLS/.test(name)).length;
  const nodeTimers = resources.filter((name) => name === "Timeout").length;
  return {
    heap,
    handles: resources.length - sockets - nodeTimers,
    sockets,
    nodeTimers,
    listeners: listenersOf(process) + socketListeners() + getEventListeners(signal, "abort").length,
    signals: queryObjects(AbortSignal, { format: "count" }),
    promises: queryObjects(Promise, { format: "count" }),
    ...known,
  };
}

/** The used heap in bytes, when nothing more can be collected. */
async function collectedHeap(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // as the flag says
  let used = Infinity;
  for (let round = 0; round < 10; round += 1) {
    // What was freed may let go of more, a turn later.
    await new Promise(setImmediate);
    collect();
    const before = used;
    used = getHeapStatistics().used_heap_size;
    if (before - used < 1024) break;
  }
  return used;
}

function listenersOf(emitter: NodeJS.EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** Node has no public way to its open sockets. */
function socketListeners(): number {
  const { _getActiveHandles: active } = process as unknown as { readonly _getActiveHandles?: () => readonly object[] }; // as Node has it
  const emitters = (active?.() ?? []).filter((each): each is NodeJS.EventEmitter => "eventNames" in each);
  return emitters.reduce((sum, emitter) => sum + listenersOf(emitter), 0);
}
