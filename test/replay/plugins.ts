import { definePlugin, type Plugin, type Reconciler, type SetupContext, type StopReason } from "@polykind/plugin";
import type { PluginName } from "../model/world.ts";
import { Gate } from "./gate.ts";

/** The finalizer of `p`; `q` has none, since both would put theirs on all objects. */
export const OWN_FINALIZER = "replay.polykind.dev/own";
/** The object whose finalizing waits until it is let. */
export const OWN_OBJECT = "own";

/** One plugin on one start of a controller, from its set-up on. */
export interface PluginLife {
  readonly plugin: PluginName;
  readonly incarnation: string;
  readonly version: string;
  /** Where the set-up waits. */
  readonly setUp: Gate;
  /** Where `onSchemaChange` waits: whoever passes wants to be set up anew. */
  readonly outgrow: Gate;
  /** Where `onStop` waits. */
  readonly stop: Gate;
  isTerminating: boolean;
  reason: StopReason | undefined;
}

/** The plugins of a trace: what they do waits until the trace says that it has happened. */
export class PluginLives {
  readonly breaches: string[] = [];
  readonly #latest = new Map<PluginName, PluginLife>();
  readonly #all: PluginLife[] = [];
  readonly #finalizing = new Set<Gate>();
  #isOpen = false;

  /** The last start of a plugin. */
  latest(plugin: PluginName): PluginLife | undefined {
    return this.#latest.get(plugin);
  }

  /** Lets whoever finalizes the own object go on. */
  finalize(): void {
    for (const gate of this.#finalizing) gate.open();
  }

  get isFinalizing(): boolean {
    return this.#finalizing.size > 0;
  }

  /** From now on nothing waits. */
  openAll(): void {
    this.#isOpen = true;
    for (const { setUp, stop } of this.#all) [setUp, stop].map((gate) => gate.open());
    this.finalize();
  }

  /** The plugin as the host gets it. `root`: the kind that it stands on besides its own. */
  plugin(name: PluginName, { group, root }: { readonly group: string; readonly root: string | undefined }): Plugin {
    return definePlugin({
      name,
      engines: { polykind: "^1.0" },
      shared: true,
      ...(name === "p" && { finalizer: OWN_FINALIZER }),
      manages: { group, kind: "Ball", ...(name === "q" && { versions: ["v1"] }) },
      ...(root !== undefined && { watches: [{ group, kind: root }] }),
      setup: (context) => this.#setUp(name, context),
    });
  }

  async #setUp(plugin: PluginName, { incarnation, kind: { version } }: SetupContext): Promise<Reconciler> {
    const life: PluginLife = {
      plugin,
      incarnation,
      version,
      setUp: new Gate(),
      outgrow: new Gate(),
      stop: new Gate(),
      isTerminating: false,
      reason: undefined,
    };
    this.#all.push(life);
    this.#latest.set(plugin, life);
    if (this.#isOpen) this.openAll();
    await life.setUp.pass();
    return this.#reconcilerOf(life);
  }

  #reconcilerOf(life: PluginLife): Reconciler {
    const check = (what: string): void => {
      if (life.reason !== undefined) this.breaches.push(`I8: ${life.plugin} is asked to ${what} after its stop`);
    };
    return {
      reconcile: () => {
        check("reconcile");
        return Promise.resolve(undefined);
      },
      ...(life.plugin === "p" && {
        finalize: async ({ metadata: { name } }, { signal }) => {
          check("finalize");
          if (name === OWN_OBJECT) await this.#finalizeOwn(signal);
          return undefined;
        },
      }),
      onTerminating: () => {
        if (life.isTerminating) this.breaches.push(`I7: ${life.plugin} is told twice that the CRD is being deleted`);
        life.isTerminating = true;
        return Promise.resolve();
      },
      onSchemaChange: async (_, { signal }) => {
        check("look at a schema");
        // Who does not want to goes on as soon as it is stopped.
        const { promise: stopped, resolve } = Promise.withResolvers<undefined>();
        signal.addEventListener("abort", () => resolve(undefined), { once: true });
        return Promise.race([life.outgrow.pass().then(() => "rebuild" as const), stopped]);
      },
      onStop: async (reason) => {
        check("stop");
        life.reason = reason;
        await life.stop.pass();
      },
    };
  }

  async #finalizeOwn(signal: AbortSignal): Promise<void> {
    const gate = new Gate();
    this.#finalizing.add(gate);
    signal.addEventListener("abort", () => gate.fail(signal.reason as Error), { once: true }); // Aborts carry errors here.
    if (this.#isOpen) gate.open();
    try {
      await gate.pass();
    } finally {
      this.#finalizing.delete(gate);
    }
  }
}
