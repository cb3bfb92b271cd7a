import type { KindState, SlotTimer, Step } from "./state.ts";

/** Sets a timer of the slot, anew if it was set. */
export function wait(state: KindState, timer: SlotTimer, forMs: number): Step {
  const serial = state.serial + 1;
  return [{ ...state, serial, waits: new Map(state.waits).set(timer, serial) }, [{ type: "wait", timer, serial, forMs }]];
}

/** Forgets timers of the slot: they will not be heard any more. */
export function unwait(state: KindState, ...timers: readonly SlotTimer[]): KindState {
  if (!timers.some((timer) => state.waits.has(timer))) return state;
  return { ...state, waits: new Map([...state.waits].filter(([timer]) => !timers.includes(timer))) };
}

/** The same step with another one after it. */
export function andThen([state, effects]: Step, next: (state: KindState) => Step): Step {
  const [after, more] = next(state);
  return more.length === 0 ? [after, effects] : [after, [...effects, ...more]];
}
