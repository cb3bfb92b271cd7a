import type { Binding, KindState, Run, Verdict } from "./state.ts";
import { isUnbound } from "./target.ts";

/** The state in which `run` has come up: from here on objects may carry its plugin's finalizer. */
export function owe(state: KindState, { target: { plugin, digest, version } }: Run): KindState {
  const binding: Binding = { plugin, digest, version };
  return state.unbinding === "letGo" ? state : { ...state, owing: new Map(state.owing).set(binding.plugin, binding) };
}

/** The state in which no object carries the finalizer of a plugin that is not bound any more, or nobody is to care. */
export function settle(state: KindState, plugin: string): KindState {
  if (!state.owing.has(plugin) || !isUnbound(state, plugin)) return state;
  const owing = new Map(state.owing);
  owing.delete(plugin);
  return { ...state, owing };
}

/** The state in which these plugins manage the kind. Of those that have come up, the version that is theirs now is remembered. */
export function rejudge(state: KindState, verdict: Verdict): KindState {
  const bindings: readonly Binding[] = verdict.type === "bound" ? verdict.bindings : [];
  const renewed = bindings.filter(({ plugin, digest, version }) => {
    const known = state.owing.get(plugin);
    return known?.digest === digest && known.version !== version;
  });
  if (renewed.length === 0) return { ...state, verdict };
  return { ...state, verdict, owing: new Map([...state.owing, ...renewed.map((binding) => [binding.plugin, binding] as const)]) };
}
