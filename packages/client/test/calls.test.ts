import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Client, openClient } from "@polykind/client";
import { isPolykindError, type PolykindErrorCode } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import { WatchedFile } from "../src/credentials/watched-file.ts";
import { makeCertificate } from "./support/certificate.ts";
import { proofOf } from "./support/proof.ts";
import { eventually, json, ScriptedServer } from "./support/scripted-server.ts";

const PODS = { group: "", version: "v1", kind: "Pod", plural: "pods", resourceScope: "Namespaced" } as const;
const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "b" } } as const;

function failure(code: number, reason: string): object {
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: reason };
}

/** Passes when `error` is one of ours with this code and these facts. */
function is(code: PolykindErrorCode, facts: Record<string, unknown> = {}) {
  return (error: unknown): boolean => {
    assert.ok(isPolykindError(error, code), String(error));
    for (const [name, value] of Object.entries(facts)) assert.deepEqual(error.facts[name], value, name);
    return true;
  };
}

/** A call that is not tried again, so that tests need not wait. */
function listOnce(client: Client): Promise<Uint8Array> {
  return client.listWatch(PODS).list({ signal: new AbortController().signal });
}

describe("a call to a server whose certificate is not trusted", () => {
  test("looks anew at the authority, which may have been rotated, and asks nobody for another proof", async () => {
    const folder = await mkdtemp(join(tmpdir(), "polykind-authority-"));
    try {
      await writeFile(join(folder, "ca"), makeCertificate().ca);
      await using server = await ScriptedServer.start();
      server.script = (_, response) => json(response, 201, POD);
      const proof = proofOf({ authorization: "Bearer t" });
      const ca = new WatchedFile(join(folder, "ca"), { clock: new ManualClock(), what: "the authority" });
      await using client = server.client({ credentials: server.credentials({ ca, proof: proof.source }) });
      await assert.rejects(client.create(PODS, POD), is("API_UNREACHABLE", { reason: "certificate" }));
      await writeFile(join(folder, "ca"), server.certificate.ca);
      await client.create(PODS, POD);
      assert.deepEqual([server.seen.length, proof.forgotten], [1, 0]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("fails when there is no other authority", async () => {
    await using server = await ScriptedServer.start();
    await using client = server.client({
      credentials: server.credentials({ ca: Buffer.from(makeCertificate().ca) }),
      clock: new ManualClock(),
    });
    await assert.rejects(listOnce(client), is("API_UNREACHABLE", { reason: "certificate" }));
  });
});

describe("a call that the server does not authorize", () => {
  test("is sent once more with renewed credentials, a write too", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) =>
      request.headers.authorization === "Bearer new" ? json(response, 201, POD) : json(response, 401, failure(401, "Unauthorized"));
    const proof = proofOf({ authorization: "Bearer old" }, { renewed: { authorization: "Bearer new" } });
    await using client = server.client({ credentials: server.credentials({ proof: proof.source }) });
    await client.create(PODS, POD);
    assert.equal(server.seen.length, 2);
    assert.equal(client.openStreams().streams, 0);
  });

  test("renews the credentials once for all that were refused at a time", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) =>
      request.headers.authorization === "Bearer new"
        ? json(response, 200, { gitVersion: "v1" })
        : json(response, 401, failure(401, "Unauthorized"));
    const proof = proofOf({ authorization: "Bearer old" }, { renewed: { authorization: "Bearer new" } });
    await using client = server.client({ credentials: server.credentials({ proof: proof.source }) });
    await Promise.all(Array.from({ length: 8 }, () => client.serverVersion()));
    assert.equal(proof.forgotten, 1);
  });

  test("fails without another try when there is nothing new to try with", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => json(response, 401, failure(401, "Unauthorized"));
    await using client = server.client();
    await assert.rejects(client.serverVersion(), is("API_UNAUTHORIZED"));
    assert.equal(server.seen.length, 1);
  });

  test("fails when the renewed credentials are refused too, and does not go on for ever", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => json(response, 401, failure(401, "Unauthorized"));
    const proof = proofOf({ authorization: "Bearer old" }, { renewed: { authorization: "Bearer new" } });
    await using client = server.client({ credentials: server.credentials({ proof: proof.source }) });
    await assert.rejects(client.serverVersion(), is("API_UNAUTHORIZED"));
    assert.equal(server.seen.length, 2);
  });

  test("lets a watch begin after the renewal", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) =>
      request.headers.authorization === "Bearer new"
        ? json(response, 200, { type: "BOOKMARK" })
        : json(response, 401, failure(401, "Unauthorized"));
    const proof = proofOf({ authorization: "Bearer old" }, { renewed: { authorization: "Bearer new" } });
    await using client = server.client({ credentials: server.credentials({ proof: proof.source }) });
    const batches = await Array.fromAsync(client.listWatch(PODS).watch({ signal: new AbortController().signal }));
    // A watch that ends without a line feed yields nothing but the word that it was accepted.
    assert.deepEqual([batches, server.seen.length], [[[]], 2]);
  });

  test("tells of an accepted watch before there is any line, and of a refused one never", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) => {
      if (request.url?.includes("resourceVersion=1")) return json(response, 410, failure(410, "Expired"));
      response.writeHead(200, { "content-type": "application/json" });
      response.write("");
    };
    await using client = server.client();
    const abort = new AbortController();
    const batches: (readonly Uint8Array[])[] = [];
    for await (const batch of client.listWatch(PODS).watch({ signal: abort.signal })) {
      batches.push(batch);
      abort.abort();
    }
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [0],
    );
    const refused = client.listWatch(PODS).watch({ resourceVersion: "1", signal: new AbortController().signal });
    await assert.rejects(async () => {
      for await (const batch of refused) batches.push(batch);
    }, is("API_GONE"));
    assert.equal(batches.length, 1);
  });
});

describe("a call to a server that cannot take it now", () => {
  for (const { why, retryAfter, waitMs } of [
    { why: "waits as long as asked in seconds", retryAfter: "3", waitMs: 3_000 },
    { why: "waits until the date asked for", retryAfter: "Thu, 01 Jan 2026 00:00:04 GMT", waitMs: 4_000 },
  ]) {
    test(`${why}, then reads again`, async () => {
      await using server = await ScriptedServer.start();
      server.script = (_, response) =>
        server.seen.length === 1
          ? json(response, 429, failure(429, "TooManyRequests"), { "retry-after": retryAfter })
          : json(response, 200, { gitVersion: "v1" });
      const clock = new ManualClock();
      await using client = server.client({ clock, random: () => 0 });
      const version = client.serverVersion();
      // Other timers: the time-out of the call, the PING of the session.
      await eventually("the answer has come", () => clock.nextInMs === waitMs);
      await clock.advance(waitMs - 1);
      assert.equal(server.seen.length, 1);
      await clock.advance(1);
      assert.equal(await version, "v1");
    });
  }

  test("tells a writer how long to wait and does not write again", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => json(response, 429, failure(429, "TooManyRequests"), { "retry-after": "3" });
    await using client = server.client();
    await assert.rejects(client.create(PODS, POD), is("API_THROTTLED", { retryAfterMs: 3_000 }));
    assert.equal(server.seen.length, 1);
  });

  test("tells an informer, which has a backoff of its own", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => json(response, 429, failure(429, "TooManyRequests"), { "retry-after": "1" });
    await using client = server.client();
    const { signal } = new AbortController();
    const source = client.listWatch(PODS);
    await assert.rejects(source.list({ signal }), is("API_THROTTLED", { retryAfterMs: 1_000 }));
    await assert.rejects(Array.fromAsync(source.watch({ signal })), is("API_THROTTLED", { retryAfterMs: 1_000 }));
    assert.equal(server.seen.length, 2);
  });

  test("never writes again what was lost on the way, reads all the same", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => response.stream.session?.destroy();
    await using client = server.client({ times: { connectMs: 1_000 } });
    await assert.rejects(client.create(PODS, POD), is("API_UNREACHABLE"));
    assert.equal(server.seen.length, 1);
    server.script = (_, response) =>
      server.seen.length === 2 ? response.stream.session?.destroy() : json(response, 200, { gitVersion: "v1" });
    assert.equal(await client.serverVersion(), "v1");
  });
});

describe("a call that ends", () => {
  test("early rejects with the reason of its signal at every stage and leaves nothing", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write("{");
    };
    await using client = server.client();
    const source = client.listWatch(PODS);
    const abort = (): AbortController => new AbortController();

    const before = abort();
    before.abort("before");
    await assert.rejects(client.list(PODS, { signal: before.signal }), (reason) => reason === "before");

    const connecting = abort();
    const listing = client.list(PODS, { signal: connecting.signal });
    connecting.abort("while connecting");
    await assert.rejects(listing, (reason) => reason === "while connecting");

    const reading = abort();
    const body = source.list({ signal: reading.signal });
    await eventually("the body flows", () => server.open === 1);
    reading.abort("in the body");
    await assert.rejects(body, (reason) => reason === "in the body");
    assert.equal(client.openStreams().streams, 0);

    server.script = () => {};
    const waiting = abort();
    const head = client.list(PODS, { signal: waiting.signal });
    await eventually("the request has come", () => server.open === 1);
    waiting.abort("before the head");
    await assert.rejects(head, (reason) => reason === "before the head");
    assert.equal(client.openStreams().streams, 0);
    for (const { signal } of [before, connecting, reading, waiting]) assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("that was answered leaves no listener on its signal and no timer", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => json(response, 200, { gitVersion: "v1" });
    const clock = new ManualClock();
    const client = server.client({ clock });
    const { signal } = new AbortController();
    await client.serverVersion({ signal });
    await client.resourceFor({ group: "g", kind: "K" }, { signal }).catch(() => {});
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await client.close();
    assert.equal(clock.pending, 0);
  });

  test("because its time is up says so, also while it waits for its turn", async () => {
    await using server = await ScriptedServer.start();
    server.script = () => {};
    const clock = new ManualClock();
    await using client = server.client({ clock, limits: { total: 1 } });
    const calls = [client.get(PODS, POD.metadata, { timeoutMs: 5_000 }), client.get(PODS, POD.metadata, { timeoutMs: 4_000 })];
    const settled = Promise.allSettled(calls);
    await eventually("the first has come", () => server.open === 1);
    await clock.advance(5_000);
    for (const outcome of await settled)
      assert.ok(outcome.status === "rejected" && is("API_UNREACHABLE", { reason: "timed-out" })(outcome.reason));
    assert.equal(server.seen.length, 1);
  });
});

describe("a server that is not what it should be", () => {
  for (const { why, script, code, says } of [
    {
      why: "answers HTML",
      script: (): [number, string, string] => [200, "text/html; charset=utf-8", "<!doctype html><title>Please log in</title>"],
      code: "API_PROTOCOL",
      says: /at 127\.0\.0\.1:\d+.*HTML page \("Please log in"\)/,
    },
    {
      why: "answers plain text",
      script: (): [number, string, string] => [200, "text/plain", "hello"],
      code: "API_PROTOCOL",
      says: /text\/plain/,
    },
    {
      why: "sends torn JSON",
      script: (): [number, string, string] => [200, "application/json", '{"a":'],
      code: "API_PROTOCOL",
      says: /5 bytes/,
    },
    {
      why: "refuses with HTML",
      script: (): [number, string, string] => [403, "text/html", "<html>no</html>"],
      code: "API_FORBIDDEN",
      says: /HTML page/,
    },
    {
      why: "has no such path",
      script: (): [number, string, string] => [404, "text/plain", "404 page not found\n"],
      code: "KIND_NOT_SERVED",
      says: /404 page not found/,
    },
  ] as const) {
    test(`${why}: ${code}, naming host and what came`, async () => {
      await using server = await ScriptedServer.start();
      server.script = (_, response) => {
        const [status, type, body] = script();
        response.writeHead(status, { "content-type": type });
        response.end(body);
      };
      await using client = server.client();
      await assert.rejects(client.get(PODS, POD.metadata), (error: Error) => is(code)(error) && says.test(error.message));
    });
  }

  test("answers a watch with HTML: API_PROTOCOL, and the stream is not left open", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write("<html>");
    };
    await using client = server.client();
    await assert.rejects(Array.fromAsync(client.listWatch(PODS).watch({ signal: new AbortController().signal })), is("API_PROTOCOL"));
    assert.equal(client.openStreams().streams, 0);
  });

  test("is not trusted: says so in plain words", async () => {
    await using server = await ScriptedServer.start();
    const other = makeCertificate();
    await using client = server.client({ credentials: server.credentials({ ca: Buffer.from(other.ca) }) });
    await assert.rejects(
      listOnce(client),
      (error: Error) => is("API_UNREACHABLE", { reason: "certificate" })(error) && /authority/.test(error.message),
    );
  });

  test("has an expired certificate: says so in plain words", async () => {
    await using server = await ScriptedServer.start({
      certificate: makeCertificate({ madeAt: Date.now() - 400 * 86_400_000 }),
    });
    await using client = server.client();
    await assert.rejects(
      listOnce(client),
      (error: Error) => is("API_UNREACHABLE", { reason: "certificate" })(error) && /expired/.test(error.message),
    );
  });

  test("has a certificate for another name: says so in plain words", async () => {
    await using server = await ScriptedServer.start({ certificate: makeCertificate({ host: "other.example.com" }) });
    await using client = server.client();
    await assert.rejects(
      listOnce(client),
      (error: Error) => is("API_UNREACHABLE", { reason: "certificate" })(error) && /tls-server-name/.test(error.message),
    );
  });

  test("does not listen: says so in plain words, with the host", async () => {
    const server = await ScriptedServer.start();
    const credentials = server.credentials();
    await server[Symbol.asyncDispose]();
    await using client = openClient({ credentials });
    await assert.rejects(
      listOnce(client),
      (error: Error) =>
        is("API_UNREACHABLE", { reason: "refused" })(error) && error.message.includes(`${credentials.server.host}: connection refused`),
    );
  });

  test("has a name that is not found: says so in plain words", async () => {
    await using server = await ScriptedServer.start();
    const credentials = { ...server.credentials(), server: new URL("https://no-such-host.invalid") };
    await using client = openClient({ credentials });
    await assert.rejects(listOnce(client), is("API_UNREACHABLE", { reason: "name-not-found" }));
  });

  test("speaks no TLS: says so in plain words", async () => {
    await using server = await ScriptedServer.start({ protocol: "plain" });
    const credentials = { ...server.credentials(), server: new URL(server.url.href.replace("http:", "https:")) };
    await using client = openClient({ credentials });
    await assert.rejects(listOnce(client), is("API_UNREACHABLE", { reason: "tls" }));
  });

  test("takes the connection and says nothing: times out", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(
        socket
          .on("error", () => {})
          .on("close", () => sockets.delete(socket))
          .resume(),
      );
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    await using server = await ScriptedServer.start();
    const { port } = silent.address() as { port: number };
    const clock = new ManualClock();
    await using client = openClient({ credentials: { ...server.credentials(), server: new URL(`https://127.0.0.1:${port}`) }, clock });
    const call = client.list(PODS, { timeoutMs: 10_000 });
    call.catch(() => {});
    await eventually("it is connected", () => sockets.size === 1);
    await clock.advance(10_000);
    await assert.rejects(call, is("API_UNREACHABLE", { reason: "timed-out" }));
    await eventually("the connection is closed", () => sockets.size === 0);
    silent.close();
  });
});

describe("a server that speaks HTTP/1.1 only", () => {
  for (const protocol of ["h1", "plain"] as const) {
    test(`over ${protocol} serves calls and watches, on connections that are kept`, async () => {
      await using server = await ScriptedServer.start({ protocol });
      server.script = (request, response) => {
        if (!request.url?.includes("watch=1")) return json(response, 200, { gitVersion: "v1" });
        response.writeHead(200, { "content-type": "application/json" });
        response.write('{"a":1}\n{"b"');
        setImmediate(() => response.end(":2}\n"));
      };
      await using client = server.client();
      for (let i = 0; i < 3; i += 1) assert.equal(await client.serverVersion(), "v1");
      const lines = (await Array.fromAsync(client.listWatch(PODS).watch({ signal: new AbortController().signal }))).flat().map(String);
      assert.deepEqual(lines, ['{"a":1}', '{"b":2}']);
      assert.equal(client.openStreams().streams, 0);
      // Of TLS, the first connection found out that there is no h2.
      assert.equal(server.connections, protocol === "plain" ? 1 : 2);
    });

    test(`over ${protocol} tells a watch that was cut off from one that ended`, async () => {
      await using server = await ScriptedServer.start({ protocol });
      server.script = (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write('{"a":1}\n{"b"', () => {
          for (const socket of server.sockets) socket.destroy();
        });
      };
      await using client = server.client();
      const lines: string[] = [];
      const watching = (async () => {
        for await (const batch of client.listWatch(PODS).watch({ signal: new AbortController().signal })) lines.push(...batch.map(String));
      })();
      await assert.rejects(watching, is("API_UNREACHABLE"));
      assert.deepEqual(lines, ['{"a":1}']);
    });

    test(`over ${protocol} sees an abort close the connection`, async () => {
      await using server = await ScriptedServer.start({ protocol });
      server.script = (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write('{"a":1}\n');
      };
      await using client = server.client();
      const abort = new AbortController();
      for await (const _ of client.listWatch(PODS).watch({ signal: abort.signal })) abort.abort();
      assert.equal(client.openStreams().streams, 0);
      await eventually("the server sees it go", () => server.open === 0);
    });
  }

  test("is asked again at once when it closed a kept connection meanwhile", async () => {
    await using server = await ScriptedServer.start({ protocol: "plain" });
    server.script = (_, response) => json(response, 200, { gitVersion: "v1" });
    await using client = server.client({ clock: new ManualClock() });
    await client.serverVersion();
    server.script = (request, response) =>
      server.seen.length === 2 ? request.socket.destroy() : json(response, 200, { gitVersion: "v2" });
    assert.equal(await client.serverVersion(), "v2");
  });
});

describe("a server below a path", () => {
  test("is asked below it, and messages name the API's path", async () => {
    await using server = await ScriptedServer.start();
    await using client = server.client({ credentials: server.credentials({ path: "/k8s/clusters/c-1/" }) });
    await assert.rejects(client.serverVersion(), /cannot GET \/version at/);
    assert.deepEqual(server.seen, ["GET /k8s/clusters/c-1/version"]);
  });
});
