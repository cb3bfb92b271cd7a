import { PolykindError } from "@polykind/core";
import type { CrdDescriptor } from "@polykind/apimachinery";
import { type Effect, type Input, type KindState, unknownKind, type Verdict } from "../../src/kind/state.ts";
import { step } from "../../src/kind/step.ts";
import { crd } from "./crds.ts";

/** Plugins that manage the kind, all of one digest and in one version. */
export function bound(plugins: readonly string[], { digest = "d1", version = "v1" } = {}): Verdict {
  return { type: "bound", bindings: plugins.map((plugin) => ({ plugin, digest, version })) };
}

/** A look at the CRD. */
export function observed(overrides: Partial<CrdDescriptor> = {}, verdict: Verdict = bound(["ttl"])): Input {
  return { type: "observed", crd: crd(overrides), verdict };
}

/** What a plugin fails with. */
export const failure: PolykindError = new PolykindError("PLUGIN_FAILED", "cannot set up");

/** The state and the effects after all inputs. */
export function live(
  inputs: readonly Input[],
  from: KindState = unknownKind,
): { readonly state: KindState; readonly effects: readonly Effect[] } {
  let state = from;
  const effects: Effect[] = [];
  for (const input of inputs) {
    const [next, more] = step(state, input);
    state = next;
    effects.push(...more);
  }
  return { state, effects };
}

/** Effects as short words, such as `start ttl 1 u1 v1` and `wait quiet 1 250`. */
export function told(effects: readonly Effect[]): readonly string[] {
  return effects.map((effect) => {
    switch (effect.type) {
      case "start":
      case "warm": {
        const word = "isRetiring" in effect && effect.isRetiring ? "start retiring" : effect.type;
        return `${word} ${effect.target.plugin} ${effect.epoch} ${effect.target.uid} ${effect.target.version}`;
      }
      case "stop":
        return `stop ${effect.plugin} ${effect.epoch} ${effect.reason}`;
      case "cool":
        return `cool ${effect.plugin} ${effect.epoch} ${effect.forMs}`;
      case "confirm":
        return `confirm ${effect.uid}`;
      case "wait":
        return `wait ${effect.timer} ${effect.serial} ${effect.forMs}`;
      case "edited":
        return `edited ${[...effect.changes].join()}${effect.closesWatches ? " closes" : ""}${effect.keepsBodies ? "" : " bodies"}`;
      case "reshape":
        return `reshape ${effect.plugin} ${effect.epoch} ${effect.parts.join()}`;
      case "drain":
      case "release":
      case "resume":
      case "retire":
      case "survey":
        return `${effect.type} ${effect.plugin} ${effect.epoch}`;
    }
  });
}
