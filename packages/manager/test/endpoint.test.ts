import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { isPolykindError, Notices } from "@polykind/core";
import {
  Endpoint,
  type EndpointOptions,
  type KindExplanation,
  type KindReport,
  type KindsLine,
  type ManagerNotices,
  type ManagerReport,
  type Shown,
} from "@polykind/manager";
import { type Log, type LogFields, openMetrics, silentLog } from "@polykind/telemetry";

const kind: KindReport = {
  name: "Session.x.dev",
  group: "x.dev",
  kind: "Session",
  crd: "sessions.x.dev",
  incarnations: 1,
  epoch: 1,
  state: "Running",
  since: "2026-01-01T00:00:00.000Z",
  runs: [],
};

const explanation: KindExplanation = { ...kind, evidence: [], awaits: [], lives: [], livesBefore: 0 };

function stand(): { readonly shown: Shown; readonly notices: Notices<ManagerNotices>; readiness: { isReady: boolean } } {
  const notices = new Notices<ManagerNotices>(({ cause }) => assert.fail(String(cause)));
  const readiness = { isReady: true };
  const shown: Shown = {
    notices,
    get isReady() {
      return readiness.isReady;
    },
    report: () => ({ kinds: 1 }) as ManagerReport, // Only passed on.
    kinds: () => [kind],
    explain: (query) =>
      query === "sessions" || query === "sessions.x.dev"
        ? { type: "found", found: explanation }
        : query === "two"
          ? { type: "ambiguous", message: "which?", candidates: ["a", "b"] }
          : { type: "unknown", message: `cannot find ${query}`, candidates: [] },
  };
  return { shown, notices, readiness };
}

const open = (shown: Shown, options: Partial<EndpointOptions> = {}): Promise<Endpoint> =>
  Endpoint.open({ port: 0, metrics: openMetrics(), shown, ...options });

/** The first line of the answer to what is sent as it stands. */
async function answerTo(endpoint: Endpoint, text: string): Promise<string | undefined> {
  const { hostname, port } = new URL(endpoint.url);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, "").replace(/^0\.0\.0\.0$/, "127.0.0.1"), () => socket.end(text));
  socket.setEncoding("utf8");
  const answer = (await Array.fromAsync(socket as AsyncIterable<string>)).join("");
  return answer.split("\r\n")[0];
}

/** A log of which the errors and warnings are read. */
function openHeard(): { readonly log: Log; readonly heard: string[] } {
  const heard: string[] = [];
  const hear = (message: string, { cause }: LogFields = {}): void => void heard.push(`${message}: ${String(cause)}`);
  return { log: { ...silentLog, warn: hear, error: hear }, heard };
}

describe("Endpoint", () => {
  test("shows kinds, the manager, health and metrics", async () => {
    const { shown } = stand();
    await using endpoint = await open(shown);
    const text = async (path: string): Promise<string> => (await fetch(`${endpoint.url}${path}`)).text();
    assert.deepEqual(JSON.parse(await text("/v1/kinds")), { kinds: [kind] });
    assert.deepEqual(JSON.parse(await text("/v1/manager")), { kinds: 1 });
    assert.equal(await text("/healthz"), "ok\n");
    assert.equal((await fetch(`${endpoint.url}/metrics`)).status, 200);
  });

  test("is not ready before the CRDs have been listed", async () => {
    const { shown, readiness } = stand();
    readiness.isReady = false;
    await using endpoint = await open(shown);
    assert.equal((await fetch(`${endpoint.url}/readyz`)).status, 503);
    readiness.isReady = true;
    assert.equal((await fetch(`${endpoint.url}/readyz`)).status, 200);
  });

  test("streams all kinds first, then what changes, and keeps no listener when the reader goes", async () => {
    const { shown, notices } = stand();
    await using endpoint = await open(shown);
    const abort = new AbortController();
    const response = await fetch(`${endpoint.url}/v1/kinds?watch=true`, { signal: abort.signal });
    assert.ok(response.body);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<KindsLine> => JSON.parse((await reader.read()).value ?? "") as KindsLine;
    assert.deepEqual(await next(), { kinds: [kind], gone: [] });
    notices.tell("changed", { kinds: [], gone: ["sessions.x.dev"] });
    assert.deepEqual(await next(), { kinds: [], gone: ["sessions.x.dev"] });
    abort.abort();
    await reader.closed.catch(() => {});
    while (notices.listenerCount > 0) await new Promise(setImmediate);
  });

  test("ends its streams when it closes, so that nobody waits for a manager that is gone", async () => {
    const { shown, notices } = stand();
    const endpoint = await open(shown);
    const response = await fetch(`${endpoint.url}/v1/kinds?watch=true`);
    const reading = response.text().catch(() => "");
    await endpoint[Symbol.asyncDispose]();
    await reading;
    assert.equal(notices.listenerCount, 0);
  });

  test("tells a reader that has stopped to read only what each kind is when it reads on, however often that has changed", async () => {
    const { shown, notices } = stand();
    await using endpoint = await open(shown);
    const response = await fetch(`${endpoint.url}/v1/kinds?watch=true`);
    assert.ok(response.body);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value ?? "";
    const times = 2_000;
    const filler = "x".repeat(64_000);
    for (let n = 1; n < times; n += 1)
      notices.tell("changed", { kinds: [{ ...kind, epoch: n, message: filler }], gone: [n % 2 === 0 ? "a.x.dev" : "b.x.dev"] });
    notices.tell("changed", { kinds: [{ ...kind, crd: "a.x.dev", name: "A.x.dev" }], gone: ["sessions.x.dev"] });
    while (!text.includes("A.x.dev")) text += (await reader.read()).value ?? assert.fail(`it ended: ${text.slice(-100)}`);
    const lines = text.trimEnd().split("\n");
    assert.ok(lines.length < 10, `${lines.length} lines`);
    const { kinds, gone } = JSON.parse(lines.at(-1) ?? "") as KindsLine;
    assert.deepEqual([kinds.map(({ crd }) => crd), gone.toSorted()], [["a.x.dev"], ["b.x.dev", "sessions.x.dev"]]);
    await reader.cancel();
  });

  for (const { why, sent, is } of [
    { why: "no host, as HTTP/1.0 may", sent: "GET /v1/kinds HTTP/1.0\r\n\r\n", is: 400 },
    { why: "an empty host", sent: "GET /v1/kinds HTTP/1.1\r\nHost:\r\n\r\n", is: 400 },
    { why: "a host with a blank", sent: "GET /v1/kinds HTTP/1.1\r\nHost: a b\r\n\r\n", is: 400 },
    { why: "half an IPv6 address", sent: "GET /v1/kinds HTTP/1.1\r\nHost: [\r\n\r\n", is: 400 },
    { why: "a name before an address", sent: "GET /v1/kinds HTTP/1.1\r\nHost: evil.example.com@127.0.0.1\r\n\r\n", is: 400 },
    { why: "two slashes for a path", sent: "GET // HTTP/1.1\r\nHost: localhost\r\n\r\n", is: 400 },
    { why: "an address for a path that is none", sent: "GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", is: 400 },
    { why: "an IPv4 address", sent: "GET /readyz HTTP/1.1\r\nHost: 10.244.1.7:8377\r\nConnection: close\r\n\r\n", is: 200 },
    { why: "an IPv6 address", sent: "GET /readyz HTTP/1.1\r\nHost: [fd00::7]:8377\r\nConnection: close\r\n\r\n", is: 200 },
    { why: "localhost in capitals", sent: "GET /readyz HTTP/1.1\r\nHost: LOCALHOST:1\r\nConnection: close\r\n\r\n", is: 200 },
    { why: "a name", sent: "GET /readyz HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n", is: 403 },
    { why: "a name that looks like an address", sent: "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1.evil.example.com\r\n\r\n", is: 403 },
  ]) {
    test(`answers ${is} when asked with ${why}`, async () => {
      const { shown } = stand();
      await using endpoint = await open(shown, { host: "0.0.0.0" });
      assert.match((await answerTo(endpoint, sent)) ?? "", new RegExp(`^HTTP/1.1 ${is} `));
      assert.equal((await fetch(`http://127.0.0.1:${new URL(endpoint.url).port}/healthz`)).status, 200, "it answers on");
    });
  }

  test("answers to the name that it listens on", async () => {
    const { shown } = stand();
    await using endpoint = await open(shown, { host: "LocalHost" });
    const sent = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert.match((await answerTo(endpoint, sent)) ?? "", / 200 /);
  });

  test("answers 500 and logs why when what is shown cannot be, and goes on", async () => {
    const { shown } = stand();
    const { log, heard } = openHeard();
    const odd = { ...kind, epoch: 5n as unknown as number }; // As no wire carries it.
    const metrics = Object.assign(openMetrics(), { text: () => Promise.reject(new Error("no series")) });
    await using endpoint = await open({ ...shown, kinds: () => [odd] }, { log, metrics });
    const statuses = await Promise.all(
      ["/v1/kinds", "/metrics", "/healthz"].map(async (path) => (await fetch(endpoint.url + path)).status),
    );
    assert.deepEqual(statuses, [500, 500, 200]);
    assert.deepEqual(heard.map((line) => line.replace(/BigInt.*/, "BigInt")).toSorted(), [
      "cannot answer a request: Do not know how to serialize a BigInt",
      "cannot answer a request: no series",
    ]);
  });

  test("breaks a stream off that cannot go on, and keeps no listener", async () => {
    const { shown, notices } = stand();
    const { log, heard } = openHeard();
    await using endpoint = await open(shown, { log });
    const response = await fetch(`${endpoint.url}/v1/kinds?watch=true`);
    notices.tell("changed", { kinds: [{ ...kind, epoch: 5n as unknown as number }], gone: [] }); // As no wire carries it.
    await assert.rejects(response.text());
    assert.deepEqual([heard.length, notices.listenerCount], [1, 0]);
  });

  test("answers HEAD as GET, without a body, and says what else it takes", async () => {
    const { shown, notices } = stand();
    await using endpoint = await open(shown);
    const ask = async (method: string, path: string): Promise<readonly unknown[]> => {
      const response = await fetch(endpoint.url + path, { method });
      return [response.status, response.headers.get("content-length"), response.headers.get("allow"), await response.text()];
    };
    assert.deepEqual(await ask("HEAD", "/healthz"), [200, "3", null, ""]);
    assert.deepEqual(await ask("HEAD", "/v1/kinds?watch=true"), [200, null, null, ""]);
    assert.equal(notices.listenerCount, 0);
    const [status, , allow] = await ask("POST", "/healthz");
    assert.deepEqual([status, allow], [405, "GET, HEAD"]);
  });

  test("does not answer a request that was made for another name, as a web page's would be", async () => {
    const { shown } = stand();
    await using endpoint = await open(shown);
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    request(`${endpoint.url}/v1/kinds`, { headers: { host: "evil.example.com" } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
    assert.equal(await promise, 403);
  });

  test("changes nothing", async () => {
    const { shown } = stand();
    await using endpoint = await open(shown);
    assert.equal((await fetch(`${endpoint.url}/v1/kinds`, { method: "DELETE" })).status, 405);
    assert.equal((await fetch(`${endpoint.url}/elsewhere`)).status, 404);
  });

  for (const { why, path, status, body } of [
    { why: "explains one kind", path: "sessions", status: 200, body: explanation },
    { why: "explains it by any name, escaped or not", path: "sessions%2Ex%2Edev", status: 200, body: explanation },
    {
      why: "tells a name that several have from one that none has",
      path: "two",
      status: 409,
      body: { type: "ambiguous", message: "which?", candidates: ["a", "b"] },
    },
    {
      why: "says of a name that it is none",
      path: "nothing",
      status: 404,
      body: { type: "unknown", message: "cannot find nothing", candidates: [] },
    },
    {
      why: "does not fall over what cannot be unescaped",
      path: "%E0%A4%A",
      status: 404,
      body: { type: "unknown", message: "cannot find %E0%A4%A", candidates: [] },
    },
  ]) {
    test(why, async () => {
      const { shown } = stand();
      await using endpoint = await open(shown);
      const response = await fetch(`${endpoint.url}/v1/kinds/${path}`);
      assert.deepEqual([response.status, await response.json()], [status, body]);
    });
  }

  test("says that its port is taken, and by which flag to choose another", async () => {
    const { shown } = stand();
    await using first = await open(shown);
    const port = Number(new URL(first.url).port);
    await assert.rejects(
      Endpoint.open({ port, metrics: openMetrics(), shown }),
      (error) => isPolykindError(error, "CONFIG_INVALID") && error.message.includes("--endpoint"),
    );
  });
});
