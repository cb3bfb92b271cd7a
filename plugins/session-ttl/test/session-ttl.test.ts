import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject, PluginClient, ReconcileContext, Result, SetupContext } from "@polykind/plugin";
import { ManualClock } from "@polykind/testing";
import sessionTtl from "../src/index.ts";

type Session = Parameters<Awaited<ReturnType<typeof sessionTtl.setup>>["reconcile"]>[0];

const CREATED_AT = Date.UTC(2026, 0, 1);

function session(ttlSeconds: number): Session {
  const metadata = {
    name: "short",
    namespace: "default",
    uid: "u-1",
    resourceVersion: "1",
    creationTimestamp: new Date(CREATED_AT).toISOString(),
  };
  return { apiVersion: "demo.example.com/v1", kind: "Session", metadata, spec: { ttlSeconds } };
}

/** One run at an instant after the creation; with what was deleted in it. */
async function reconcile(
  object: Session,
  afterMs: number,
): Promise<{ readonly result: Result | undefined; readonly deleted: readonly KubeObject[] }> {
  const clock = new ManualClock(CREATED_AT + afterMs);
  const deleted: KubeObject[] = [];
  const client: Pick<PluginClient, "delete"> = { delete: async (gone) => void deleted.push(gone) };
  const context = { client, now: () => clock.now(), signal: new AbortController().signal };
  const reconciler = await sessionTtl.setup(context as unknown as SetupContext<Session>);
  const result = await reconciler.reconcile(object, context as unknown as ReconcileContext<Session>);
  return { result, deleted };
}

describe("session-ttl", () => {
  for (const { why, ttlSeconds, afterMs, comesAgainInMs } of [
    { why: "a new session lives, and is looked at when it ends", ttlSeconds: 30, afterMs: 0, comesAgainInMs: 30_000 },
    { why: "a session that was seen before is looked at in what is left of its time", ttlSeconds: 30, afterMs: 29_999, comesAgainInMs: 1 },
    {
      why: "a session that lives for years waits for longer than a timer of Node can",
      ttlSeconds: 10 ** 9,
      afterMs: 0,
      comesAgainInMs: 10 ** 12,
    },
  ]) {
    test(why, async () => {
      assert.deepEqual(await reconcile(session(ttlSeconds), afterMs), { result: { requeueAfterMs: comesAgainInMs }, deleted: [] });
    });
  }

  for (const { why, afterMs } of [
    { why: "a session ends to the millisecond", afterMs: 30_000 },
    { why: "a session whose end was missed is deleted at once", afterMs: 10 ** 9 },
  ]) {
    test(why, async () => {
      const object = session(30);
      assert.deepEqual(await reconcile(object, afterMs), { result: undefined, deleted: [object] });
    });
  }
});
