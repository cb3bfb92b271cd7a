import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CompressionError } from "../../src/http2/field-decoder.ts";
import { ErrorCode, Flag, Frame, frameOf, payloadOf } from "../../src/http2/frames.ts";
import { ProtocolError } from "../../src/http2/protocol-error.ts";
import { type Breach, BREACHES, type Sent } from "./support/breaches.ts";
import { Near } from "./support/near.ts";
import { RawServer } from "./support/raw-server.ts";

const OK = Buffer.of(0x88);
const NOTHING = Buffer.of();
const HEAD: Sent = [{ type: Frame.headers, flags: Flag.endHeaders, stream: 1 }, OK];

function isBreach(failure: Error | undefined, code: number): boolean {
  return code === ErrorCode.compression
    ? failure instanceof CompressionError
    : failure instanceof ProtocolError && failure.errorCode === code;
}

/** Sees that the connection ends for it, tells the server why, and all streams once. */
async function endsFor(near: Near, server: RawServer, { code, frames }: Pick<Breach, "code" | "frames">): Promise<void> {
  const told = [near.open({ body: Buffer.alloc(100_000) })];
  await server.send(...frames, [{ type: Frame.goaway }, payloadOf(0, ErrorCode.none)]);
  // What the client takes as if it were right ends here too, by the server.
  const goaway = server.frame(Frame.goaway).catch(() => undefined);
  await server.frame(Frame.headers, 1);
  (await server.socket).end();
  const failure = await near.closed;
  assert.ok(isBreach(failure, code), `${failure?.stack}`);
  for (const { ends } of told) assert.deepEqual(ends, [{ how: "lost" }]);
  assert.equal((await goaway)?.payload.readUInt32BE(4), code);
  assert.equal(near.told.at(-1), "closed");
}

describe("a server that breaks the rules of HTTP/2", () => {
  for (const { why, ...breach } of BREACHES) {
    test(`loses its connection for ${why}`, async () => {
      await using server = await RawServer.start();
      await using near = await Near.before(server.port);
      await server.settings();
      await near.ready;
      await endsFor(near, server, breach);
    });
  }

  for (const [what, frame] of [
    ["a PING", [{ type: Frame.ping }, Buffer.alloc(8)]],
    ["an unknown frame", [{ type: 99 }, NOTHING]],
    ["DATA", [{ type: Frame.data, stream: 1 }, OK]],
    ["HTTP/1.1", [{ type: 0x54, flags: 0x50, stream: 0x2f31_2e31 }, Buffer.alloc(8)]],
  ] as const) {
    test(`loses its connection when it begins with ${what}`, async () => {
      await using server = await RawServer.start();
      await using near = await Near.before(server.port);
      await server.send(frame);
      assert.ok((await near.closed) instanceof ProtocolError);
      assert.deepEqual(near.told, ["closed"]);
    });
  }

  test("loses its connection when it sends more than the window of a stream whose reader is behind", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    const told = near.open();
    near.connection.pause(told.stream!); // it was opened
    await server.send(HEAD, ...Array.from({ length: 65 }, (): Sent => [{ type: Frame.data, stream: 1 }, Buffer.alloc(16_384)]));
    assert.ok(isBreach(await near.closed, ErrorCode.flowControl));
    assert.deepEqual([told.bytes, told.ends], [1 << 20, [{ how: "lost" }]]);
  });

  test("loses its connection when it asks for ever and reads no answer", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    const socket = await server.socket;
    socket.pause();
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frameOf({ type: Frame.ping }, Buffer.alloc(8))));
    // What the two sockets hold is the system's choice: some megabytes.
    for (let sent = 0; near.told.at(-1) !== "closed" && sent < 3_000; sent += 1)
      await new Promise((resolve) => socket.write(pings, resolve));
    assert.equal(near.told.at(-1), "closed");
    assert.ok(isBreach(await near.closed, ErrorCode.enhanceYourCalm));
  });

  test("may ask as often as it likes while it reads", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    for (let sent = 0; sent < 12; sent += 1) {
      await server.send(...Array.from({ length: 1_000 }, (): Sent => [{ type: Frame.ping }, Buffer.alloc(8)]));
      while (server.seen.filter(({ type }) => type === Frame.ping).length < (sent + 1) * 1_000) await server.next();
    }
    assert.deepEqual(near.told, ["ready"]);
  });

  test("loses its connection for a head that comes in empty pieces and does not end", {}, async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    near.open();
    const frames = Array.from({ length: 2_000 }, (): Sent => [{ type: Frame.continuation, stream: 1 }, NOTHING]);
    await server.send([{ type: Frame.headers, stream: 1 }, OK], ...frames);
    (await server.socket).end();
    assert.ok(isBreach(await near.closed, ErrorCode.protocol));
  });
});
