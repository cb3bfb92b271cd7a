import type { TraceEvent } from "./event.ts";
import { type Invariant, RULES } from "./rules.ts";
import { TraceView } from "./view.ts";

/** An invariant that a trace breaks. */
export interface Violation {
  readonly invariant: Invariant;
  /** In words, with the keys and versions. */
  readonly why: string;
  /** Which event of the trace breaks it. */
  readonly index: number;
  /** The events of the same informer that led to it, the last one being the breach. */
  readonly piece: readonly TraceEvent[];
}

/** So many events are shown with a violation. */
const PIECE = 12;

/**
 * The first breach of each invariant W1–W18 in `trace`, in the order of the trace. Pure.
 *
 * Assumes that the events are in the order in which they happened. What a trace does not contain is not judged: without `log` events, caches are held
 * against what went over the wire only.
 */
export function checkTrace(trace: readonly TraceEvent[]): readonly Violation[] {
  const view = new TraceView();
  const violations = new Map<Invariant, Violation>();
  for (const [index, event] of trace.entries()) {
    view.take(event);
    for (const { invariant, breach } of RULES) {
      if (violations.has(invariant)) continue;
      const why = breach(event, view);
      if (why !== undefined) violations.set(invariant, { invariant, why, index, piece: pieceOf(trace, index) });
    }
  }
  return [...violations.values()];
}

function pieceOf(trace: readonly TraceEvent[], index: number): readonly TraceEvent[] {
  const instance = trace[index]?.instance;
  return trace
    .slice(0, index + 1)
    .filter((event) => instance === "" || event.instance === instance)
    .slice(-PIECE);
}
