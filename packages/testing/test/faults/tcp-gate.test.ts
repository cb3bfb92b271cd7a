import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { type GateMode, TcpGate } from "../../src/faults/tcp-gate.ts";
import { openSockets } from "../support/open-sockets.ts";

interface World extends AsyncDisposable {
  readonly gate: TcpGate;
  /** The ports of connections that are carried no more. */
  readonly gone: number[];
  /** Connects to the gate. */
  open(): Promise<Socket>;
}

/** A gate before a server that sends back what it gets. */
async function open(): Promise<World> {
  const sockets = new Set<Socket>();
  const echo = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("close", () => sockets.delete(socket)).pipe(socket);
  });
  await once(echo.listen(0, "127.0.0.1"), "listening");
  const gone: number[] = [];
  const { port } = echo.address() as AddressInfo; // of a TCP listener
  const gate = new TcpGate(port, (farPort) => gone.push(farPort));
  await gate.become("pass");
  const clients: Socket[] = [];
  return {
    gate,
    gone,
    async open() {
      const client = connect(gate.port, "127.0.0.1").on("error", () => {});
      clients.push(client);
      await once(client, "connect");
      return client;
    },
    async [Symbol.asyncDispose]() {
      const open = [...clients, ...sockets].filter((socket) => !socket.closed);
      const ends = open.map((socket) => once(socket, "close"));
      for (const socket of open) socket.destroy();
      await Promise.all([gate.close(), ...ends]);
      echo.close();
      await once(echo, "close");
    },
  };
}

async function echoOf(client: Socket, text: string): Promise<string> {
  client.write(text);
  return String((await once(client, "data"))[0]);
}

function closeOf(client: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  client.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  client.once("close", () => resolve("closed")).resume();
  return promise;
}

/** What a new connection gets of the gate before it is closed. */
async function greetingOf(gate: TcpGate): Promise<string> {
  const client = connect(gate.port, "127.0.0.1");
  let text = "";
  client.setEncoding("latin1").on("data", (piece: string) => (text += piece));
  const ending = await closeOf(client);
  return ending === "closed" || text !== "" ? text : ending;
}

describe("TcpGate", () => {
  test("carries bytes both ways, and says how many connections there are", async () => {
    await using world = await open();
    const client = await world.open();
    assert.equal(await echoOf(client, "hello"), "hello");
    assert.equal(world.gate.connections, 1);
    client.end();
    await closeOf(client);
    assert.equal(world.gate.connections, 0);
  });

  test("resets connections by RST, not by an end in order", async () => {
    await using world = await open();
    const client = await world.open();
    await echoOf(client, "hello");
    world.gate.reset();
    assert.equal(await closeOf(client), "ECONNRESET");
  });

  test("tells which connection is gone, by its port at the target, and resets one by it", async () => {
    await using world = await open();
    const [first, second] = [await world.open(), await world.open()];
    for (const client of [first, second]) await echoOf(client, "hello");
    world.gate.reset();
    await Promise.all([closeOf(first), closeOf(second)]);
    assert.equal(new Set(world.gone).size, 2);
    const [third, fourth] = [await world.open(), await world.open()];
    for (const client of [third, fourth]) await echoOf(client, "hello");
    third.end();
    await closeOf(third);
    world.gate.reset(world.gone.at(-1));
    assert.equal(await echoOf(fourth, "still there"), "still there");
  });

  test("stalls without closing anything: what is sent is not carried", async () => {
    await using world = await open();
    const [stalled, other] = [await world.open(), await world.open()];
    await echoOf(stalled, "hello");
    world.gate.stall();
    let heard = 0;
    stalled.on("data", () => (heard += 1)).write("lost");
    const fresh = await world.open();
    assert.equal(await echoOf(fresh, "passes"), "passes");
    assert.deepEqual([heard, stalled.readyState, other.readyState], [0, "open", "open"]);
  });

  test("refuses as a port does at which nobody listens, and comes back at the same port", async () => {
    await using world = await open();
    const { port } = world.gate;
    const client = await world.open();
    const closed = closeOf(client);
    await world.gate.become("refuse");
    assert.equal(await closed, "ECONNRESET");
    assert.equal(await greetingOf(world.gate), "ECONNREFUSED");
    await world.gate.become("pass");
    assert.equal(world.gate.port, port);
    assert.equal(await echoOf(await world.open(), "again"), "again");
  });

  for (const { mode, says, why } of [
    { mode: "drop", says: /^(?:ECONNRESET)?$/, why: "closes at once" },
    { mode: "garble", says: /^HTTP\/1.1 400 /, why: "answers rubbish instead of TLS" },
    { mode: "alert", says: /^\x15\x03\x03\x00\x02\x02\x28$/, why: "answers a fatal alert of TLS" },
  ] satisfies readonly { readonly mode: GateMode; readonly says: RegExp; readonly why: string }[]) {
    test(`${why} when it is told to ${mode}, and leaves alone who is connected`, async () => {
      await using world = await open();
      const before = await world.open();
      await echoOf(before, "hello");
      await world.gate.become(mode);
      assert.match(await greetingOf(world.gate), says);
      assert.equal(await echoOf(before, "still there"), "still there");
    });
  }

  test("says nothing when it is silent, and sees its client go", async () => {
    await using world = await open();
    await world.gate.become("silent");
    const client = await world.open();
    client.end("hello");
    assert.equal(await closeOf(client), "closed");
  });

  test("leaves no socket once it is closed, whatever it was doing", async () => {
    const before = await openSockets();
    {
      await using world = await open();
      await echoOf(await world.open(), "carried");
      world.gate.stall();
      await world.open();
      await world.gate.become("silent");
      await world.open();
      await world.gate.close();
      await world.gate.close();
    }
    assert.equal(await openSockets(), before);
  });
});
