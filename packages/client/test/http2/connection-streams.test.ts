import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerHttp2Stream } from "node:http2";
import { eventually } from "../support/scripted-server.ts";
import { Near, Told } from "./support/near.ts";
import { PlainServer } from "./support/plain-server.ts";

describe("streams of a connection", () => {
  test("are as many as the server takes, and room comes back as they end", async () => {
    await using server = await PlainServer.start({ settings: { maxConcurrentStreams: 7 } });
    const streams: ServerHttp2Stream[] = [];
    server.script = (stream) => void streams.push(stream);
    await using near = await Near.to(server.port);
    assert.equal(near.connection.room, 7);
    const told = Array.from({ length: 7 }, () => near.open());
    assert.equal(near.connection.room, 0);
    await eventually("all have come", () => streams.length === 7);
    streams[3]!.respond({ ":status": 204 }, { endStream: true }); // seven came
    assert.deepEqual(await told[3]!.whenEnded, { how: "complete" });
    assert.equal(near.connection.room, 1);
    near.connection.cancel(told[0]!.stream!); // it was opened
    near.connection.cancel(told[0]!.stream!); // a second time
    assert.deepEqual(told[0]!.ends, [{ how: "cancelled" }]);
    assert.equal(near.connection.room, 2);
  });

  test("have no room when the server lowers its limit below those that there are", async () => {
    await using server = await PlainServer.start({ settings: { maxConcurrentStreams: 5 } });
    server.script = () => {};
    await using near = await Near.to(server.port);
    for (let i = 0; i < 5; i += 1) near.open();
    const [session] = server.sessions;
    await new Promise<void>((resolve) => session?.settings({ maxConcurrentStreams: 2 }, () => resolve()));
    assert.ok(near.connection.room <= 0);
  });

  test("end as refused after the last one that a GOAWAY names; others are answered", async () => {
    await using server = await PlainServer.start();
    const streams: ServerHttp2Stream[] = [];
    server.script = (stream) => void streams.push(stream);
    await using near = await Near.to(server.port);
    const [first, second] = [near.open(), near.open()];
    await eventually("both have come", () => streams.length === 2);
    server.sessions[0]!.goaway(0, 1); // it is connected
    assert.deepEqual(await second.whenEnded, { how: "reset", code: 7 });
    assert.deepEqual(near.told, ["ready", "goaway"]);
    assert.equal(near.connection.room, 0);
    streams[0]!.respond({ ":status": 200 }); // two came
    streams[0]!.end("late"); // as above
    assert.deepEqual(await first.whenEnded, { how: "complete" });
    assert.equal(first.body.toString(), "late");
  });

  test("are lost with a GOAWAY that names an error, which is why the connection closes", async () => {
    await using server = await PlainServer.start();
    server.script = (stream) => stream.session?.goaway(11);
    await using near = await Near.to(server.port);
    const told = near.open();
    assert.deepEqual(await told.whenEnded, { how: "lost" });
    assert.match((await near.closed)?.message ?? "", /code 11/);
    assert.deepEqual(near.told, ["ready", "goaway", "closed"]);
  });

  test("say with which code they were reset", async () => {
    await using server = await PlainServer.start();
    server.script = (stream) => stream.close(11);
    await using near = await Near.to(server.port);
    assert.deepEqual(await near.open().whenEnded, { how: "reset", code: 11 });
    assert.deepEqual(await near.open({ body: Buffer.alloc(1 << 20) }).whenEnded, { how: "reset", code: 11 });
    assert.deepEqual(server.complaints, []);
  });

  for (const size of [0, 10]) {
    test(`that are cancelled as their head comes, with ${size} bytes behind it, are told one end`, {}, async () => {
      await using server = await PlainServer.start();
      server.script = (stream) => {
        stream.respond({ ":status": 200 }, { endStream: size === 0 });
        if (size > 0) stream.end("x".repeat(size));
      };
      await using near = await Near.to(server.port);
      const told = new Told();
      told.onHead = () => near.connection.cancel(told.stream!); // it is open: its head came
      near.open({ told });
      await told.whenEnded;
      assert.deepEqual(await near.open().whenEnded, { how: "complete" });
      assert.deepEqual([told.ends, told.bytes], [[{ how: "cancelled" }], 0]);
    });
  }

  test("have all ended when the connection says that it is closed, and none can be opened then", async () => {
    await using server = await PlainServer.start();
    server.script = () => {};
    await using near = await Near.to(server.port);
    const told = Array.from({ length: 20 }, () => near.open());
    near.connection.destroy(new Error("mine"));
    assert.equal((await near.closed)?.message, "mine");
    assert.equal(near.connection.room, 0);
    for (const { ends } of told) assert.deepEqual(ends, [{ how: "lost" }]);
    near.connection.cancel(told[0]!.stream!); // harmless
    near.connection.resume(told[0]!.stream!); // as above
    assert.deepEqual(told[0]!.ends.length, 1);
  });
});

describe("PINGs of a connection", () => {
  test("are answered, both ways and in order", async () => {
    await using server = await PlainServer.start();
    await using near = await Near.to(server.port);
    const order: string[] = [];
    await Promise.all(
      ["a", "b"].map(
        (each) => new Promise<void>((resolve) => near.connection.ping((isAnswered) => resolve(void order.push(`${each} ${isAnswered}`)))),
      ),
    );
    assert.deepEqual(order, ["a true", "b true"]);
    const payload = await new Promise<Buffer>((resolve, reject) =>
      server.sessions[0]!.ping(Buffer.from("12345678"), (error, _, bytes) => (error === null ? resolve(bytes) : reject(error))),
    );
    assert.equal(payload.toString(), "12345678");
  });

  test("are told that there is no answer when the connection closes before", async () => {
    await using server = await PlainServer.start();
    await using near = await Near.to(server.port);
    const answered = new Promise<boolean>((resolve) => near.connection.ping(resolve));
    near.connection.destroy();
    assert.equal(await answered, false);
  });

  test("are told so too when it is closed already", {}, async () => {
    await using server = await PlainServer.start();
    await using near = await Near.to(server.port);
    near.connection.destroy();
    await near.closed;
    let told: boolean | undefined;
    near.connection.ping((isAnswered) => (told = isAnswered));
    assert.equal(told, false);
  });
});

describe("a connection that is closing", () => {
  for (const how of ["close", "destroy"] as const) {
    test(`has no room after ${how}(), before its socket is gone`, async () => {
      await using server = await PlainServer.start();
      await using near = await Near.to(server.port);
      near.connection[how]();
      assert.equal(near.connection.room, 0);
      await near.closed;
    });
  }
});
