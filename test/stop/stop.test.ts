import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Cut } from "@polykind/testing";
import { Draws } from "../sim/random.ts";
import { openOurs } from "./ours.ts";
import { runRound } from "./round.ts";
import { openStopServer, type StopServer } from "./server.ts";

const INFORMERS = 40;

describe("informers that are stopped just after the server has closed their watches", () => {
  const random = new Draws(1).next;
  let server: StopServer;
  before(async () => {
    server = await openStopServer(INFORMERS);
  });
  after(() => server[Symbol.asyncDispose]());

  const CUTS: readonly (readonly [Cut, string])[] = [
    ["end", "in order"],
    ["stream", "by resetting the streams"],
    ["reset", "by resetting the connections"],
  ];
  for (const [how, said] of CUTS) {
    test(`leave no callback, request, stream or timer, when it closed them ${said}`, async () => {
      const { resuming: _, ...left } = await runRound(server, { open: openOurs, how, withinMs: 100, watchMs: 0, random });
      assert.deepEqual(left, { stopped: INFORMERS, goOn: 0, callbacks: 0, requests: 0, streams: 0, timers: 0 });
    });
  }

  test("are counted when they do go on: here, never stopped at all", async () => {
    const neverStopped: typeof openOurs = async (options) => {
      const informers = await openOurs(options);
      return { ...informers, stop: () => Promise.resolve() };
    };
    const left = await runRound(server, { open: neverStopped, how: "end", withinMs: 0, watchMs: 500, random });
    assert.equal(left.goOn, INFORMERS);
    assert.ok(left.callbacks >= INFORMERS && left.streams > 0 && left.timers > 0, JSON.stringify(left));
  });
});
