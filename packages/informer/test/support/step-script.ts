import { keyOf, type KubeObject } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { recordOf } from "../../src/reflector/record.ts";
import {
  type Comparison,
  EMPTY,
  type ExpectedBodies,
  type ReflectorEffect,
  type ReflectorInput,
  type ReflectorState,
} from "../../src/reflector/state.ts";
import { step } from "../../src/reflector/step.ts";
import { gizmo } from "./objects.ts";

/** One line of a script: an input, made with the number of the present call, or a move of the clock. */
export type Act = { readonly input: (call: number) => ReflectorInput } | { readonly waitMs: number };

const plain = (input: ReflectorInput): Act => ({ input: () => input });

export const start = plain({ type: "start" });
export const startStream = plain({ type: "start", by: "stream" });
export const stop = plain({ type: "stop" });
export const retryNow = plain({ type: "retryNow" });
export const probe = plain({ type: "probe" });
export const tick: Act = { input: (call) => ({ type: "tick", call }) };
export const ended: Act = { input: (call) => ({ type: "ended", call }) };
/** The server's version, by a list. */
export const probed = (version: string): Act => ({ input: (call) => ({ type: "probed", call, version }) });
export const opened: Act = { input: (call) => ({ type: "opened", call }) };
export const expectDisconnect = (objects: number, bodies: ExpectedBodies = "unknown"): Act =>
  plain({ type: "expectDisconnect", objects, bodies });
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

/** A page of metadata: so many objects are as they are cached, and these are not. */
export function compared(
  version: string,
  { token, same = 0, changed = [] }: { readonly token?: string; readonly same?: number; readonly changed?: readonly KubeObject[] } = {},
): Act {
  const comparison: Comparison = {
    version,
    continue: token,
    same: Array.from({ length: same }, (_, n) => `web/same-${n}`),
    changed: changed.map((object) => recordOf(object)),
  };
  return { input: (call) => ({ type: "compared", call, comparison }) };
}

/** The object that was asked for has come. */
export function fetched(...objects: readonly KubeObject[]): Act {
  const records = objects.map((object) => recordOf(object));
  return { input: (call) => ({ type: "page", call, page: { records, unreadable: [], version: "1", continue: undefined } }) };
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

function askTextOf({ type, ask }: Extract<ReflectorEffect, { readonly type: "list" | "compare" }>): string {
  const { limit = "none", continue: token, resourceVersion, resourceVersionMatch, only } = ask;
  const parts = [type, only === undefined ? `limit=${limit}` : `only=${keyOf(only)}`];
  if (token !== undefined) parts.push(`continue=${token}`);
  if (resourceVersionMatch !== undefined) parts.push(`${resourceVersionMatch}=${resourceVersion}`);
  return parts.join(" ");
}

function textOf(effect: ReflectorEffect): string {
  switch (effect.type) {
    case "list":
    case "compare":
      return askTextOf(effect);
    case "watch":
      if (effect.ask.objects === "none") return "probe";
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
    case "stageSame":
      return `same ${effect.keys.length}`;
    case "advance":
      return `advance ${effect.version}`;
    case "allowSilence":
      return `allow silence ${effect.idleMs}`;
    case "tellLostHistory":
      return "tell lost history";
    case "probe":
      return "probe by list";
    case "begin":
    case "close":
      return effect.type;
  }
}
