import { messageOf, Scope } from "@polykind/core";
import type { RealApi } from "../support/real-api.ts";
import type { BuiltRow, Row } from "./row.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";

/** How a row went. */
export interface Outcome {
  readonly hasPassed: boolean;
  /** What was found or measured, in words. */
  readonly text: string;
  readonly tookMs: number;
}

/** A row that has no outcome by then has failed. */
export const BOUND_MS = 60_000;
/** A stage that is not closed by then is left behind. */
const CLOSE_WITHIN_MS = 5_000;

/** Plays a row, on `real` if there is one. Has an outcome within the bound and a few seconds, and never rejects. */
export async function playRow(
  row: Row,
  { real, boundMs = BOUND_MS }: { readonly real?: RealApi; readonly boundMs?: number } = {},
): Promise<Outcome> {
  if ("missing" in row) return { hasPassed: false, text: `not built: ${row.missing}`, tookMs: 0 };
  const from = performance.now();
  const scope = new Scope();
  let stage: Stage | undefined;
  const play = async (): Promise<Omit<Outcome, "tookMs">> => {
    stage = await openStage(scope, { id: row.id, real, ...settingsOf(row) });
    await row.run(stage);
    await checkEnd(stage);
    const { findings, remarks } = stage;
    return { hasPassed: findings.length === 0, text: [...findings, ...remarks].join("; ") };
  };
  const failed = (text: string): Omit<Outcome, "tookMs"> => ({ hasPassed: false, text: [text, ...(stage?.findings ?? [])].join("; ") });
  const playing = play().catch((cause: unknown) => failed(`broke: ${messageOf(cause)}`));
  const outcome =
    (await withinMs(boundMs, playing)) ?? failed(`no result within ${boundMs / 1_000} s: waited for ${stage?.waitsFor ?? "the server"}`);
  const closed = await withinMs(CLOSE_WITHIN_MS, close(scope, stage));
  const tookMs = performance.now() - from;
  if (closed === undefined && outcome.hasPassed) return { ...failed(`did not close within ${CLOSE_WITHIN_MS / 1_000} s`), tookMs };
  return { ...outcome, tookMs };
}

function settingsOf({ speed, livesAllowed, crdSelector, user }: BuiltRow): Omit<StageOptions, "id" | "real"> {
  return {
    ...(speed !== undefined && { speed }),
    ...(livesAllowed !== undefined && { livesAllowed }),
    ...(crdSelector !== undefined && { crdSelector }),
    ...(user !== undefined && { user }),
  };
}

/** After the stop nothing is told or asked, and nothing is left open at the server. */
async function checkEnd(stage: Stage): Promise<void> {
  const { server, notebook, group } = stage;
  stage.waitsFor = "the manager to stop";
  await stage.stop();
  await stage.flush();
  const told = notebook.told.length;
  const since = performance.now();
  stage.waitsFor = "the end of all watches";
  stage.expect(
    await stage.holdsWithin(() => server.front.openWatches() === 0, 1_000),
    `${server.front.openWatches()} watches open after the stop`,
  );
  await stage.sleep(50);
  stage.expectEqual(notebook.told.length - told, 0, "told after the stop");
  const asked = server.front.requests.filter(({ at, path }) => at > since && path.includes(group));
  stage.expect(asked.length === 0, `${asked.length} requests after the stop, such as ${asked[0]?.method} ${asked[0]?.path}`);
  stage.findings.push(...notebook.breaches());
}

async function close(scope: Scope, stage: Stage | undefined): Promise<true> {
  try {
    await withinMs<unknown>(CLOSE_WITHIN_MS / 2, stage?.manager.stop() ?? Promise.resolve());
    await scope.close();
  } catch {
    // What a row found counts; that its server then closes badly does not.
  }
  return true;
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
