import type { CrdDescriptor } from "@polykind/apimachinery";
import { type Match, matchPlugins, type PluginRecord } from "@polykind/plugin-host";
import { pluginKeyOf } from "./kind/plugin-key.ts";
import type { Verdict } from "./kind/state.ts";
import { digestOf } from "./plugin-memory.ts";

/** Which of these plugins manage the kind of `crd`: pure. */
export function verdictOn(crd: CrdDescriptor, plugins: readonly PluginRecord[]): Verdict {
  const match = matchPlugins(crd, plugins);
  switch (match.type) {
    case "none":
      return match;
    case "bound":
      return boundVerdict(match);
    case "conflict":
    case "incompatible":
      return { type: match.type, message: match.message };
  }
}

function boundVerdict({ bindings, incompatible, conflict }: Extract<Match, { readonly type: "bound" }>): Verdict {
  return {
    type: "bound",
    bindings: bindings.map(({ plugin, version }) => ({ plugin: pluginKeyOf(plugin.plugin), digest: digestOf(plugin), version })),
    ...(conflict !== undefined && { conflict: conflict.message }),
    ...(incompatible.length > 0 && { incompatible: incompatible.map(({ message }) => message).join("; ") }),
  };
}
