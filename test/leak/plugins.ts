import type { KubeObject } from "@polykind/apimachinery";
import { definePlugin, type Plugin, type SetupContext } from "@polykind/plugin";
import { GROUP, KIND } from "./life.ts";

interface Leaf extends KubeObject {
  readonly spec: { readonly round: number; readonly at: number };
}

const PATIENCE_MS = 120_000;

/** What the plugins were told in the present life, as words. */
export class Progress {
  readonly #told = new Set<string>();
  readonly #waiting = new Set<() => void>();

  note(word: string): void {
    this.#told.add(word);
    for (const look of this.#waiting) look();
  }

  forget(): void {
    this.#told.clear();
  }

  /** Resolves when all of it was told. */
  async until(words: readonly string[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const missing = (): readonly string[] => words.filter((word) => !this.#told.has(word));
    const look = (): void => {
      if (missing().length === 0) resolve();
    };
    const patience = setTimeout(() => reject(new Error(`it was not told: ${missing().join(", ")}`)), PATIENCE_MS);
    this.#waiting.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(patience);
      this.#waiting.delete(look);
    }
  }
}

/** With a finalizer, timers that are never to fire and some that do, owned objects and series of its own. `plant` is called at each setup. */
export function keeper(progress: Progress, plant: (context: SetupContext<Leaf>) => void): Plugin<Leaf> {
  return definePlugin<Leaf>({
    name: "keeper",
    engines: { polykind: "^1.0" },
    manages: { group: GROUP, kind: KIND },
    watches: [{ group: "", kind: "ConfigMap" }],
    workers: 8,
    setup(context) {
      plant(context);
      context.defer(() => progress.note("keeper deferred"));
      return {
        async reconcile(leaf, { client, metrics, note, why }) {
          const { name, namespace = "default" } = leaf.metadata;
          metrics.set("round", leaf.spec.round, { name });
          note(`${name} was the last one`);
          if (leaf.spec.at % 7 === 0)
            await client.apply(
              {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: `of-${name}`, namespace },
                data: { round: String(leaf.spec.round) },
              },
              { owner: leaf },
            );
          progress.note(`keeper ${name} ${leaf.spec.round}`);
          const isFirst = why.every(({ type }) => type !== "requeue");
          return { requeueAfterMs: isFirst && leaf.spec.at % 5 === 0 ? 1 : 3_600_000 };
        },
        finalize(leaf) {
          progress.note(`finalized ${leaf.metadata.name}`);
          return Promise.resolve(undefined);
        },
        onStop(reason) {
          progress.note(`keeper ${reason}`);
          return Promise.resolve();
        },
      };
    },
  });
}

/** Takes every kind, beside whatever else does. */
export function onlooker(progress: Progress): Plugin {
  return definePlugin({
    name: "onlooker",
    engines: { polykind: "^1.0" },
    manages: { selector: {} },
    shared: true,
    setup: ({ metrics }) => ({
      reconcile({ metadata: { name } }) {
        metrics.add("seen", 1, { name });
        progress.note(`onlooker ${name}`);
        return Promise.resolve({ requeueAfterMs: 600_000 });
      },
      forget: ({ name }) => progress.note(`forgot ${name}`),
      onStop(reason) {
        progress.note(`onlooker ${reason}`);
        return Promise.resolve();
      },
    }),
  });
}
