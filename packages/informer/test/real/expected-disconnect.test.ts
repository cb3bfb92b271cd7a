import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CustomResourceDefinition, ListWatch, Manifest, Resource } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type ExpectDisconnectOptions, type Informer, type InformerPool, openInformerPool } from "@polykind/informer";
import { type RealApi, skipWithoutRealApi, useRealApi } from "../../../../test/support/real-api.ts";
import { linesOf } from "../support/model-server.ts";
import { Recorder } from "../support/recorder.ts";
import { until } from "./support.ts";

/** `POLYKIND_OBJECTS` sets another number. */
const OBJECTS = Number(process.env["POLYKIND_OBJECTS"] ?? 600);
/** Not the version that is stored. */
const GADGETS: Resource = {
  group: "edited.example.com",
  version: "v1beta1",
  plural: "gadgets",
  kind: "Gadget",
  resourceScope: "Namespaced",
};
const STORED: Resource = { ...GADGETS, version: "v1" };
const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  resourceScope: "Cluster",
};

interface Edit {
  readonly description?: string;
  readonly fallback?: string;
}

function crdOf({ description = "first", fallback }: Edit): Manifest {
  const colour = { type: "string", ...(fallback !== undefined && { default: fallback }) };
  const openAPIV3Schema = {
    type: "object",
    description,
    properties: { spec: { type: "object", properties: { n: { type: "integer" }, text: { type: "string" }, colour } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.edited.example.com" },
    spec: {
      group: "edited.example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", singular: "gadget", kind: "Gadget" },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema } },
        { name: "v1beta1", served: true, storage: false, schema: { openAPIV3Schema } },
      ],
    },
  };
}

const gadget = (n: number): Manifest => ({
  apiVersion: "edited.example.com/v1",
  kind: "Gadget",
  metadata: { name: `g${n}`, namespace: "default" },
  spec: { n, text: "x".repeat(1_200) },
});

/** What went over the wire since the last look. */
interface Seen {
  lists: number;
  metadata: number;
  fetched: number;
  watches: number;
  bytes: number;
}

function counting(source: ListWatch, seen: Seen): ListWatch {
  return {
    async list(call) {
      if (call.only !== undefined) seen.fetched += 1;
      else if (call.shape === "metadata") seen.metadata += 1;
      else seen.lists += 1;
      const body = await source.list(call);
      seen.bytes += body.length;
      return body;
    },
    async *watch(call) {
      if (call.sendInitialEvents === true) seen.lists += 1;
      seen.watches += 1;
      for await (const lines of source.watch(call)) {
        for (const line of lines) seen.bytes += line.length;
        yield lines;
      }
    },
  };
}

describe("an edit of a CRD on a real API server", { skip: skipWithoutRealApi(), timeout: 180_000 }, () => {
  let api: RealApi;
  let client: Client;
  let pool: InformerPool;
  const seen: Seen = { lists: 0, metadata: 0, fetched: 0, watches: 0, bytes: 0 };

  before(async () => {
    api = await useRealApi();
    client = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
    pool = openInformerPool({ open: (key) => counting(client.listWatch(key.resource, key), seen) });
    await client.create(CRDS, crdOf({}));
    for (;;) {
      const { status } = await client.get<CustomResourceDefinition>(CRDS, { name: "gadgets.edited.example.com" });
      if (status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true) break;
    }
    for (let n = 0; n < OBJECTS; n += 50) await Promise.all(Array.from({ length: Math.min(50, OBJECTS - n) }, (_, k) => createSoon(n + k)));
  });
  after(async () => {
    await pool[Symbol.asyncDispose]();
    await client.delete(CRDS, { name: "gadgets.edited.example.com" });
    await client.close();
    await api[Symbol.asyncDispose]();
  });

  /** A kind that has just been established is unknown for some milliseconds. */
  async function createSoon(n: number): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await client.create(STORED, gadget(n));
        return;
      } catch (cause) {
        if (tries > 100) throw cause;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Edits the CRD, having announced it, and waits until the informer watches again; what it cost, and what a handler was told. */
  async function edit(
    informer: Informer,
    { to, announced, meanwhile = async () => {} }: { to: Edit; announced: ExpectDisconnectOptions; meanwhile?: () => Promise<void> },
  ): Promise<{ readonly cost: string; readonly told: readonly string[] }> {
    const recorder = new Recorder();
    const registration = informer.addHandler(recorder);
    await registration.synced();
    await until(() => recorder.lines.length === informer.store.size, "the handler has been told of all");
    recorder.take();
    const states: string[] = [];
    const failures: string[] = [];
    const end = informer.notices.on("state", ({ phase }) => states.push(phase));
    const endFailures = informer.notices.on("failed", ({ message }) => failures.push(message));
    informer.expectDisconnect(announced);
    Object.assign(seen, { lists: 0, metadata: 0, fetched: 0, watches: 0, bytes: 0 });
    await client.patch(CRDS, { name: "gadgets.edited.example.com" }, { type: "merge", body: { spec: crdOf(to)["spec"] } });
    await meanwhile();
    await until(() => states.includes("waiting") && states.at(-1) === "watching" && states.includes("listing"), "it watches again");
    // What is written now arrives, and with it all that was written before.
    const { metadata } = await client.patch(STORED, { namespace: "default", name: "g0" }, { type: "merge", body: { spec: { n: -1 } } });
    await until(() => informer.store.hasReached(metadata.resourceVersion), "a change arrives");
    await client.patch(STORED, { namespace: "default", name: "g0" }, { type: "merge", body: { spec: { n: 0 } } });
    end();
    endFailures();
    registration.remove();
    const { lists, metadata: pages, fetched, watches, bytes } = seen;
    return {
      cost: `${lists} lists, ${pages} pages of metadata, ${fetched} objects, ${watches} watches, ${Math.round(bytes / 1_000)} kB; ${states.join(" ")}${failures.map((message) => `; ${message}`).join("")}`,
      told: recorder.take().filter((line) => !line.startsWith("~g0@")),
    };
  }

  async function check(informer: Informer): Promise<void> {
    const { items } = await client.list(GADGETS);
    await until(() => linesOf(informer.store.list()).join() === linesOf(items).join(), "the cache is the server's state");
    const colours = (objects: readonly object[]): readonly unknown[] =>
      objects.map((object) => (object as { readonly spec: { readonly colour?: string } }).spec.colour); // as the CRD says
    assert.deepEqual(new Set(colours(informer.store.list())), new Set(colours(items)));
  }

  test("costs a list of all where nobody knows what becomes of the bodies", async (context) => {
    await using lease = await pool.acquire({ resource: GADGETS });
    await lease.informer.synced();
    const { cost, told } = await edit(lease.informer, { to: { description: "second" }, announced: {} });
    context.diagnostic(`an edit of a description, ${OBJECTS} objects, nothing known: ${cost}`);
    assert.deepEqual(told, []);
    assert.equal(seen.lists, 1);
  });

  test("costs metadata only where bodies are known to stay, and tells nobody anything", async (context) => {
    await using lease = await pool.acquire({ resource: GADGETS });
    await lease.informer.synced();
    const { cost, told } = await edit(lease.informer, { to: { description: "third" }, announced: { bodies: "same" } });
    context.diagnostic(`an edit of a description, ${OBJECTS} objects, bodies the same:  ${cost}`);
    assert.deepEqual(told, []);
    assert.deepEqual([seen.lists, seen.fetched], [0, 0], cost);
    assert.equal(seen.metadata, Math.ceil(OBJECTS / 2_000));
    await check(lease.informer);
  });

  test("fetches what is changed, made and deleted meanwhile, and tells of that only", async (context) => {
    await using lease = await pool.acquire({ resource: GADGETS });
    await lease.informer.synced();
    let from = "";
    const { cost, told } = await edit(lease.informer, {
      to: { description: "fourth" },
      announced: { bodies: "same" },
      async meanwhile() {
        await until(() => lease.informer.state.phase !== "watching", "the server closes the watch");
        from = (await client.get(STORED, { namespace: "default", name: "g7" })).metadata.resourceVersion;
        await client.patch(STORED, { namespace: "default", name: "g7" }, { type: "merge", body: { spec: { n: 70 } } });
        await createSoon(OBJECTS);
        await client.delete(STORED, { namespace: "default", name: "g8" });
        await client.delete(STORED, { namespace: "default", name: "g9" });
        await createSoon(9);
      },
    });
    context.diagnostic(`the same, with four objects changed meanwhile: ${cost}`);
    const versionOf = (name: string): string | undefined =>
      lease.informer.store.get({ namespace: "default", name })?.metadata.resourceVersion;
    assert.deepEqual(
      told.map((line) => line.replace(/^(-g\d+)@.*$/, "$1")).toSorted(),
      [`+g${OBJECTS}@${versionOf(`g${OBJECTS}`)}`, `+g9@${versionOf("g9")}`, "-g8", "-g9", `~g7@${from}>${versionOf("g7")}`].toSorted(),
    );
    assert.equal(seen.lists, 0);
    await check(lease.informer);
    await createSoon(8);
  });

  test("reads all anew where bodies change without their versions, and tells nobody anything", async (context) => {
    await using lease = await pool.acquire({ resource: GADGETS });
    await lease.informer.synced();
    const { cost, told } = await edit(lease.informer, { to: { fallback: "red" }, announced: { bodies: "changed" } });
    context.diagnostic(`a new default, ${OBJECTS} objects: ${cost}`);
    assert.deepEqual(told, []);
    await check(lease.informer);
    assert.equal(
      (lease.informer.store.get({ namespace: "default", name: "g1" }) as { spec?: { colour?: string } } | undefined)?.spec?.colour,
      "red",
    );
  });

  test("costs no more than metadata for an informer that holds nothing else", async () => {
    await using lease = await pool.acquire({ resource: GADGETS, shape: "metadata" });
    await lease.informer.synced();
    const { told } = await edit(lease.informer, { to: { fallback: "blue" }, announced: { bodies: "changed" } });
    assert.deepEqual(told, []);
    assert.equal(seen.fetched, 0);
  });
});
