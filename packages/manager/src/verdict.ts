import type { Match } from "@polykind/plugin-host";
import type { Verdict } from "./kind/state.ts";
import { digestOf } from "./plugin-memory.ts";

/** The verdict on a kind that plugins can run. */
export function boundVerdict({ bindings, incompatible, conflict }: Extract<Match, { readonly type: "bound" }>): Verdict {
  return {
    type: "bound",
    bindings: bindings.map(({ plugin, version }) => ({ plugin: plugin.name, digest: digestOf(plugin), version })),
    ...(conflict !== undefined && { conflict: conflict.message }),
    ...(incompatible.length > 0 && { incompatible: incompatible.map(({ message }) => message).join("; ") }),
  };
}
