import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { isPolykindError, type PolykindErrorCode } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import { isKinds, isKindsLine } from "../src/answer-shape.ts";
import { ask, checkOk, readJson, readJsonLines } from "../src/ask.ts";

const never = new AbortController().signal;

/** What comes of a question to a server that answers so. */
async function asked<T>(answer: RequestListener, read: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await read(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/kinds`); // It listens on a port.
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function readKinds(url: string): Promise<unknown> {
  using answer = await ask(url, { what: "get kinds", signal: never });
  checkOk(answer);
  return await readJson(answer, isKinds);
}

async function readLines(url: string): Promise<readonly unknown[]> {
  using answer = await ask(url, { what: "get kinds", signal: never });
  return await Array.fromAsync(readJsonLines(answer, isKindsLine));
}

/** Fails with this code, says where it asked, and quotes nothing of the answer. */
function isRefusal(code: PolykindErrorCode, says: RegExp): (thrown: unknown) => true {
  return (thrown) => {
    assert.ok(isPolykindError(thrown, code), String(thrown));
    assert.match(thrown.message, /^cannot get kinds from http:\/\/127\.0\.0\.1:\d+: /);
    assert.match(thrown.message, says);
    assert.doesNotMatch(thrown.message, /very-secret/);
    return true;
  };
}

const json = { "content-type": "application/json" };
const lines = { "content-type": "application/x-ndjson" };
const report = { name: "A.b", state: "Running", since: "2026-01-01T00:00:00Z", runs: [] };

describe("readJson", () => {
  test("gives what a manager answers, whatever its content type says besides", async () => {
    const answer: RequestListener = (_, response) =>
      response.writeHead(200, { "content-type": "Application/JSON; charset=utf-8" }).end(JSON.stringify({ kinds: [report] }));
    assert.deepEqual(await asked(answer, readKinds), { kinds: [report] });
  });

  for (const { why, answer, code = "API_PROTOCOL", says } of [
    {
      why: "a page for people",
      answer: (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<b>very-secret</b>"),
      says: /HTTP 200 with what is no application\/json; is it a polykind manager\?$/,
    },
    {
      why: "a page for people that never ends",
      answer: (_, response) => void response.writeHead(200, { "content-type": "text/html" }).write("<b>"),
      says: /with what is no application\/json/,
    },
    { why: "a status of failure", answer: (_, response) => response.writeHead(500, json).end("{}"), says: /it answered HTTP 500;/ },
    { why: "broken JSON", answer: (_, response) => response.writeHead(200, json).end('{"very-secret'), says: /JSON that cannot be read/ },
    { why: "an empty object", answer: (_, response) => response.writeHead(200, json).end("{}"), says: /JSON of another form/ },
    { why: "null", answer: (_, response) => response.writeHead(200, json).end("null"), says: /JSON of another form/ },
    {
      why: "kinds that are none",
      answer: (_, response) => response.writeHead(200, json).end('{"kinds":["very-secret"]}'),
      says: /JSON of another form/,
    },
    {
      why: "an answer that is cut off",
      answer: (_, response) => {
        response.writeHead(200, { ...json, "content-length": 100 });
        response.write("very-secret", () => response.destroy());
      },
      code: "API_UNREACHABLE",
      says: /the connection was cut before the answer was whole/,
    },
  ] as readonly { why: string; answer: RequestListener; code?: PolykindErrorCode; says: RegExp }[]) {
    test(`refuses ${why}, as no defect of ours`, () => assert.rejects(asked(answer, readKinds), isRefusal(code, says)));
  }
});

describe("readJsonLines", () => {
  test("gives each line, however it is cut into pieces", async () => {
    const line = JSON.stringify({ kinds: [report], gone: ["a"] });
    const answer: RequestListener = (_, response) => {
      response.writeHead(200, lines);
      response.write(line.slice(0, 5), () => response.end(`${line.slice(5)}\n${line}\n`));
    };
    assert.deepEqual(await asked(answer, readLines), [
      { kinds: [report], gone: ["a"] },
      { kinds: [report], gone: ["a"] },
    ]);
  });

  for (const { why, text, says } of [
    { why: "a line that is no JSON", text: "very-secret\n", says: /JSON that cannot be read/ },
    { why: "a line of another form", text: '{"kinds":[]}\n', says: /JSON of another form/ },
  ]) {
    test(`refuses ${why}, and waits for no more`, async () => {
      const answer: RequestListener = (_, response) => void response.writeHead(200, lines).write(text);
      await assert.rejects(asked(answer, readLines), isRefusal("API_PROTOCOL", says));
    });
  }

  test("says that the connection was cut", async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(200, lines);
      response.write('{"kinds"', () => response.destroy());
    };
    await assert.rejects(asked(answer, readLines), isRefusal("API_UNREACHABLE", /the connection was cut/));
  });
});

/** A port that takes connections and never says a word. */
async function openMute(): Promise<AsyncDisposable & { readonly url: string; connected(): Promise<Socket> }> {
  const server = createSocketServer().listen(0, "127.0.0.1");
  const connections = new Set<Socket>();
  const first = once(server, "connection").then(([socket]: readonly Socket[]) => {
    assert.ok(socket);
    connections.add(socket);
    return socket;
  });
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // It listens on a port.
    connected: () => first,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe("ask", () => {
  test("gives up what does not begin to answer within 10 s", async () => {
    await using mute = await openMute();
    const clock = new ManualClock();
    const refused = assert.rejects(
      ask(mute.url, { what: "get kinds", signal: never, clock }),
      isRefusal("TIMED_OUT", /did not answer within 10 s/),
    );
    await mute.connected();
    await clock.advance(9_999);
    assert.equal(clock.pending, 1);
    await clock.advance(1);
    await refused;
  });

  test("sets no limit to what comes behind the head", async () => {
    const clock = new ManualClock();
    const head: RequestListener = (_, response) => void response.writeHead(200, lines).flushHeaders();
    await asked(head, async (url) => {
      using _ = await ask(url, { what: "get kinds", signal: never, clock });
      assert.equal(clock.pending, 0);
    });
  });

  test("ends with the reason of the signal", async () => {
    await using mute = await openMute();
    const abort = new AbortController();
    const asking = ask(mute.url, { what: "get kinds", signal: abort.signal });
    await mute.connected();
    abort.abort(new Error("stopped"));
    await assert.rejects(asking, /stopped/);
  });
});
