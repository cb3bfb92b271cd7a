import { finalizerOf, type Plugin } from "@polykind/plugin";

/**
 * By what a kind knows a plugin: its name, and behind it the finalizer where that is another than goes with the name. So a plugin that names another finalizer than before is
 * another one to the kind: that which came up under the former one finalizes on, until no object carries it.
 *
 * @example
 * [pluginKeyOf({ name: "ttl" }), pluginKeyOf({ name: "ttl", finalizer: "example.com/ttl" })]
 * // => ["ttl", "ttl (example.com/ttl)"]
 */
export function pluginKeyOf({ name, finalizer }: Pick<Plugin, "name" | "finalizer">): string {
  return finalizer === undefined || finalizer === finalizerOf({ name }) ? name : `${name} (${finalizer})`;
}

/** The name of the plugin that is known by `key`. Names hold no blanks. */
export function pluginNameOf(key: string): string {
  return /^\S*/.exec(key)?.[0] ?? key;
}

/** The finalizer of the plugin that is known by `key`. */
export function finalizerOfKey(key: string): string {
  return / \((.*)\)$/.exec(key)?.[1] ?? finalizerOf({ name: key });
}
