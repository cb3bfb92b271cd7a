import type { ControllerFacts } from "@polykind/controller";
import type { InformerState } from "@polykind/informer";
import { explainKind, type KindExplanation } from "../../src/kind/explain.ts";
import { type History, noHistory, remember } from "../../src/kind/explain-history.ts";
import { withCarriers } from "../../src/kind/left.ts";
import { judge, type RunFacts } from "../../src/kind/report.ts";
import { type Input, type KindState, type Run, unknownKind } from "../../src/kind/state.ts";
import { step } from "../../src/kind/step.ts";

/** When the lives of these tests begin. */
export const T0: number = Date.UTC(2026, 0, 1);

/** What is seen of every controller and cache. */
export interface Seen {
  readonly objects?: number;
  readonly reconciles?: number;
  readonly finalizersHeld?: number;
  readonly lastError?: ControllerFacts["lastError"];
  readonly holders?: ReadonlyMap<string, number>;
  /** Of a controller's cache. */
  readonly informer?: InformerState;
  /** Of a cache that no controller has yet. */
  readonly filling?: InformerState;
  readonly leaked?: number;
  readonly livesAllowed?: number;
  readonly selector?: KindState["selector"];
  readonly rivals?: readonly string[];
}

/** What came of some inputs. */
export interface Lived {
  readonly state: KindState;
  readonly history: History;
  readonly explanation: KindExplanation;
}

const WATCHING: InformerState = { phase: "watching", since: T0 };

/** Takes in inputs one after another; a number lets so many milliseconds pass. */
export function lived(moments: readonly (Input | number)[], seen: Seen = {}): Lived {
  const { objects = 3, reconciles = 5, finalizersHeld = 0, lastError, holders = new Map(), informer = WATCHING } = seen;
  const { filling, leaked = 0, livesAllowed = 3, selector, rivals = [] } = seen;
  const facts = { objects, reconciles, finalizersHeld, lastError } as ControllerFacts; // What an explanation reads of them.
  const factsOf = (run: Run): RunFacts | undefined =>
    run.phase === "running" || run.phase === "stopping" ? { facts, informer, holders } : undefined;
  let [state, history, at]: [KindState, History, number] = [{ ...unknownKind, livesAllowed, selector }, noHistory, T0];
  for (const moment of moments) {
    if (typeof moment === "number") {
      at += moment;
      continue;
    }
    const [after, effects] = step(state, moment);
    const isEnd = moment.type === "stopped";
    history = remember(history, { before: state, after, effects, at, factsOf, leaked: history.leaked + (isEnd ? leaked : 0) });
    state = after;
  }
  const { names, group } = { group: "demo.example.com", names: history.names };
  const report = {
    name: `${names?.kind ?? "sessions"}.${group}`,
    group,
    kind: names?.kind ?? "sessions",
    crd: `sessions.${group}`,
    incarnations: state.incarnations,
    epoch: state.epoch,
    since: new Date(at).toISOString(),
    runs: [],
    ...withCarriers(judge(state, factsOf), state, history),
  };
  return { state, history, explanation: explainKind(report, { state, history, factsOf, rivals, fillingOf: () => filling }) };
}

/** Evidence as `of type status message` lines. */
export function evidenceLines({ evidence }: KindExplanation): readonly string[] {
  return evidence.map(({ of, type, status, message }) => [of, type, status, message].filter((part) => part !== undefined).join(" "));
}

/** What is awaited as `who: what`, with ` +SECONDS` where it is known when. */
export function awaitLines({ awaits }: KindExplanation): readonly string[] {
  return awaits.map(({ what, who, at }) => `${who}: ${what}${at === undefined ? "" : ` +${(Date.parse(at) - T0) / 1000}`}`);
}
