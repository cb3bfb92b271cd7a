import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import type { ServerHttp2Stream } from "node:http2";
import { Near, Told } from "./support/near.ts";
import { PlainServer } from "./support/plain-server.ts";

const MEGABYTE = 1 << 20;

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Reads a request a little at a time, one turn of the event loop for each piece, and answers with the digest of it all. */
async function readSlowly(stream: ServerHttp2Stream): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) {
    pieces.push(piece);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  stream.respond({ ":status": 200 });
  stream.end(digestOf(Buffer.concat(pieces)));
}

describe("bodies over a connection", () => {
  test("are sent whole when they are larger than all windows and the server reads slowly", async () => {
    await using server = await PlainServer.start();
    server.script = readSlowly;
    await using near = await Near.to(server.port);
    const bodies = [0, 1, 65_535, 65_536, MEGABYTE, 3 * MEGABYTE + 1].map((size) => randomBytes(size));
    const told = bodies.map((body) => near.open({ body }));
    for (const [at, each] of told.entries()) {
      assert.deepEqual(await each.whenEnded, { how: "complete" });
      assert.equal(each.body.toString(), digestOf(bodies[at]!)); // one for each
    }
    assert.deepEqual(server.complaints, []);
  });

  for (const initialWindowSize of [0, 1, 1_000, 1_000_000]) {
    test(`go on when the server makes its windows ${initialWindowSize} bytes in the middle`, async () => {
      await using server = await PlainServer.start();
      server.script = (stream) => {
        // Some has come: the window of a stream that is made smaller than that is negative.
        stream.once("data", () => {
          stream.pause();
          stream.session?.settings({ initialWindowSize }, () =>
            stream.session?.settings({ initialWindowSize: 70_000 }, () => stream.resume()),
          );
        });
        const hash = createHash("sha256");
        stream.on("data", (bytes) => hash.update(bytes));
        stream.on("end", () => {
          stream.respond({ ":status": 200 });
          stream.end(hash.digest("hex"));
        });
      };
      await using near = await Near.to(server.port);
      const body = randomBytes(MEGABYTE);
      const told = near.open({ body });
      assert.deepEqual(await told.whenEnded, { how: "complete" });
      assert.equal(told.body.toString(), digestOf(body));
      assert.deepEqual(server.complaints, []);
    });
  }

  test("are sent in larger frames to a server that takes them", async () => {
    await using server = await PlainServer.start({ settings: { maxFrameSize: 1 << 20, initialWindowSize: 1 << 24 } });
    server.script = readSlowly;
    await using near = await Near.to(server.port);
    const body = randomBytes(2 * MEGABYTE);
    const told = near.open({ body });
    assert.deepEqual(await told.whenEnded, { how: "complete" });
    assert.equal(told.body.toString(), digestOf(body));
  });

  test("are given up when the answer is complete before", async () => {
    await using server = await PlainServer.start();
    const codes: (number | undefined)[] = [];
    server.script = (stream) => {
      stream.on("close", () => codes.push(stream.rstCode));
      stream.respond({ ":status": 413 });
      stream.end("too large");
    };
    await using near = await Near.to(server.port);
    const told = near.open({ body: Buffer.alloc(4 * MEGABYTE) });
    assert.deepEqual(await told.whenEnded, { how: "complete" });
    assert.equal(told.status, "413");
    assert.equal(told.body.toString(), "too large");
    server.script = (stream) => stream.respond({ ":status": 200 }, { endStream: true });
    assert.deepEqual(await near.open().whenEnded, { how: "complete" });
    assert.deepEqual(server.complaints, []);
  });

  // Node counts what waits in a session, and by itself resets streams that are more than 10 MB.
  test("of streams that were cancelled are given back to the window of the connection", async () => {
    await using server = await PlainServer.start({ maxSessionMemory: 1_000 });
    const block = Buffer.alloc(64 * 1024, "x");
    let size = Number.POSITIVE_INFINITY;
    server.script = (stream) => {
      stream.respond({ ":status": 200 });
      let left = size;
      const fill = (): void => {
        for (; left > 0; left -= block.length) if (!stream.write(block)) return void (left -= block.length);
        stream.end();
      };
      stream.on("drain", fill);
      fill();
    };
    await using near = await Near.to(server.port);
    for (let round = 0; round < 200; round += 1) {
      const told = new Told();
      told.onPiece = () => {
        if (told.bytes > 100_000) near.connection.cancel(told.stream!); // it is open: something came
      };
      assert.deepEqual(await near.open({ told }).whenEnded, { how: "cancelled" });
      const { bytes } = told;
      assert.deepEqual(told.ends.length, 1);
      assert.ok(bytes < 200_000, "nothing comes after the end");
    }
    size = 80 * MEGABYTE;
    const large = new Told();
    large.onPiece = () => {};
    assert.deepEqual(await near.open({ told: large }).whenEnded, { how: "complete" });
    assert.equal(large.bytes, size);
    assert.deepEqual(server.complaints, []);
  });

  test("that are paused hold up no other, wait in their window, and go on", async () => {
    await using server = await PlainServer.start({ maxSessionMemory: 1_000 });
    server.script = (stream) => {
      stream.respond({ ":status": 200 });
      stream.end(Buffer.alloc(8 * MEGABYTE, "x"));
    };
    await using near = await Near.to(server.port);
    const paused = Array.from({ length: 10 }, () => near.open());
    for (const { stream } of paused) near.connection.pause(stream!); // it was opened
    assert.deepEqual(await near.open().whenEnded, { how: "complete" });
    for (const { bytes, ends } of paused) assert.deepEqual([bytes <= MEGABYTE, ends], [true, []]);
    for (const { stream } of paused) near.connection.resume(stream!); // as above
    for (const each of paused) {
      assert.deepEqual(await each.whenEnded, { how: "complete" });
      assert.equal(each.bytes, 8 * MEGABYTE);
    }
  });

  test("may be followed by trailers, which are no second head", async () => {
    await using server = await PlainServer.start();
    server.script = (stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-checksum": "1" }));
      stream.end("body");
    };
    await using near = await Near.to(server.port);
    const told = near.open();
    assert.deepEqual(await told.whenEnded, { how: "complete" });
    assert.deepEqual([told.heads.length, told.body.toString(), told.ends.length], [1, "body", 1]);
  });

  test("may come after heads that only inform", async () => {
    await using server = await PlainServer.start();
    server.script = (stream) => {
      stream.additionalHeaders({ ":status": 103, link: "</a>" });
      stream.additionalHeaders({ ":status": 102 });
      stream.respond({ ":status": 200 });
      stream.end("body");
    };
    await using near = await Near.to(server.port);
    const told = near.open({ body: Buffer.from("x") });
    assert.deepEqual(await told.whenEnded, { how: "complete" });
    assert.deepEqual([told.heads.length, told.status, told.body.toString()], [1, "200", "body"]);
  });
});
