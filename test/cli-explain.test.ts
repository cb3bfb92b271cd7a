import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { KindExplanation } from "@polykind/manager";
import { Cli } from "./support/cli.ts";

const plugin = `
import { definePlugin } from "@polykind/plugin";
const manages = ["Ball", "Box", "Kite"].map((kind) => ({ group: "x.example.com", kind }));
export default definePlugin({
  name: "picky", engines: { polykind: "^1.0" }, manages,
  setup: ({ kind }) => kind.kind === "Box" ? Promise.reject(new Error("no bucket")) : { reconcile: async () => undefined },
});`;

const crd = (plural: string, kind: string, group = "x.example.com"): string =>
  JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, kind, singular: plural.slice(0, -1), listKind: `${plural}List` },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });

let folder: string;
let cli: Cli;
let endpoint: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "polykind-explain-"));
  const [crds, picky] = [join(folder, "crds.yaml"), join(folder, "picky.ts")];
  const all = [crd("balls", "Ball"), crd("balls", "Ball", "y.example.com"), crd("boxes", "Box"), crd("spheres", "Ball")];
  await Promise.all([writeFile(crds, all.join("\n---\n")), writeFile(picky, plugin)]);
  cli = Cli.start(["run", "--sandbox", "--endpoint", ":0", "--log-level", "error", "--crds", crds, "--plugins", picky]);
  endpoint = (await cli.said(/endpoint http:\/\/(\S+):/))[1] ?? "";
  await cli.said(/running: 5 kinds, 1 plugin\n/);
});

after(async () => {
  await cli[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const explain = (...args: readonly string[]): ReturnType<typeof Cli.run> => Cli.run(["explain", ...args, "--endpoint", endpoint]);

/** Asks until the kind is in this state: a plugin takes its time to come up. */
async function explained(kind: string, state: string): Promise<KindExplanation> {
  for (;;) {
    const { code, out, err } = await explain(kind, "-o", "json");
    assert.equal(code, 0, err);
    const explanation = JSON.parse(out) as KindExplanation; // As the endpoint tells it.
    if (explanation.state === state) return explanation;
  }
}

describe("polykind explain", () => {
  test("tells why a plugin does not come up, who must act, and when it is tried again", async () => {
    const { reason, runs, awaits, nextAttempt, lives } = await explained("boxes", "Degraded");
    assert.deepEqual([reason, runs[0]?.phase, awaits[0]?.who, lives.length], ["PluginFailing", "cooling", "the author of picky", 1]);
    assert.ok(Date.parse(nextAttempt ?? "") > Date.parse(lives[0]?.since ?? ""));
    const { out } = await explain("Box.x.example.com");
    assert.match(out, /^State +(Degraded\(PluginFailing\)|Starting), for \d+s/m);
    assert.match(out, /\nWhy\n[\s\S]*Established +True[\s\S]*\nAwaited\n[\s\S]*\nLives \(oldest first\)\n/);
  });

  test("finds a kind by any of its names, and prints YAML as well", async () => {
    const { incarnation } = await explained("boxes.x.example.com", "Degraded");
    for (const name of ["boxes", "box", "Box.x.example.com", "BOXES.X.EXAMPLE.COM"]) {
      const { out } = await explain(name, "-o", "yaml");
      assert.match(out, new RegExp(`^incarnation: ${incarnation}$`, "m"), name);
    }
  });

  test("names the CRD that holds the names which another one wants", async () => {
    const { reason, awaits } = await explained("spheres", "Pending");
    assert.equal(reason, "NamesConflict");
    assert.match(awaits[0]?.who ?? "", /the owner of balls\.x\.example\.com,/);
  });

  test("explains a kind that has no CRD", async () => {
    const { reason, awaits } = await explained("kite", "Absent");
    assert.deepEqual([reason, awaits.map(({ who }) => who)], ["NoCrd", ["whoever installs it"]]);
  });

  test("takes no guess at a name that several kinds have", async () => {
    const { code, out, err } = await explain("balls");
    assert.deepEqual([code, out], [1, ""]);
    assert.match(
      err,
      /^polykind: cannot tell which kind is meant by "balls": it may be balls\.x\.example\.com or balls\.y\.example\.com\n$/,
    );
  });

  for (const { why, name, says } of [
    {
      why: "what may have been meant by a name that no kind has",
      name: "boxs",
      says: /cannot find a kind "boxs": did you mean boxes\.x\.example\.com\?/,
    },
    {
      why: "where the names are when nothing is near",
      name: "../manager",
      says: /cannot find a kind "\.\.\/manager": `polykind get kinds` shows/,
    },
  ]) {
    test(`says ${why}`, async () => {
      const { code, out, err } = await explain(name);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, says);
    });
  }

  test("shows the new states to `get kinds`, with their reasons", async () => {
    await explained("boxes", "Degraded");
    const { out } = await Cli.run(["get", "kinds", "--endpoint", endpoint]);
    assert.match(out, /^Ball\.x\.example\.com +Pending\(NamesConflict\) /m);
    assert.match(out, /^Ball\.y\.example\.com +Dormant\(NoPlugin\) /m);
    assert.match(out, /^Kite\.x\.example\.com +Absent\(NoCrd\) /m);
  });

  for (const { why, args, says } of [
    { why: "a kind that is not named", args: ["explain"], says: /missing required argument 'kind'/ },
    { why: "a format that there is not", args: ["explain", "x", "-o", "table"], says: /text, json, yaml/ },
    { why: "an endpoint that is none", args: ["explain", "x", "--endpoint", "nowhere"], says: /must be HOST:PORT/ },
  ]) {
    test(`ends with 2 over ${why}`, async () => {
      const { code, out, err } = await Cli.run(args);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, says);
    });
  }

  test("says so when what answers there is no manager", async () => {
    const server = createServer((_, response) => response.writeHead(404, { "content-type": "text/plain" }).end("who?")).listen(
      0,
      "127.0.0.1",
    );
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as { readonly port: number }; // It listens on a port.
    const { code, err } = await Cli.run(["explain", "x", "--endpoint", `:${port}`]);
    await new Promise((done) => server.close(done));
    assert.equal(code, 1);
    assert.match(err, /cannot explain x from http:\/\/127\.0\.0\.1:\d+: it answered HTTP 404; is it a polykind manager\?/);
  });
});
