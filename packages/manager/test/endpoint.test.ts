import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, test } from "node:test";
import { isPolykindError, Notices } from "@polykind/core";
import {
  Endpoint,
  type KindExplanation,
  type KindReport,
  type KindsLine,
  type ManagerNotices,
  type ManagerReport,
  type Shown,
} from "@polykind/manager";
import { openMetrics } from "@polykind/telemetry";

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

const open = (shown: Shown): Promise<Endpoint> => Endpoint.open({ port: 0, metrics: openMetrics(), shown });

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
