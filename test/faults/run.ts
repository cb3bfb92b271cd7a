import { messageOf } from "@polykind/core";
import { openClientNode } from "./client-node.ts";
import type { Contender, Said } from "./contender.ts";
import { openOurs } from "./ours.ts";
import type { Scenario } from "./scenario.ts";
import { openStage, type Stage } from "./stage.ts";

/** How one contender came through one scenario. */
export interface Outcome {
  readonly isSurvived: boolean;
  /** What was measured, in words. */
  readonly text: string;
}

/** Who plays. */
export type ContenderName = Contender["name"];

/** A row that has no outcome by then has failed. */
export const BOUND_MS = 60_000;
/** A stage that is not closed by then is left behind. */
const CLOSE_WITHIN_MS = 5_000;

/** How a scenario is run. */
export interface RunOptions {
  /** Of all random numbers. Default: 1. */
  readonly seed?: number;
  /** Default: {@link BOUND_MS}. */
  readonly boundMs?: number;
}

/** Runs a scenario on one contender. Has an outcome within the bound and a few seconds, and never rejects. */
export async function runScenario(
  scenario: Scenario,
  who: ContenderName,
  { seed = 1, boundMs = BOUND_MS }: RunOptions = {},
): Promise<Outcome> {
  const { speed = 1, plurals = ["configmaps"], namespaces = 1, maxLineBytes, protocol = "h2" } = scenario;
  const settings = {
    who,
    speed: who === "ours" ? speed : 1,
    plurals,
    namespaces,
    seed,
    protocol,
    ...(maxLineBytes !== undefined && { maxLineBytes }),
  };
  let stage: Stage | undefined;
  const play = async (): Promise<Outcome> => {
    stage = await openStage(who === "ours" ? openOurs : openClientNode, settings);
    return runOn(stage, scenario);
  };
  const failed = (text: string): Outcome => ({ isSurvived: false, text: [text, ...(stage?.findings ?? [])].join("; ") });
  const playing = play().catch((cause: unknown) => failed(`broke: ${messageOf(cause)}`));
  const outcome = await withinMs(boundMs, playing);
  const closed = await withinMs(
    CLOSE_WITHIN_MS,
    (stage?.close() ?? Promise.resolve()).then(() => true),
  );
  if (outcome === undefined) return failed(`no result within ${boundMs / 1_000} s: waited for ${stage?.waitsFor ?? "the server"}`);
  return closed === undefined && outcome.isSurvived ? failed(`did not close within ${CLOSE_WITHIN_MS / 1_000} s`) : outcome;
}

/** What `promise` resolves with, or `undefined` when that takes longer. */
async function withinMs<T>(boundMs: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, boundMs, undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function runOn(stage: Stage, scenario: Scenario): Promise<Outcome> {
  stage.waitsFor = "its first objects";
  await stage.populate(scenario.objects ?? 3);
  stage.waitsFor = "its start";
  if (scenario.isCold !== true) await stage.start();
  stage.waitsFor = "what is to happen while the fault lasts";
  await scenario.run(stage);
  stage.waitsFor = "the server after the fault";
  await stage.server.heal();
  await stage.stir();
  stage.waitsFor = "its equality with the server";
  const tookMs = await catchUp(stage, scenario);
  stage.waitsFor = "its stop";
  const difference = tookMs === undefined ? [await differenceOf(stage, scenario)] : [];
  stage.findings.push(...(await lastingBreaches(stage, scenario)));
  await checkStop(stage);
  const { contender, remarks, findings } = stage;
  const restarts = contender?.restarts ?? 0;
  if (restarts > 0) remarks.push(`its user had to start it again ${restarts}×`);
  const isSurvived = tookMs !== undefined && findings.length === 0;
  return { isSurvived, text: [...difference, ...findings, ...remarks].join("; ") };
}

/** Waits until the cache is the server's list; `undefined` when it never is. */
async function catchUp(stage: Stage, scenario: Scenario): Promise<number | undefined> {
  const from = performance.now();
  const until = from + (scenario.withinMs ?? 12_000);
  while (performance.now() < until) {
    if ((await differenceOf(stage, scenario)) === "") return performance.now() - from;
    await stage.sleep(50);
  }
  return undefined;
}

async function differenceOf(
  stage: Stage,
  { plurals = ["configmaps"], versionSeen = (version) => version, withinMs = 12_000 }: Scenario,
): Promise<string> {
  for (const plural of plurals) {
    const there = await stage.list(plural);
    const cached = stage.cached(plural);
    const wrong = [...there].filter(([name, stamp]) => cached.get(name) !== seen(stamp, versionSeen)).length;
    const extra = [...cached.keys()].filter((name) => !there.has(name)).length;
    if (wrong + extra === 0) continue;
    return `not caught up ${withinMs / 1000} s after: of ${there.size} ${plural} ${wrong} missing or old, ${extra} gone at the server (${stage.contender?.state(plural) ?? ""})`;
  }
  return "";
}

function seen(stamp: string, versionSeen: (version: string) => string): string {
  const [uid = "", version = ""] = stamp.split("@");
  return `${uid}@${versionSeen(version)}`;
}

/** Handlers of many objects are told in portions: what they do not know yet is no breach until they had time for it. */
async function lastingBreaches(stage: Stage, scenario: Scenario): Promise<readonly string[]> {
  let breaches = breachesOf(stage, scenario);
  for (let tries = 0; breaches.length > 0 && tries < 20; tries += 1) {
    await stage.sleep(100);
    breaches = breachesOf(stage, scenario);
  }
  return breaches;
}

/** What handlers were told against the grammar: of each uid one add, then updates to newer versions, then at most one delete; nothing that never was. */
function breachesOf(stage: Stage, { plurals = ["configmaps"], versionSeen = (version) => version }: Scenario): readonly string[] {
  const said = stage.contender?.said ?? [];
  const known = new Set([...stage.known].flatMap((stamp) => [stamp, seen(stamp, versionSeen)]));
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const last = new Map<string, Said>();
  for (const one of said) {
    const before = last.get(`${one.plural} ${one.uid}`);
    if (one.is !== "delete" && !known.has(`${one.uid}@${one.version}`)) count("events of what never was");
    if (one.is === "add" && before !== undefined) count(before.is === "delete" ? "adds after the delete" : "adds of what was there");
    if (one.is === "update" && before?.is !== "add" && before?.is !== "update") count("updates without an add");
    if (one.is === "update" && before !== undefined && BigInt(one.version) <= BigInt(before.version)) count("updates back in time");
    if (one.is === "delete" && (before === undefined || before.is === "delete")) count("deletes without an add");
    last.set(`${one.plural} ${one.uid}`, one);
  }
  for (const plural of plurals) {
    const open = [...last.values()].filter((one) => one.plural === plural && one.is !== "delete");
    const told = new Map(open.map((one) => [one.key, `${one.uid}@${one.version}`]));
    const cached = stage.cached(plural);
    for (const [name, stamp] of cached) if (told.get(name) !== stamp) count("objects whose handlers know another state than the cache");
    for (const one of open) if (!cached.get(one.key)?.startsWith(one.uid)) count("deletes never told");
  }
  return [...counts].map(([what, times]) => `${times} ${what}`);
}

/** After the stop nothing is told. The streams are left to the server to count. */
async function checkStop(stage: Stage): Promise<void> {
  await stage.contender?.stop();
  const before = stage.contender?.said.length ?? 0;
  await stage.stir();
  await stage.sleep(100);
  await stage.waitFor(() => stage.server.openWatches() === 0, 1_000);
  const after = (stage.contender?.said.length ?? 0) - before;
  stage.expect(after === 0, `${after} events after the stop`);
  stage.expect(stage.server.openWatches() === 0, `${stage.server.openWatches()} watches open after the stop`);
}
