import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import type { KindReport } from "@polykind/manager";
import { Cli } from "./support/cli.ts";

const PLUGINS = resolve(import.meta.dirname, "../plugins");
const SANDBOX = ["run", "--sandbox", "--endpoint", ":0", "--log-level", "error"] as const;

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "polykind-cli-"))));
after(() => rm(folder, { recursive: true, force: true }));

/** Writes a file and tells its path. */
async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const counter = (engine = "^1.0"): string => `
import { definePlugin } from "@polykind/plugin";
export default definePlugin({
  name: "counter", engines: { polykind: ${JSON.stringify(engine)} }, manages: { selector: {} }, shared: true,
  setup: () => ({ async reconcile() { return undefined; } }),
});`;

const crd = (kind: string): string => {
  const plural = `${kind.toLowerCase()}s`;
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.x.example.com` },
    spec: {
      group: "x.example.com",
      scope: "Namespaced",
      names: { plural, kind },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });
};

describe("polykind, called wrongly", () => {
  for (const { why, args, says } of [
    {
      why: "names a flag that it does not know, and one that is meant perhaps",
      args: ["run", "--plugins", "x", "--plugin", "x"],
      says: /unknown option '--plugin'[\s\S]*--plugins/,
    },
    { why: "names a command that it does not know", args: ["rum"], says: /unknown command 'rum'/ },
    { why: "says that a manager without plugins is none", args: ["run", "--sandbox"], says: /--plugins/ },
    {
      why: "does not load files into somebody's cluster",
      args: ["run", "--plugins", "x", "--crds", "x.yaml"],
      says: /cannot use --crds without --sandbox/,
    },
    {
      why: "does not take a sandbox and a cluster at once",
      args: ["run", "--plugins", "x", "--sandbox", "--kubeconfig", "x"],
      says: /--sandbox.*cannot be used with.*--kubeconfig/,
    },
    {
      why: "says which part of a selector of CRDs is none",
      args: ["run", "--plugins", "x", "--crd-selector", "team=a,tier in (x"],
      says: /--crd-selector[\s\S]*"tier in \(x" is not a requirement such as a=b/,
    },
    {
      why: "shows the form of an endpoint",
      args: ["get", "kinds", "--endpoint", "nowhere"],
      says: /must be HOST:PORT, such as 127\.0\.0\.1:8377/,
    },
    { why: "shows the formats there are", args: ["get", "kinds", "-o", "xml"], says: /table, wide, json, yaml, name/ },
  ]) {
    test(why, async () => {
      const { code, err, out } = await Cli.run(args);
      assert.equal(code, 2);
      assert.match(err, says);
      assert.doesNotMatch(err, /\n\s+at /, "a person does not read stacks");
      assert.equal(out, "");
    });
  }
});

describe("polykind, where nothing can run", () => {
  test("names the kubeconfig that is missing", async () => {
    const { code, err } = await Cli.run(["run", "--plugins", PLUGINS, "--kubeconfig", join(folder, "missing")]);
    assert.equal(code, 1);
    assert.match(err, /cannot .*kubeconfig.*missing/);
  });

  test("names the server that does not answer, and why", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as { readonly port: number }; // It listens on a port.
    await new Promise((done) => server.close(done));
    const kubeconfig = await file(
      "unreachable.yaml",
      `{apiVersion: v1, kind: Config, current-context: x, clusters: [{name: x, cluster: {server: "https://127.0.0.1:${port}"}}], users: [{name: x, user: {token: very-secret}}], contexts: [{name: x, context: {cluster: x, user: x}}]}`,
    );
    const { code, err } = await Cli.run(["run", "--plugins", PLUGINS, "--kubeconfig", kubeconfig]);
    assert.equal(code, 1);
    assert.match(err, new RegExp(`127\\.0\\.0\\.1:${port}.*refused`));
    assert.doesNotMatch(err, /very-secret/);
  });

  test("says that no plugin could be loaded, and of each why", async () => {
    const [broken, throwing, other] = await Promise.all([
      file("broken.ts", "export default {{"),
      file("throwing.ts", 'throw new Error("not today");'),
      file("other-host.ts", counter("^9.0")),
    ]);
    const { code, err } = await Cli.run([
      ...SANDBOX,
      "--plugins",
      broken,
      "--plugins",
      throwing,
      "--plugins",
      other,
      "--plugins",
      join(folder, "absent.ts"),
    ]);
    assert.equal(code, 1);
    assert.match(err, /broken\.ts/);
    assert.match(err, /not today/);
    assert.match(err, /\^9\.0.*1\.0\.0/);
    assert.match(err, /absent\.ts/);
    assert.match(err, /no plugin of .* could be loaded/);
  });

  test("says that there is no manager to ask, and how to start one", async () => {
    const { code, err } = await Cli.run(["get", "kinds", "--endpoint", "127.0.0.1:1"]);
    assert.equal(code, 1);
    assert.match(err, /cannot reach a manager at http:\/\/127\.0\.0\.1:1: .*polykind run.*--endpoint/);
  });

  test("asks an old Node to make room before it loads anything", async () => {
    const old = await file("old-node.mjs", 'Object.defineProperty(process.versions, "node", { value: "20.20.2" });');
    const { code, err } = await Cli.run(["version"], { env: { NODE_OPTIONS: `--import=${old}` } });
    assert.equal(code, 1);
    assert.match(err, /^polykind needs Node .*20\.20\.2/);
  });
});

describe("polykind run --sandbox", () => {
  test("goes on past a broken document and a broken plugin, shows its kinds, and ends in order", async () => {
    const crds = await file("crds.yaml", `${crd("Ball")}\n---\n{{ broken\n---\n${crd("Box")}\n`);
    const objects = await file(
      "objects.ndjson",
      '{"source":"here","object":{"apiVersion":"x.example.com/v1","kind":"Ball","metadata":{"name":"red"}}}\n{"apiVersion":"y/v1","kind":"Nothing","metadata":{"name":"n"}}\n',
    );
    const [good, bad] = await Promise.all([file("counter.ts", counter()), file("bad.ts", "nonsense(")]);
    await using cli = Cli.start([...SANDBOX, "--crds", crds, "--objects", objects, "--plugins", good, "--plugins", bad]);
    const [, endpoint = ""] = await cli.said(/endpoint http:\/\/(\S+):/);
    await cli.said(/running: 2 kinds, 1 plugin\n/);
    assert.match(cli.err, /refused .*crds\.yaml.*document 2/);
    assert.match(cli.err, /refused .*objects\.ndjson line 2.*no kind "Nothing"/);
    assert.match(cli.err, /bad\.ts/);

    let kinds: readonly KindReport[] = [];
    do
      ({ kinds } = JSON.parse((await Cli.run(["get", "kinds", "-o", "json", "--endpoint", endpoint])).out) as {
        kinds: readonly KindReport[];
      });
    while (!kinds.every(({ state, objects: count }) => state === "Running" && count !== undefined));
    assert.deepEqual(
      kinds.map(({ name, objects: count, version, runs }) => [name, count, version, runs.map(({ plugin }) => plugin)]),
      [
        ["Ball.x.example.com", 1, "v1", ["counter"]],
        ["Box.x.example.com", 0, "v1", ["counter"]],
      ],
    );
    const { code, err } = await cli.stop("SIGTERM");
    assert.equal(code, 0);
    assert.match(err, /stopped\n$/);
  });

  test("ends a watch of its kinds when it ends itself", async () => {
    const good = await file("counter.ts", counter());
    await using cli = Cli.start([...SANDBOX, "--crds", await file("one.json", crd("Ball")), "--plugins", good]);
    const [, endpoint = ""] = await cli.said(/endpoint http:\/\/(\S+):/);
    await using watching = Cli.start(["get", "kinds", "-w", "-o", "name", "--endpoint", endpoint]);
    await watching.said(/Ball\.x\.example\.com/);
    await cli.stop("SIGINT");
    const { code, err } = await watching.ended;
    assert.equal(code, 1);
    assert.match(err, /the manager at .* has ended/);
  });

  test("ends at once at the second signal", async () => {
    const stubborn = `
import { definePlugin } from "@polykind/plugin";
export default definePlugin({
  name: "stubborn", engines: { polykind: "^1.0" }, manages: { selector: {} }, shared: true,
  setup: () => ({ reconcile: (object, { log }) => { log.error("it has begun"); return new Promise(() => {}); } }),
});`;
    const objects = await file("ball.json", '{"apiVersion":"x.example.com/v1","kind":"Ball","metadata":{"name":"red"}}');
    await using cli = Cli.start([
      ...SANDBOX,
      "--crds",
      await file("one.json", crd("Ball")),
      "--objects",
      objects,
      "--plugins",
      await file("stubborn.ts", stubborn),
    ]);
    await cli.said(/it has begun/);
    void cli.stop("SIGTERM");
    await cli.said(/SIGTERM: finishing/);
    assert.equal((await cli.stop("SIGTERM")).code, 128 + 15);
  });

  test("does not fall over when nobody reads what it prints", async () => {
    await using cli = Cli.start(["--help"]);
    cli.closeOutput();
    const { code, err } = await cli.ended;
    assert.deepEqual([code, err], [0, ""]);
  });
});
