import { definePlugin, type Plugin, type ReconcileContext, type Reconciler, type SetupContext } from "@polykind/plugin";

/** What a plugin was told. */
export interface Told {
  readonly is: "setup" | "reconcile" | "finalize" | "forget" | "schema" | "terminating" | "stop";
  readonly plugin: string;
  /** Of this very start of a controller. */
  readonly life: number;
  readonly incarnation: string;
  readonly version: string;
  /** The object's name; of a stop its reason; of a set-up how many objects were there; of a schema what of it has changed. */
  readonly name: string;
  /** The object's uid, where there is one. */
  readonly uid?: string;
  readonly at: number;
}

/** What is besides noted by a plugin of the rows. */
export type NotingOptions = Omit<Plugin, "setup" | "engines"> & {
  /** It puts a finalizer on its objects. */
  readonly isFinalizing?: boolean;
  readonly setUp?: (context: SetupContext) => Promise<void>;
  readonly reconcile?: Reconciler["reconcile"];
  readonly finalize?: Reconciler["finalize"];
  readonly onSchemaChange?: NonNullable<Reconciler["onSchemaChange"]>;
  readonly onStop?: Reconciler["onStop"];
};

/** The lives of all plugins of one stage. */
export class Notebook {
  readonly told: Told[] = [];
  #lives = 0;

  /** A plugin that notes what it is told. */
  plugin({ isFinalizing = false, setUp, reconcile, finalize, onSchemaChange, onStop, ...plugin }: NotingOptions): Plugin {
    return definePlugin({
      engines: { polykind: "^1.0" },
      ...plugin,
      setup: async (context) => {
        const note = this.#writer(plugin.name, context);
        await setUp?.(context);
        note("setup", String(context.objects.size));
        return {
          reconcile: async (object, inRun: ReconcileContext) => {
            note("reconcile", object.metadata.name, object.metadata.uid);
            return reconcile?.(object, inRun);
          },
          ...((isFinalizing || finalize !== undefined) && {
            finalize: async (object, inRun: ReconcileContext) => {
              note("finalize", object.metadata.name, object.metadata.uid);
              return finalize?.(object, inRun);
            },
          }),
          forget: ({ name }) => note("forget", name),
          ...(onSchemaChange !== undefined && {
            onSchemaChange: async (change, inHook) => {
              note("schema", change.parts.join());
              return onSchemaChange(change, inHook);
            },
          }),
          onTerminating: () => Promise.resolve(note("terminating", "")),
          onStop: async (reason, left) => {
            await onStop?.(reason, left);
            note("stop", reason);
          },
        };
      },
    });
  }

  /** How often it was told. */
  count(is: Told["is"], name?: string): number {
    return this.told.filter((one) => one.is === is && (name === undefined || one.name === name)).length;
  }

  /** What was told against the grammar: of each start a set-up, no run after the stop, at most one end of each object, and at most one stop. */
  breaches(): readonly string[] {
    const breaches: string[] = [];
    const ended = new Set<string>();
    for (const { life, is, name, uid } of this.told) {
      if (ended.has(`${life}`) && is !== "stop") breaches.push(`${is} ${name} after the stop`);
      const end = is === "stop" ? `${life}` : is === "forget" ? `${life} ${name}` : undefined;
      if (is === "reconcile") ended.delete(`${life} ${name}`);
      if (is === "finalize" && uid !== undefined && ended.has(`${life} ${name}`)) breaches.push(`finalize ${name} after its end`);
      if (end === undefined) continue;
      if (ended.has(end)) breaches.push(`${is} ${name} twice`);
      ended.add(end);
    }
    return breaches;
  }

  #writer(plugin: string, { incarnation, kind: { version } }: SetupContext): (is: Told["is"], name: string, uid?: string) => void {
    const life = (this.#lives += 1);
    return (is, name, uid) => {
      this.told.push({ is, plugin, life, incarnation, version, name, at: performance.now(), ...(uid !== undefined && { uid }) });
    };
  }
}
