import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, test } from "node:test";
import { type Client, openClient } from "@polykind/client";
import { isPolykindError, Stop } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import type { Answer } from "../../src/transport/exchange.ts";
import type { ExchangeError } from "../../src/transport/failure.ts";
import { DEFAULT_TIMES, Transport } from "../../src/transport/transport.ts";
import { eventually, ScriptedServer, type Script } from "../support/scripted-server.ts";

const PODS = { group: "", version: "v1", kind: "Pod", plural: "pods", resourceScope: "Namespaced" } as const;

/** A proxy that takes connections and never lets them through. */
class SilentProxy implements AsyncDisposable {
  readonly sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.sockets.add(socket.on("error", () => {}).on("close", () => this.sockets.delete(socket)));
    socket.resume();
  });

  static async start(): Promise<SilentProxy> {
    const proxy = new SilentProxy();
    await once(proxy.#server.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`); // it listens on a port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A client that is about to connect. */
async function connecting(ask: (client: Client) => Promise<unknown>) {
  const [proxy, server, clock] = [await SilentProxy.start(), await ScriptedServer.start({ protocol: "plain" }), new ManualClock()];
  const client = openClient({ credentials: server.credentials({ proxy: proxy.url }), clock });
  const outcome = ask(client).catch((error: unknown) => error);
  await eventually("it is about to connect", () => proxy.sockets.size === 1);
  return { proxy, server, clock, client, outcome };
}

describe("a request over HTTP/1.1 whose connection is being made", () => {
  test("ends at once with the reason of its signal", async () => {
    const abort = new AbortController();
    const { proxy, server, clock, client, outcome } = await connecting((client) => client.serverVersion({ signal: abort.signal }));
    await using _ = proxy;
    await using __ = server;
    abort.abort("mine");
    assert.equal(await outcome, "mine");
    assert.equal(client.openStreams().streams, 0);
    assert.equal(clock.pending, 0);
    await eventually("the connection is closed", () => proxy.sockets.size === 0);
    await client.close();
  });

  test("ends when its time is up", async () => {
    const { proxy, server, clock, client, outcome } = await connecting((client) => client.serverVersion({ timeoutMs: 500 }));
    await using _ = proxy;
    await using __ = server;
    await clock.advance(500);
    const error = await outcome;
    assert.ok(isPolykindError(error, "API_UNREACHABLE") && error.facts["timeoutMs"] === 500);
    assert.equal(clock.pending, 0);
    await client.close();
  });

  test("ends when its watch is stopped", async () => {
    const stop = new Stop();
    const { promise: ended, resolve } = Promise.withResolvers<unknown>();
    const { proxy, server, clock, client, outcome } = await connecting((client) => {
      client
        .listWatch(PODS)
        .watch({ signal: AbortSignal.abort() })
        .read?.({ stop, lines() {}, ended: resolve });
      return ended;
    });
    await using _ = proxy;
    await using __ = server;
    stop.abort("mine");
    assert.equal(await outcome, undefined);
    assert.equal(clock.pending, 0);
    await client.close();
  });

  test("ends when its client closes", async () => {
    const { proxy, server, clock, client, outcome } = await connecting((client) => client.serverVersion());
    await using _ = proxy;
    await using __ = server;
    await client.close();
    assert.ok(isPolykindError(await outcome, "STOPPED"));
    assert.equal(clock.pending, 0);
    await eventually("the connection is closed", () => proxy.sockets.size === 0);
  });
});

/** The answer to one request, of a server that closes the connection behind it, once that is closed. */
async function closedAnswer(script: Script, act: (answer: Answer) => void = () => {}) {
  const server = await ScriptedServer.start({ protocol: "plain" });
  server.script = script;
  const transport = new Transport({
    credentials: server.credentials(),
    clock: new ManualClock(),
    random: () => 0,
    times: DEFAULT_TIMES,
  });
  const request = { method: "GET", path: "/", headers: {} };
  const answer = await transport.exchange(request, { lane: "unary", tls: { rejectUnauthorized: true }, ending: new Stop() });
  act(answer);
  await eventually("the connection is closed", () => transport.open().sessions === 0 && transport.open().streams === 0);
  return { server, transport, answer };
}

/** Reads a body, and holds it back after its first piece. */
class HeldBody {
  bytes = 0;
  readonly ends: (ExchangeError | undefined)[] = [];
  readonly #answer: Answer;

  constructor(answer: Answer, isHeld: boolean) {
    this.#answer = answer;
    answer.read({
      piece: (piece) => {
        assert.equal(this.ends.length, 0, "nothing comes behind the end");
        if (isHeld && this.bytes === 0) this.#answer.pause();
        this.bytes += piece.length;
      },
      ended: (failure) => this.ends.push(failure),
    });
  }
}

describe("an answer over HTTP/1.1 behind which the connection was closed", () => {
  const whole: Script = (_, response) => {
    response.writeHead(200, { connection: "close" });
    for (let at = 0; at < 4; at += 1) response.write("x".repeat(10_000));
    response.end();
  };
  const torn: Script = (request, response) => {
    response.writeHead(200, { "content-length": "100000" });
    response.write("x".repeat(10_000), () => request.socket.end());
  };

  test("is whole when it is read only then", async () => {
    const { server, transport, answer } = await closedAnswer(whole);
    await using _ = server;
    const body = new HeldBody(answer, false);
    await eventually("it has ended", () => body.ends.length === 1);
    assert.deepEqual([body.bytes, body.ends], [40_000, [undefined]]);
    await transport.close();
  });

  test("is whole when its reader held it back", async () => {
    let body: HeldBody | undefined;
    const { server, transport, answer } = await closedAnswer(whole, (answer) => (body = new HeldBody(answer, true)));
    await using _ = server;
    assert.deepEqual(body?.ends, []);
    answer.resume();
    await eventually("it has ended", () => body?.ends.length === 1);
    assert.deepEqual([body?.bytes, body?.ends], [40_000, [undefined]]);
    await transport.close();
  });

  test("is lost when it is torn and read only then", async () => {
    const { server, transport, answer } = await closedAnswer(torn);
    await using _ = server;
    const body = new HeldBody(answer, false);
    await eventually("it has ended", () => body.ends.length === 1);
    assert.deepEqual(
      body.ends.map((end) => end?.loss),
      ["lost"],
    );
    await transport.close();
  });

  test("tells nothing more once it was cancelled", async () => {
    let body: HeldBody | undefined;
    const { server, transport, answer } = await closedAnswer(whole, (answer) => (body = new HeldBody(answer, true)));
    await using _ = server;
    const before = body?.bytes;
    await answer.cancel();
    answer.resume();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([body?.bytes, body?.ends], [before, []]);
    await transport.close();
  });
});
