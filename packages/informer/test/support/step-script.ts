import type { KubeObject } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { recordOf } from "../../src/reflector/record.ts";
import { EMPTY, type ReflectorEffect, type ReflectorInput, type ReflectorState } from "../../src/reflector/state.ts";
import { step } from "../../src/reflector/step.ts";
import { gizmo } from "./objects.ts";

/** One line of a script: an input, made with the number of the present call, or a move of the clock. */
export type Act = { readonly input: (call: number) => ReflectorInput } | { readonly waitMs: number };

const plain = (input: ReflectorInput): Act => ({ input: () => input });

export const start = plain({ type: "start" });
export const stop = plain({ type: "stop" });
export const retryNow = plain({ type: "retryNow" });
export const probe = plain({ type: "probe" });
export const tick: Act = { input: (call) => ({ type: "tick", call }) };
export const ended: Act = { input: (call) => ({ type: "ended", call }) };
export const probed = (version: string): Act => ({ input: (call) => ({ type: "probed", call, version }) });
export const opened: Act = { input: (call) => ({ type: "opened", call }) };
export const expectDisconnect = (objects: number): Act => plain({ type: "expectDisconnect", objects });
export const wait = (waitMs: number): Act => ({ waitMs });
export const failed = (error: PolykindError): Act => ({ input: (call) => ({ type: "failed", call, error }) });
export const garbage: Act = {
  input: (call) => ({
    type: "undecodable",
    call,
    error: new PolykindError("API_PROTOCOL", "cannot decode watch event: 3 bytes are not JSON"),
  }),
};

export function page(version: string, { token, names = [] }: { readonly token?: string; readonly names?: readonly string[] } = {}): Act {
  const records = names.map((name) => recordOf(gizmo(name, version)));
  return { input: (call) => ({ type: "page", call, page: { records, unreadable: [], version, continue: token } }) };
}

export const up = (object: KubeObject): Act => ({
  input: (call) => ({ type: "line", call, line: { type: "upsert", record: recordOf(object) } }),
});
export const gone = (object: KubeObject): Act => ({
  input: (call) => ({ type: "line", call, line: { type: "remove", record: recordOf(object) } }),
});

export function mark(version: string, { isEnd = false }: { readonly isEnd?: boolean } = {}): Act {
  return { input: (call) => ({ type: "line", call, line: { type: "bookmark", version, isInitialEventsEnd: isEnd } }) };
}

/** The same act, as if an earlier call had said it. */
export function late(act: Act, { by = 1 }: { readonly by?: number } = {}): Act {
  return "input" in act ? { input: (call) => act.input(call - by) } : act;
}

/** What a script led to: the state, and the effects of its last act, one line each. */
export function play(
  acts: readonly Act[],
  { draw = 0.5 }: { readonly draw?: number } = {},
): { readonly state: ReflectorState; readonly effects: readonly string[]; readonly all: readonly string[] } {
  let state = EMPTY;
  let elapsedMs = 1_000;
  let effects: readonly string[] = [];
  const all: string[] = [];
  for (const act of acts) {
    if ("waitMs" in act) {
      elapsedMs += act.waitMs;
      continue;
    }
    const call = state.phase === "stopped" ? 0 : state.memory.call;
    const next = step(state, act.input(call), { elapsedMs, draw });
    state = next.state;
    effects = next.effects.map(textOf);
    all.push(...effects);
  }
  return { state, effects, all };
}

function textOf(effect: ReflectorEffect): string {
  switch (effect.type) {
    case "list": {
      const { limit = "none", continue: token, resourceVersion, resourceVersionMatch } = effect.ask;
      return `list limit=${limit}${token === undefined ? "" : ` continue=${token}`}${resourceVersionMatch === undefined ? "" : ` ${resourceVersionMatch}=${resourceVersion}`}`;
    }
    case "watch":
      return `${effect.ask.sendInitialEvents === true ? "stream" : "watch"} ${effect.ask.resourceVersion}`;
    case "sleep":
      return `sleep ${effect.forMs}`;
    case "tell":
      return effect.condition.phase === "waiting" ? `tell waiting ${effect.condition.failures}` : `tell ${effect.condition.phase}`;
    case "tellFailed":
      return `failed ${effect.error.code}`;
    case "stagePage":
      return `stage ${effect.page.records.length}`;
    case "stage":
    case "apply":
      return `${effect.type} ${effect.line.type} ${effect.line.record.key}@${effect.line.record.resourceVersion}`;
    case "replace":
      return `replace ${effect.version}${effect.isEpochBreak ? " epoch break" : ""}`;
    case "advance":
      return `advance ${effect.version}`;
    case "allowSilence":
      return `allow silence ${effect.idleMs}`;
    case "tellLostHistory":
      return "tell lost history";
    case "probe":
    case "begin":
    case "close":
      return effect.type;
  }
}
