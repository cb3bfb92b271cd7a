import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { describe, test } from "node:test";
import { createServer as createTls, type TLSSocket } from "node:tls";
import { openClient } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import { Frame, frameOf, Setting, settingsOf } from "../../src/http2/frames.ts";
import { eventually, json, ScriptedServer } from "../support/scripted-server.ts";
import { watched } from "../support/watched.ts";

/** What stands before a server: a test says where each connection goes. */
class Front implements AsyncDisposable {
  readonly sockets = new Set<Socket>();
  connections = 0;
  readonly #server = createServer((socket) => {
    this.connections += 1;
    this.#keep(socket);
    this.take(socket, this.connections);
  });
  take: (socket: Socket, number: number) => void;

  static async start(take: (this: Front, socket: Socket, number: number) => void): Promise<Front> {
    const front = new Front(take);
    await once(front.#server.listen(0, "127.0.0.1"), "listening");
    return front;
  }

  private constructor(take: (this: Front, socket: Socket, number: number) => void) {
    this.take = take;
  }

  #keep(socket: Socket): void {
    this.sockets.add(socket.on("error", () => {}).on("close", () => this.sockets.delete(socket)));
  }

  /** Lets a connection through. */
  pass(socket: Socket, { url }: ScriptedServer): void {
    const far = connect(Number(url.port), "127.0.0.1");
    this.#keep(far);
    socket.pipe(far).pipe(socket);
  }

  get url(): URL {
    return new URL(`https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`); // it listens on a port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Speaks TLS over sockets that others took, and then what a test says. */
function tlsOf({ certificate }: ScriptedServer, greet: (socket: TLSSocket) => void) {
  return createTls({ ...certificate, ALPNProtocols: ["h2"] }, (socket) => greet(socket.on("error", () => {}).resume()));
}

describe("a connection whose server does not send its settings", () => {
  test("is given up in the time that there is for TLS and settings, whoever else comes for it; the next one comes through", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => json(response, 200, { gitVersion: "v1" });
    let isSecure = false;
    const silent = tlsOf(server, () => (isSecure = true));
    let first: Socket | undefined;
    await using front = await Front.start(function (socket, number) {
      if (number === 1) first = socket;
      else this.pass(socket, server);
    });
    const clock = new ManualClock();
    await using client = openClient({ credentials: { ...server.credentials(), server: front.url }, clock });
    const watches = [watched(client)];
    await eventually("it is connected", () => first !== undefined);
    await clock.advance(6_000);
    silent.emit("connection", first);
    await eventually("it is secure", () => isSecure);
    for (let ms = 0; ms < 4_000; ms += 1_000) {
      watches.push(watched(client));
      await clock.advance(1_000);
    }
    for (const failure of await Promise.all(watches))
      assert.ok(isPolykindError(failure, "API_UNREACHABLE") && failure.facts["reason"] === "timed-out", String(failure));
    assert.equal(front.connections, 1);
    assert.equal(await client.serverVersion(), "v1");
    assert.equal(front.connections, 2);
  });
});

describe("a connection whose server takes no streams", () => {
  const shut = frameOf({ type: Frame.settings }, settingsOf([[Setting.maxConcurrentStreams, 0]]));
  const open = frameOf({ type: Frame.settings }, settingsOf([[Setting.maxConcurrentStreams, 10]]));

  test("is counted, and closed with its client", async () => {
    await using server = await ScriptedServer.start();
    const greeted = tlsOf(server, (socket) => socket.write(shut));
    await using front = await Front.start((socket) => void greeted.emit("connection", socket));
    const client = openClient({ credentials: { ...server.credentials(), server: front.url }, clock: new ManualClock() });
    assert.ok(isPolykindError(await watched(client), "API_UNREACHABLE"));
    assert.deepEqual([client.openStreams(), front.sockets.size], [{ sessions: 1, streams: 0 }, 1]);
    await client.close();
    assert.equal(client.openStreams().sessions, 0);
    await eventually("it is closed", () => front.sockets.size === 0);
  });

  test("is closed when it is idle", async () => {
    await using server = await ScriptedServer.start();
    const greeted = tlsOf(server, (socket) => socket.write(shut));
    await using front = await Front.start((socket) => void greeted.emit("connection", socket));
    const clock = new ManualClock();
    await using client = openClient({ credentials: { ...server.credentials(), server: front.url }, clock });
    await watched(client);
    await clock.advance(2_000);
    await eventually("it is closed", () => front.sockets.size === 0 && client.openStreams().sessions === 0);
    assert.equal(clock.pending, 0);
  });

  test("is closed for another one when the next request comes", async () => {
    await using server = await ScriptedServer.start();
    const greeted = tlsOf(server, (socket) => socket.write(shut));
    await using front = await Front.start((socket) => void greeted.emit("connection", socket));
    await using client = openClient({ credentials: { ...server.credentials(), server: front.url }, clock: new ManualClock() });
    for (const number of [1, 2, 3]) {
      assert.ok(isPolykindError(await watched(client), "API_UNREACHABLE"));
      assert.equal(front.connections, number);
      await eventually("the one before is closed", () => front.sockets.size === 1);
    }
  });

  test("is used once it takes some", async () => {
    await using server = await ScriptedServer.start();
    let near: TLSSocket | undefined;
    const greeted = tlsOf(server, (socket) => (near = socket).write(shut));
    await using front = await Front.start((socket) => void greeted.emit("connection", socket));
    const client = openClient({ credentials: { ...server.credentials(), server: front.url }, clock: new ManualClock() });
    await watched(client);
    await new Promise<void>((resolve) => near?.once("data", () => resolve()).write(open)); // that it has taken them
    const ended = watched(client);
    await eventually("the stream is open", () => client.openStreams().streams === 1);
    assert.equal(front.connections, 1);
    await client.close();
    assert.ok(isPolykindError(await ended, "STOPPED"));
  });
});

test("a server that did not agree on HTTP/2 is asked for it again after five minutes", async () => {
  await using old = await ScriptedServer.start({ protocol: "h1" });
  await using server = await ScriptedServer.start();
  for (const each of [old, server]) each.script = (request, response) => json(response, 200, { gitVersion: `v${request.httpVersion}` });
  let to = old;
  await using front = await Front.start(function (socket) {
    this.pass(socket, to);
  });
  const clock = new ManualClock();
  await using client = openClient({ credentials: { ...server.credentials(), server: front.url }, clock });
  assert.equal(await client.serverVersion(), "v1.1");
  to = server;
  await clock.advance(299_000);
  assert.equal(await client.serverVersion(), "v1.1");
  await clock.advance(1_000);
  assert.equal(await client.serverVersion(), "v2.0");
});
