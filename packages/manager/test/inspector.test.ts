import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { PolykindError } from "@polykind/core";
import { inspect } from "../src/inspector.ts";
import type { Finding, Suspicion } from "../src/kind/suspicion.ts";

const rights: Suspicion = { of: "rights", uid: "u1", group: "demo.example.com", version: "v1", plural: "sessions" };
const identity: Suspicion = { ...rights, of: "identity" };
const signal = new AbortController().signal;

/** A server where `allowed` verbs are allowed, and the APIService is `service`. */
function server({ allowed = [], service }: { allowed?: readonly string[] | PolykindError; service?: object | null | PolykindError }): {
  readonly client: Pick<Client, "canI" | "get">;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const client: Pick<Client, "canI" | "get"> = {
    canI: ({ verb, group, plural }) => {
      asked.push(`${verb} ${plural}.${group}`);
      return allowed instanceof PolykindError ? Promise.reject(allowed) : Promise.resolve(allowed.includes(verb));
    },
    get: <T extends KubeObject>(_: unknown, { name }: { readonly name: string }): Promise<T> => {
      asked.push(name);
      return service instanceof PolykindError ? Promise.reject(service) : Promise.resolve({ spec: { service } } as unknown as T); // as a server has it
    },
  };
  return { client, asked };
}

describe("inspect", () => {
  const rows: readonly [why: string, suspicion: Suspicion, of: Parameters<typeof server>[0], finding: Finding][] = [
    ["all rights that are missing", rights, {}, { is: "forbidden", verbs: ["list", "watch"] }],
    ["the only one that is missing", rights, { allowed: ["list"] }, { is: "forbidden", verbs: ["watch"] }],
    ["that nothing is missing", rights, { allowed: ["list", "watch"] }, { is: "allowed" }],
    [
      "that the server does not tell",
      rights,
      { allowed: new PolykindError("API_FORBIDDEN", "cannot ask") },
      { is: "untold", why: "cannot ask" },
    ],
    ["that the CRD itself answers", identity, { service: null }, { is: "itself" }],
    ["that a server without aggregation has none", identity, { service: new PolykindError("KIND_NOT_SERVED", "404") }, { is: "itself" }],
    [
      "which service answers in place of the CRD",
      identity,
      { service: { namespace: "metrics", name: "adapter" } },
      { is: "shadowed", by: "APIService v1.demo.example.com, which sends requests to metrics/adapter" },
    ],
    ["that nobody may look", identity, { service: new PolykindError("API_FORBIDDEN", "no") }, { is: "untold", why: "no" }],
  ];
  for (const [why, suspicion, of, finding] of rows)
    test(`tells ${why}`, async () => assert.deepEqual(await inspect(server(of).client, suspicion, signal), finding));

  test("asks once for each verb, and for nothing else", async () => {
    const { client, asked } = server({});
    await inspect(client, rights, signal);
    assert.deepEqual(asked, ["list sessions.demo.example.com", "watch sessions.demo.example.com"]);
  });

  test("rejects with the reason of whoever gave it up", async () => {
    const { client } = server({ allowed: new PolykindError("STOPPED", "aborted") });
    await assert.rejects(inspect(client, rights, AbortSignal.abort(new Error("given up"))), /given up/);
  });
});
