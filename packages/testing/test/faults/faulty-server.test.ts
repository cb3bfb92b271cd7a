import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { Agent, createServer, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { gunzipSync } from "node:zlib";
import { type AnswerFault, type FaultyServer, type FaultyServerOptions, openFaultyServer } from "@polykind/testing";
import { makeCertificates } from "../../../sandbox/src/http/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { openSockets } from "../support/open-sockets.ts";

const { ca, certificate: cert, key } = makeCertificates("127.0.0.1", Date.now());
const PODS = "/api/v1/namespaces/a/pods";
const WATCH = `${PODS}?watch=1`;

interface World extends AsyncDisposable {
  readonly server: FaultyServer;
  /** What the server behind was asked. */
  readonly behind: string[];
  /** The watches that the server behind has open. */
  readonly watches: Set<ServerResponse>;
  ask(path: string, options?: { readonly headers?: Readonly<Record<string, string>>; readonly method?: string }): Promise<IncomingMessage>;
  h2(): Promise<ClientHttp2Session>;
}

async function open(options: Omit<FaultyServerOptions, "target" | "certificate"> = {}): Promise<World> {
  const behind: string[] = [];
  const watches = new Set<ServerResponse>();
  const origin = createServer({ cert, key }, (request, response) => {
    behind.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`.trim());
    response.writeHead(200, { "content-type": "application/json" });
    if (!request.url?.includes("watch")) return void response.end('{"items":["äöü"]}');
    response.flushHeaders();
    watches.add(response);
    response.once("close", () => watches.delete(response));
  });
  await once(origin.listen(0, "127.0.0.1"), "listening");
  const { port } = origin.address() as AddressInfo; // of a TCP listener
  const server = await openFaultyServer({ target: { url: `https://127.0.0.1:${port}`, ca }, certificate: { cert, key }, ...options });
  const agent = new Agent({ keepAlive: true, ca });
  const sessions: ClientHttp2Session[] = [];
  return {
    server,
    behind,
    watches,
    async ask(path, { headers = {}, method = "GET" } = {}) {
      const asked = httpsRequest(`${server.url}${path}`, { agent, headers, method });
      asked.end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      return answer;
    },
    async h2() {
      const session = connectHttp2(server.url, { ca });
      session.on("error", () => {});
      sessions.push(session);
      await once(session, "connect");
      return session;
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      agent.destroy();
      await server.close();
      origin.closeAllConnections();
      origin.close();
      await once(origin, "close");
    },
  };
}

interface Watch {
  /** Lets the server behind write. */
  readonly send: (lines: string) => void;
  /** What has come so far. */
  readonly text: () => string;
  /** Resolves with the code of HTTP/2 with which the stream closed. */
  readonly closed: Promise<number>;
}

async function watchOf(world: World): Promise<Watch> {
  const stream = (await world.h2()).request({ ":path": WATCH });
  const { promise: closed, resolve } = Promise.withResolvers<number>();
  let got = "";
  stream.setEncoding("utf8").on("data", (piece: string) => (got += piece));
  stream.on("error", () => {}).once("close", () => resolve(stream.rstCode));
  await once(stream, "response");
  const response = [...world.watches].at(-1);
  return { send: (lines) => void response?.write(lines), text: () => got, closed };
}

const headersOf = ({ headers }: IncomingMessage): IncomingHttpHeaders => headers;

describe("FaultyServer", () => {
  test("carries requests and answers as they are while nothing is to go wrong", async () => {
    await using world = await open();
    const answer = await world.ask(PODS, { headers: { authorization: "Bearer mine" } });
    assert.deepEqual([answer.statusCode, await text(answer)], [200, '{"items":["äöü"]}']);
    assert.deepEqual(world.behind, [`GET ${PODS} Bearer mine`]);
  });

  for (const { method = "GET", path, verb } of [
    { path: PODS, verb: "list" },
    { path: "/apis/apps/v1/deployments?limit=5", verb: "list" },
    { path: WATCH, verb: "watch" },
    { path: `${PODS}/one`, verb: "get" },
    { path: "/apis/apps/v1", verb: "get" },
    { path: "/version", verb: "get" },
    { path: PODS, method: "POST", verb: "write" },
  ]) {
    test(`tells of ${method} ${path} as a ${verb}`, async () => {
      await using world = await open();
      (await world.ask(path, { method })).destroy();
      assert.deepEqual(
        world.server.requests.map((request) => [request.verb, request.method, request.isReused]),
        [[verb, method, false]],
      );
    });
  }

  test("answers for the server as often as a rule says, and not after the rule was taken away", async () => {
    await using world = await open();
    const status = async (path: string): Promise<number | undefined> => {
      const answer = await world.ask(path);
      await text(answer);
      return answer.statusCode;
    };
    const fault = { is: "answer", status: 503, body: { kind: "Status" } } as const;
    world.server.rule({ times: 1, when: ({ verb }) => verb === "list", fault });
    assert.deepEqual([await status("/version"), await status(PODS), await status(PODS)], [200, 503, 200]);
    const undo = world.server.rule({ fault });
    assert.equal(await status(PODS), 503);
    undo();
    assert.equal(await status(PODS), 200);
    world.server.rule({ fault });
    await world.server.heal();
    assert.equal(await status(PODS), 200);
    world.server.rule({ isLasting: true, fault });
    await world.server.heal();
    assert.equal(await status(PODS), 503);
  });

  test("strikes by chance as its random numbers say", async () => {
    const draws = [0.1, 0.9, 0.2];
    await using world = await open({ random: () => draws.shift() ?? 1 });
    world.server.rule({ chance: 0.5, fault: { is: "answer", status: 500 } });
    const seen: unknown[] = [];
    for (let count = 0; count < 4; count += 1) {
      const answer = await world.ask(PODS);
      await text(answer);
      seen.push(answer.statusCode);
    }
    assert.deepEqual(seen, [500, 200, 500, 200]);
  });

  test("changes queries and bodies on their way", async () => {
    await using world = await open();
    world.server.rule({ fault: { is: "query", change: (query) => query.set("limit", "1") } });
    world.server.rule({ fault: { is: "body", map: (body) => Buffer.from(body.toString().replace("äöü", "other")) } });
    assert.equal(await text(await world.ask(PODS)), '{"items":["other"]}');
    assert.deepEqual(world.behind, [`GET ${PODS}?limit=1`]);
  });

  test("compresses for those only who say that they take gzip", async () => {
    await using world = await open();
    world.server.rule({ fault: { is: "gzip" } });
    const plain = await world.ask(PODS);
    assert.deepEqual([headersOf(plain)["content-encoding"], await text(plain)], [undefined, '{"items":["äöü"]}']);
    const packed = await world.ask(PODS, { headers: { "accept-encoding": "gzip, deflate" } });
    assert.equal(headersOf(packed)["content-encoding"], "gzip");
    assert.equal(gunzipSync(await buffer(packed)).toString(), '{"items":["äöü"]}');
  });

  test("resets the connection instead of an answer, of a kept one as the client sends on it", async () => {
    await using world = await open({ protocol: "h1" });
    world.server.rule({ when: ({ isReused }) => isReused, times: 1, fault: { is: "reset" } });
    await text(await world.ask(PODS));
    await assert.rejects(world.ask(PODS), { code: "ECONNRESET" });
    assert.equal(await text(await world.ask(PODS)), '{"items":["äöü"]}');
    assert.deepEqual(
      world.server.requests.map(({ isReused }) => isReused),
      [false, true, false],
    );
  });

  test("speaks nothing but HTTP/1.1 when it is told so", async () => {
    await using world = await open({ protocol: "h1" });
    const socket = connectTls({ host: "127.0.0.1", port: Number(new URL(world.server.url).port), ca, ALPNProtocols: ["h2", "http/1.1"] });
    await once(socket, "secureConnect");
    assert.equal(socket.alpnProtocol, "http/1.1");
    socket.destroy();
  });

  for (const { how, codes } of [
    { how: "end", codes: [0] },
    { how: "stream", codes: [2] },
    // As Node says of a connection that is lost, by the way in which it learns of it.
    { how: "reset", codes: [2, 8] },
  ] as const) {
    test(`cuts watches by ${how} after what was sent before, and the server behind sees it`, async () => {
      await using world = await open();
      const watch = await watchOf(world);
      watch.send("one\n");
      await eventually("the line came", () => watch.text() === "one\n");
      assert.equal(world.server.openWatches(), 1);
      world.server.cut(how);
      const code = await watch.closed;
      assert.ok((codes as readonly number[]).includes(code), `closed with ${code}`); // wider than the literals
      await eventually("nobody watches", () => world.server.openWatches() + world.watches.size === 0);
    });
  }

  test("breaks lines of the watches that are open, and as a rule says of those to come", async () => {
    await using world = await open();
    const first = await watchOf(world);
    world.server.rule({ when: ({ verb }) => verb === "watch", times: 1, fault: { is: "insert", line: "nobody's", after: "go on" } });
    world.server.disturb({ is: "map", map: (line) => [line, line] });
    first.send("one\n");
    await eventually("the line came twice", () => first.text() === "one\none\n");
    const second = await watchOf(world);
    second.send("two\n");
    await eventually("the lines came", () => second.text() === "nobody's\ntwo\n");
  });

  test("holds requests until they are let pass, or answers them itself", async () => {
    await using world = await open();
    const [first, second] = [Promise.withResolvers<undefined>(), Promise.withResolvers<AnswerFault>()];
    const holds = [first.promise, second.promise];
    world.server.rule({ fault: { is: "hold", until: () => holds.shift() ?? Promise.resolve(undefined) } });
    const asked = [world.ask(PODS), world.ask(PODS)];
    await eventually("both have come", () => world.server.requests.length === 2);
    assert.deepEqual(world.behind, []);
    second.resolve({ is: "answer", status: 404, body: "none" });
    first.resolve(undefined);
    const answers = await Promise.all(asked);
    assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200, 404]));
    assert.equal(world.behind.length, 1);
    await Promise.all(answers.map((answer) => text(answer)));
  });

  test("holds answers that the server behind has given already", async () => {
    await using world = await open();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.server.rule({ fault: { is: "hold answer", until: () => promise } });
    const asked = world.ask(PODS);
    await eventually("the server behind was asked", () => world.behind.length === 1);
    resolve(undefined);
    assert.equal(await text(await asked), '{"items":["äöü"]}');
  });

  test("tells who holds a request when nobody waits for it any more", async () => {
    await using world = await open();
    const session = await world.h2();
    let hasEnded = false;
    const until = (_: unknown, signal: AbortSignal): Promise<undefined> =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          hasEnded = true;
          resolve(undefined);
        });
      });
    world.server.rule({ fault: { is: "hold", until } });
    const stream = session.request({ ":path": PODS });
    stream.on("error", () => {});
    await eventually("it has come", () => world.server.requests.length === 1);
    stream.close(8);
    await eventually("it is known to have gone", () => hasEnded);
    assert.deepEqual(world.behind, []);
  });

  test("breaks and cuts only those watches that are chosen", async () => {
    await using world = await open();
    const watch = await watchOf(world);
    world.server.disturb({ is: "insert", line: "nobody's", after: "go on" }, ({ path }) => path !== PODS);
    world.server.cut("stream", ({ path }) => path !== PODS);
    world.server.disturb({ is: "insert", line: "its own", after: "go on" }, ({ path }) => path === PODS);
    await eventually("the line came", () => watch.text() === "its own\n");
    world.server.cut("end", ({ path }) => path === PODS);
    assert.equal(await watch.closed, 0);
  });

  test("shows another certificate when it is told to", async () => {
    await using world = await open();
    const next = makeCertificates("127.0.0.1", Date.now());
    world.server.present({ cert: next.certificate, key: next.key });
    await assert.rejects(world.ask(PODS), /certificate/);
  });

  test("is connected to directly when it is told to be, and says that it can do nothing to connections then", async () => {
    await using world = await open({ isDirect: true });
    world.server.rule({ fault: { is: "body", map: () => Buffer.from("other") } });
    assert.equal(await text(await world.ask(PODS)), "other");
    assert.equal(world.server.connections, 1);
    assert.throws(() => world.server.reset(), /clients connect directly/);
    await assert.rejects(world.server.become("refuse"), /clients connect directly/);
    await world.server.heal();
    assert.equal(await text(await world.ask(PODS)), '{"items":["äöü"]}');
  });

  test("leaves no socket once it is closed: watches, stalled ones, and requests that wait", async () => {
    const before = await openSockets();
    {
      await using world = await open();
      await watchOf(world);
      await watchOf(world);
      world.server.stall();
      world.server.rule({ fault: { is: "late", byMs: 3_600_000 } });
      const late = world.ask(PODS).catch((error: NodeJS.ErrnoException) => error.code);
      await eventually("the request has come", () => world.server.requests.length === 3);
      await Promise.all([world.server.close(), world.server.close()]);
      assert.equal(await late, "ECONNRESET");
      assert.deepEqual([world.server.openWatches(), world.server.connections], [0, 0]);
    }
    assert.equal(await openSockets(), before);
  });

  test("ends what it asked the server behind for when its client goes, though a reset met a write", async () => {
    await using world = await open();
    const { send } = await watchOf(world);
    world.server.reset();
    for (let count = 0; count < 3; count += 1) send("line\n");
    await eventually("nobody watches", () => world.server.openWatches() + world.watches.size === 0);
  });
});
