import assert from "node:assert/strict";
import { readFile } from "node:fs";
import { constants } from "node:http2";
import { describe, test } from "node:test";
import type { Client } from "@polykind/client";
import { isPolykindError, Stop } from "@polykind/core";
import { ManualClock, settle } from "@polykind/testing";
import { proofOf } from "../support/proof.ts";
import { eventually, json, ScriptedServer, startWatch } from "../support/scripted-server.ts";

const PODS = { group: "", version: "v1", kind: "Pod", plural: "pods", resourceScope: "Namespaced" } as const;
const EVENT = '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"2"}}}\n';

interface Watching {
  readonly lines: string[];
  readonly ended: Promise<void>;
  readonly abort: () => void;
}

function watch(client: Client): Watching {
  const abort = new AbortController();
  const lines: string[] = [];
  const read = async (): Promise<void> => {
    for await (const batch of client.listWatch(PODS).watch({ resourceVersion: "1", signal: abort.signal }))
      lines.push(...batch.map(String));
  };
  const ended = read();
  ended.catch(() => {}); // it may fail before the test looks
  return { lines, ended, abort: () => abort.abort() };
}

/** A watch that flows; `ended` resolves with why it failed. */
function flow(client: Client): { readonly stop: Stop; readonly ended: Promise<unknown> } {
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  const stop = new Stop();
  const watched = client.listWatch(PODS).watch({ resourceVersion: "1", signal: AbortSignal.abort() });
  watched.read?.({ stop, lines() {}, ended: resolve });
  return { stop, ended };
}

/** Resets all connections, and acts before the client can have seen it: its writes fail, and it has not read that there is no connection. */
async function breakBetween(server: ScriptedServer, acts: readonly (() => void)[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // A callback of the phase in which sockets are read: no socket is read before it returns.
  readFile(import.meta.filename, () => {
    for (const socket of server.sockets) socket.resetAndDestroy();
    for (const act of acts) act();
    resolve();
  });
  await promise;
}

describe("HTTP/2 sessions", () => {
  test("are as few as the server's stream limit allows, with one apart for calls", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) =>
      request.url?.includes("watch=1") ? startWatch(response) : json(response, 200, { gitVersion: "v1" });
    await using client = server.client();
    const watches = Array.from({ length: 250 }, () => watch(client));
    await eventually("all watches are open", () => server.open === 250);
    await client.serverVersion();
    assert.deepEqual(client.openStreams(), { sessions: 4, streams: 250 });
    assert.equal(server.connections, 4);
    for (const { abort } of watches) abort();
    await Promise.all(watches.map(({ ended }) => ended));
    assert.equal(client.openStreams().streams, 0);
    await eventually("the server sees them go", () => server.open === 0);
  });

  test("keep to a limit that is lower than expected", async () => {
    await using server = await ScriptedServer.start({ maxConcurrentStreams: 10 });
    server.script = (_, response) => startWatch(response);
    await using client = server.client();
    const watches = Array.from({ length: 25 }, () => watch(client));
    await eventually("all watches are open", () => server.open === 25);
    assert.equal(client.openStreams().sessions, 3);
    for (const { abort } of watches) abort();
    await Promise.all(watches.map(({ ended }) => ended));
  });

  test("close when they are idle, watches sooner than calls", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) =>
      request.url?.includes("watch=1") ? startWatch(response) : json(response, 200, { gitVersion: "v1" });
    const clock = new ManualClock();
    await using client = server.client({ clock });
    const { abort, ended } = watch(client);
    await client.serverVersion();
    await eventually("the watch is open", () => server.open === 1);
    abort();
    await ended;
    assert.equal(client.openStreams().sessions, 2);
    await clock.advance(2_000);
    await eventually("the session of watches is closed", () => client.openStreams().sessions === 1);
    await clock.advance(60_000);
    await eventually("no session is left", () => client.openStreams().sessions === 0 && server.sockets.size === 0);
    assert.equal(clock.pending, 0);
  });

  test("are used again by a watch that is resumed at once", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => {
      startWatch(response);
      response.end(EVENT);
    };
    await using client = server.client({ clock: new ManualClock() });
    for (let i = 0; i < 3; i += 1) {
      const { ended, lines } = watch(client);
      await ended;
      assert.deepEqual(lines, [EVENT.trimEnd()]);
    }
    assert.equal(server.connections, 1);
  });

  test("that are silent are asked by PING, and given up when no answer comes", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => startWatch(response);
    const clock = new ManualClock();
    await using client = server.client({ clock });
    const { ended } = watch(client);
    await eventually("the watch is open", () => server.open === 1);
    await clock.advance(30_000);
    // The PING is answered: the next one comes 30 s later.
    await eventually("the PING is answered", () => clock.nextInMs === 30_000);
    for (const socket of server.sockets) socket.pause();
    await clock.advance(30_000);
    await clock.advance(15_000);
    await assert.rejects(ended, (error) => isPolykindError(error, "API_UNREACHABLE") && error.facts["reason"] === "timed-out");
    await eventually("the session is closed", () => client.openStreams().sessions === 0);
    assert.equal(clock.pending, 0);
  });

  test("that the server wants to close keep their watches, which end in order one after another to be resumed elsewhere", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => startWatch(response);
    const clock = new ManualClock();
    await using client = server.client({ clock, random: () => 0.5 });
    const first = watch(client);
    await eventually("the watch is open", () => server.open === 1);
    for (const session of server.sessions) session.goaway(constants.NGHTTP2_NO_ERROR);
    await eventually("the client has understood", () => clock.nextInMs === 2_500);
    const second = watch(client);
    await eventually("the next watch is open on a new session", () => server.connections === 2);
    await clock.advance(2_500);
    await first.ended;
    await eventually("the old session is closed", () => client.openStreams().sessions === 1);
    second.abort();
    await second.ended;
  });

  test("that are lost in mid-line yield whole lines only, then say so", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => {
      startWatch(response);
      response.write(`${EVENT}{"type":"ADD`);
    };
    await using client = server.client();
    const { lines, ended } = watch(client);
    await eventually("the line came", () => lines.length === 1);
    for (const socket of server.sockets) socket.destroy();
    await assert.rejects(ended, (error) => isPolykindError(error, "API_UNREACHABLE"));
    assert.deepEqual(lines, [EVENT.trimEnd()]);
    assert.equal(client.openStreams().streams, 0);
  });

  test("that are reset by RST are told from an end in order", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => {
      startWatch(response);
      response.write(EVENT);
    };
    await using client = server.client();
    const { lines, ended } = watch(client);
    await eventually("the line came", () => lines.length === 1);
    for (const socket of server.sockets) (socket as { resetAndDestroy?(): void }).resetAndDestroy?.();
    await assert.rejects(ended, (error) => isPolykindError(error, "API_UNREACHABLE"));
  });

  for (const how of ["destroy", "resetAndDestroy"] as const) {
    test(`whose connection goes by ${how} after the server wanted to close them do not pass that off as an end in order`, async () => {
      await using server = await ScriptedServer.start();
      server.script = (_, response) => startWatch(response);
      const clock = new ManualClock();
      await using client = server.client({ clock, random: () => 0.5 });
      const { ended } = watch(client);
      await eventually("the watch is open", () => server.open === 1);
      for (const session of server.sessions) session.goaway(constants.NGHTTP2_NO_ERROR);
      await eventually("the client has understood", () => clock.nextInMs === 2_500);
      for (const socket of server.sockets) socket[how]();
      await assert.rejects(ended, (error) => isPolykindError(error, "API_UNREACHABLE"));
    });
  }

  test("whose connection broke between two resets of ours are found dead soon, and closed", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => startWatch(response);
    const clock = new ManualClock();
    await using client = server.client({ clock });
    const watches = [watch(client), watch(client), watch(client)] as const;
    await eventually("the watches are open", () => server.open === 3);
    await breakBetween(server, [watches[0].abort, watches[1].abort]);
    await Promise.all([watches[0].ended, watches[1].ended]);
    await clock.advance(1_000);
    await clock.advance(15_000);
    await assert.rejects(watches[2].ended, (error) => isPolykindError(error, "API_UNREACHABLE"));
    await eventually("the session is closed", () => client.openStreams().sessions === 0);
    assert.equal(clock.pending, 0);
  });

  for (const code of [constants.NGHTTP2_CANCEL, constants.NGHTTP2_INTERNAL_ERROR]) {
    test(`whose stream the server resets with code ${code} do not pass that off as an end in order`, async () => {
      await using server = await ScriptedServer.start();
      server.script = (_, response) => {
        startWatch(response);
        response.write(EVENT, () => response.stream.close(code));
      };
      await using client = server.client();
      await assert.rejects(watch(client).ended, (error) => isPolykindError(error, "API_UNREACHABLE"));
    });
  }

  test("send again at once what the server refused to look at, writes too", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) => {
      if (server.seen.length === 1) response.stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else json(response, 201, { kind: "Pod", metadata: {}, was: request.method });
    };
    await using client = server.client();
    await client.create(PODS, { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "b" } });
    assert.equal(server.seen.length, 2);
  });

  test("that carry as many watches as the server takes open another one in place of one that is let go, in the same turn", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => startWatch(response);
    await using client = server.client();
    const watches = Array.from({ length: 100 }, () => flow(client));
    await eventually("all watches are open", () => server.open === 100);
    // A server that is written in Node counts a stream that was reset for as long as its turn lasts, and then says that one shall be calm (HTTP/2 code 11).
    watches[0]?.stop.abort("let go");
    watches.push(flow(client));
    await eventually("another one is open", () => server.seen.length === 101 && server.open === 100);
    assert.equal(server.connections, 1);
    for (const { stop } of watches) stop.abort("all");
    assert.deepEqual(await Promise.all(watches.map(({ ended }) => ended)), Array(101).fill(undefined));
  });

  test("are retired before a server takes many cancels for an attack; what they still carry lives on", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => startWatch(response);
    const clock = new ManualClock(); // stands still: no cancel is forgiven
    await using client = server.client({ clock });
    const stays = watch(client);
    for (let i = 0; i < 350; i += 1) {
      const { abort, ended } = watch(client);
      await eventually("the watch is open", () => server.seen.length === i + 2);
      abort();
      await ended;
    }
    assert.equal(server.connections, 2);
    stays.abort();
    await stays.ended;
  });

  test("of an identity that has changed take no more streams, and close when their last is gone", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => startWatch(response);
    const proof = proofOf({ cert: Buffer.from(server.certificate.cert), key: Buffer.from(server.certificate.key) });
    await using client = server.client({ credentials: server.credentials({ proof: proof.source }), clock: new ManualClock() });
    const first = watch(client);
    await eventually("the watch is open", () => server.open === 1);
    proof.becomes({});
    const second = watch(client);
    await eventually("the second watch is open", () => server.open === 2);
    assert.equal(server.connections, 2);
    first.abort();
    await first.ended;
    await eventually("the old session is closed", () => client.openStreams().sessions === 1);
    second.abort();
    await second.ended;
  });

  test("let a watch that nobody reads hold up no other, and hold back its server", async () => {
    await using server = await ScriptedServer.start();
    const line = Buffer.from(`{"type":"ADDED","object":{"x":"${"x".repeat(65_000)}"}}\n`);
    let sent = 0;
    server.script = (request, response) => {
      startWatch(response);
      if (!request.url?.includes("slow")) return void response.write(EVENT);
      const more = (): void => {
        while (sent < 100_000_000 && response.write(line)) sent += line.length;
      };
      response.on("drain", more);
      more();
    };
    await using client = server.client();
    const abort = new AbortController();
    const stream = client.listWatch(PODS, { labelSelector: "slow" }).watch({ resourceVersion: "1", signal: abort.signal });
    const slow = stream[Symbol.asyncIterator]();
    await slow.next();
    let [before, polls] = [-1, 0];
    await eventually("the server is held back", () => {
      polls = before === (before = sent) ? polls + 1 : 0;
      return polls > 200;
    });
    assert.ok(sent < 8_000_000, `sent ${sent} bytes`);
    const others = Array.from({ length: 20 }, () => watch(client));
    await eventually("the others hear", () => others.every(({ lines }) => lines.length === 1));
    for (let read = 0; read < 20_000_000; ) {
      const { value } = await slow.next();
      for (const bytes of value as Uint8Array[]) read += bytes.length;
    }
    abort.abort();
    for (const other of others) other.abort();
    assert.deepEqual(await slow.next(), { done: true, value: undefined });
    await Promise.all(others.map(({ ended }) => ended));
  });
});

describe("close of a client", () => {
  for (const protocol of ["h2", "h1", "plain"] as const) {
    test(`over ${protocol} ends watches and calls with STOPPED and leaves nothing`, async () => {
      await using server = await ScriptedServer.start({ protocol });
      server.script = (request, response) => {
        if (request.url?.includes("watch=1")) startWatch(response);
      };
      const clock = new ManualClock();
      const client = server.client({ clock });
      const { ended } = watch(client);
      const call = client.serverVersion();
      await eventually("both are open", () => server.open === 2);
      const settled = Promise.allSettled([ended, call]);
      await client.close();
      for (const outcome of await settled) assert.ok(outcome.status === "rejected" && isPolykindError(outcome.reason, "STOPPED"));
      assert.deepEqual(client.openStreams(), { sessions: 0, streams: 0 });
      assert.equal(clock.pending, 0);
      await assert.rejects(client.serverVersion(), (error) => isPolykindError(error, "STOPPED"));
      await eventually("the server has no connection", () => server.sockets.size === 0);
    });
  }

  test("ends a session whose connection broke between two resets of ours", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => startWatch(response);
    const clock = new ManualClock();
    const client = server.client({ clock });
    const watches = [watch(client), watch(client)] as const;
    await eventually("the watches are open", () => server.open === 2);
    await breakBetween(server, [watches[0].abort, watches[1].abort]);
    await client.close();
    assert.deepEqual(client.openStreams(), { sessions: 0, streams: 0 });
    assert.equal(clock.pending, 0);
  });

  test("ends a connection that is being opened", async () => {
    await using server = await ScriptedServer.start();
    const client = server.client({ clock: new ManualClock() });
    const call = client.serverVersion();
    const settled = Promise.allSettled([call]);
    await client.close();
    const [outcome] = await settled;
    assert.ok(outcome.status === "rejected" && isPolykindError(outcome.reason, "STOPPED"));
    await settle();
    assert.deepEqual(client.openStreams(), { sessions: 0, streams: 0 });
    await eventually("the server has no connection", () => server.sockets.size === 0);
  });
});
