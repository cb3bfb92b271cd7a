import type { Reconciler } from "@polykind/plugin";

/** The hooks of what `setup` returned, or why they are none. */
export type Hooks = { readonly type: "hooks"; readonly hooks: Reconciler } | { readonly type: "none"; readonly problem: string };

/** What a reconciler may have besides `reconcile`. */
const OPTIONAL: readonly Exclude<keyof Reconciler, "reconcile">[] = ["finalize", "forget", "onTerminating", "onSchemaChange", "onStop"];

/**
 * Takes the hooks out of what `setup` returned, once, each bound to it: what the plugin puts there later has no effect. One that is `null` is absent.
 *
 * A plugin in plain JavaScript may return anything; what is no function is found here, not where it would be called.
 */
export function hooksOf(made: unknown): Hooks {
  if (!hasFields(made) || typeof made["reconcile"] !== "function")
    return { type: "none", problem: "setup returned no object with a `reconcile` function" };
  const hooks: [string, unknown][] = [["reconcile", made["reconcile"].bind(made)]];
  for (const name of OPTIONAL) {
    const hook = made[name];
    if (hook === undefined || hook === null) continue;
    if (typeof hook !== "function")
      return { type: "none", problem: `\`${name}\` is a ${typeof hook}; make it a function, or leave it out` };
    hooks.push([name, hook.bind(made)]);
  }
  // Each was found to be a function; what it takes and returns is the plugin's word.
  return { type: "hooks", hooks: Object.fromEntries(hooks) as unknown as Reconciler };
}

function hasFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
