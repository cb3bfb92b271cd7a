import type { Client } from "@polykind/client";
import { systemClock } from "@polykind/core";
import type { CustomResourceDefinition, KubeObject } from "@polykind/apimachinery";
import { CRD_RESOURCE, withoutSchemas } from "@polykind/apimachinery";
import { type InformerPool, openInformerPool } from "@polykind/informer";
import type { PluginHost } from "@polykind/plugin-host";
import { openMetrics, silentLog } from "@polykind/telemetry";
import type { Kinds as ProductionKinds } from "../../packages/manager/src/kinds.ts";
import type { Manager as ProductionManager } from "../../packages/manager/src/manager.ts";
import { fastClock } from "../faults/fast-clock.ts";
import { SELECTOR } from "../model/catalog.ts";
import { Doors } from "./doors.ts";
import { SlotClock } from "./slot-clock.ts";
import { Told } from "./told.ts";

/** The code that is replayed on: that of production, or a copy of it with a mistake in it. */
export interface Driver {
  readonly Kinds: typeof ProductionKinds;
  readonly Manager: typeof ProductionManager;
}

/** How many times faster than the machine's the clock of the informers is: what they wait for is waited for. */
const SPEED = 20;

/** A manager that is put together as for production, but for the doors, the clock of the slots and who listens. */
export interface Rig {
  readonly manager: ProductionManager;
  readonly informers: InformerPool;
  readonly clock: SlotClock;
  readonly doors: Doors;
  readonly told: Told;
}

/** What a rig is made of. */
export interface RigOptions {
  readonly client: Client;
  readonly plugins: PluginHost;
  /** Of the kind of the trace. */
  readonly plural: string;
  readonly livesAllowed: number;
}

/** Loads the code of the manager from the folder of its sources, as a URL that ends in a slash. */
export async function loadDriver(folder: string): Promise<Driver> {
  const [{ Kinds }, { Manager }] = (await Promise.all([import(`${folder}kinds.ts`), import(`${folder}manager.ts`)])) as [
    Pick<Driver, "Kinds">,
    Pick<Driver, "Manager">,
  ]; // The same modules as those whose types these are.
  return { Kinds, Manager };
}

/** Puts a manager together, see `composition.ts`. */
export function openRig({ Kinds, Manager }: Driver, { client, plugins, plural, livesAllowed }: RigOptions): Rig {
  const informers = openInformerPool({
    open: ({ resource, ...selection }) => client.listWatch(resource, selection),
    clock: fastClock(SPEED),
    transform: ({ resource }) =>
      resource === CRD_RESOURCE ? (crd: KubeObject) => withoutSchemas(crd as CustomResourceDefinition) : undefined, // Of this resource there are only CRDs.
  });
  const [clock, doors, told, metrics, log] = [new SlotClock(), new Doors(informers, plural), new Told(), openMetrics(), silentLog];
  const controller = { client, informers: told.listenAt(informers, plural), clock: systemClock, random: Math.random, log, metrics };
  const kinds = { client, informers: doors.pool, plugins, clock, log, controller, livesAllowed, selector: SELECTOR };
  const openKinds = (told: Pick<ConstructorParameters<Driver["Kinds"]>[0], "onChange" | "onTurn">): ProductionKinds =>
    new Kinds({ ...kinds, ...told });
  return { manager: new Manager({ client, informers, plugins, clock, log, metrics, openKinds }), informers, clock, doors, told };
}
