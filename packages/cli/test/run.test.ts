import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { Cli } from "../../../test/support/cli.ts";

const CLI = resolve(import.meta.dirname, "../bin/polykind.js");
const SANDBOX = ["run", "--sandbox", "--endpoint", ":0", "--log-level", "error", "--log-format", "json"] as const;

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "polykind-run-"))));
after(() => rm(folder, { recursive: true, force: true }));

/** Writes a file and tells its path. */
async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** A plugin that manages one kind of `x.example.com`, and does this with each object. */
const plugin = (name: string, kind: string, body: string): Promise<string> =>
  file(
    `${name}.ts`,
    `import { definePlugin } from "@polykind/plugin";
export default definePlugin({
  name: "${name}", engines: { polykind: "^1.0" }, manages: { group: "x.example.com", kind: "${kind}" },
  setup: () => ({ async reconcile(object, { log, client }) { ${body}; return undefined; } }),
});`,
  );

/** A CRD and one object of each kind, in files. */
async function world(...kinds: readonly string[]): Promise<readonly string[]> {
  const crds = kinds.map((kind) => {
    const plural = `${kind.toLowerCase()}s`;
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const versions = [{ name: "v1", served: true, storage: true, schema }];
    const spec = { group: "x.example.com", scope: "Namespaced", names: { plural, kind }, versions };
    return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.x.example.com` }, spec };
  });
  const objects = kinds.map((kind) => ({ apiVersion: "x.example.com/v1", kind, metadata: { name: "one" } }));
  return [
    "--crds",
    await file(`${kinds.join("-")}-crds.json`, JSON.stringify(crds)),
    "--objects",
    await file(`${kinds.join("-")}-objects.json`, JSON.stringify(objects)),
  ];
}

const kubeconfigIn = (err: string): string => /kubectl --kubeconfig (\S+)/.exec(err)?.[1] ?? "";

describe("polykind run, beside a plugin that leaves a failure to itself", () => {
  for (const { why, body, says } of [
    { why: "a promise that is not awaited", body: "(async () => { throw new Error('stray'); })()", says: /plugin bad failed.*/ },
    { why: "a timer that throws", body: "setTimeout(() => { throw new Error('stray'); })", says: /plugin bad failed.*/ },
    {
      why: "a call to the API server that is not awaited",
      body: "client.apply({ apiVersion: 'no.example.com/v1', kind: 'Stray', metadata: { name: 'x' } })",
      says: /nobody waited for its answer.*/,
    },
  ]) {
    test(`goes on with every kind, and says whose it is: ${why}`, async () => {
      const [bad, good] = await Promise.all([
        plugin("bad", "Ball", body),
        plugin(
          "good",
          "Box",
          "if (object.spec?.again) log.error('good goes on'); else await client.patch(object, { spec: { again: true } })",
        ),
      ]);
      await using cli = Cli.start([...SANDBOX, "--plugins", bad, "--plugins", good, ...(await world("Ball", "Box"))]);
      await cli.said(says);
      assert.match(cli.err, /"cause":"[^"]*[sS]tray/);
      await cli.said(/good goes on/);
      const { code, err } = await cli.stop("SIGTERM");
      assert.deepEqual([code, existsSync(dirname(kubeconfigIn(err)))], [0, false]);
    });
  }

  test("ends with 1, and without the sandbox's kubeconfig, when what failed leads to no plugin", async () => {
    const bad = await plugin("bad", "Ball", "Promise.reject('a text has no stack')");
    const { code, err } = await Cli.run([...SANDBOX, "--plugins", bad, ...(await world("Ball"))]);
    assert.equal(code, 1);
    assert.match(err, /^polykind: cannot go on: .*\na text has no stack$/m);
    assert.equal(existsSync(dirname(kubeconfigIn(err))), false);
  });
});

describe("polykind run, stopped before it runs", { skip: process.platform === "win32" ? "Windows has no such signals" : false }, () => {
  test("ends in order while a file of objects waits for its writer", async () => {
    const fifo = join(folder, "fifo.yaml");
    execFileSync("/bin/sh", ["-c", 'mkfifo "$0"', fifo]);
    await using cli = Cli.start([...SANDBOX, "--plugins", await plugin("good", "Ball", ""), "--crds", fifo]);
    await cli.said(/API server/);
    const { code, err } = await cli.stop("SIGTERM");
    assert.equal(code, 0, err);
    assert.match(err, /\nstopped\n$/);
    assert.equal(existsSync(dirname(kubeconfigIn(err))), false);
  });

  test("ends in order while a plugin does not finish loading", async () => {
    const slow = await file(
      "slow.ts",
      "console.error('loading'); setInterval(() => {}, 1000); await new Promise(() => {}); export default 1;",
    );
    await using cli = Cli.start([...SANDBOX, "--plugins", slow]);
    await cli.said(/loading/);
    const { code, err } = await cli.stop("SIGINT");
    assert.deepEqual([code, err.endsWith("\nstopped\n")], [0, true], err);
  });

  test("ends in order while a server does not answer", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as { readonly port: number }; // It listens on a port.
    const connected = new Promise<void>((resolve) =>
      server.once("connection", (socket) => {
        socket.on("error", () => {});
        resolve();
      }),
    );
    const kubeconfig = await file(
      "mute.yaml",
      `{apiVersion: v1, kind: Config, current-context: x, clusters: [{name: x, cluster: {server: "https://127.0.0.1:${port}"}}], users: [{name: x, user: {token: t}}], contexts: [{name: x, context: {cluster: x, user: x}}]}`,
    );
    await using cli = Cli.start(["run", "--kubeconfig", kubeconfig, "--plugins", await plugin("good", "Ball", "")]);
    await connected;
    const { code, err } = await cli.stop("SIGTERM");
    server.close();
    assert.deepEqual([code, err.endsWith("\nstopped\n")], [0, true], err);
  });
});

describe("polykind run --sandbox", () => {
  test("ends at the first signal although a plugin has left a timer", async () => {
    const left = await plugin("left", "Ball", "setInterval(() => {}, 1000); log.error('left')");
    await using cli = Cli.start([...SANDBOX, "--plugins", left, ...(await world("Ball"))]);
    await cli.said(/"message":"left"/);
    assert.equal((await cli.stop("SIGTERM")).code, 0);
  });

  test("leaves no kubeconfig when a second signal ends it", async () => {
    const stubborn = await plugin("stubborn", "Ball", "log.error('begun'); await new Promise(() => {})");
    await using cli = Cli.start([...SANDBOX, "--plugins", stubborn, ...(await world("Ball"))]);
    await cli.said(/"message":"begun"/);
    void cli.stop("SIGTERM"); // The second one is waited for.
    await cli.said(/SIGTERM: finishing/);
    const { code, err } = await cli.stop("SIGTERM");
    assert.deepEqual([code, existsSync(dirname(kubeconfigIn(err)))], [128 + 15, false]);
  });

  test("goes on, and ends in order, when nobody reads what it says any more", async () => {
    const child = spawn(process.execPath, [CLI, ...SANDBOX, "--plugins", await plugin("good", "Ball", ""), ...(await world("Ball"))], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    for await (const text of child.stderr.setEncoding("utf8")) {
      err += String(text);
      // Leaving the loop closes the pipe.
      if (err.includes("running: ")) break;
    }
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    assert.deepEqual([code, existsSync(dirname(kubeconfigIn(err)))], [0, false]);
  });

  test("does not touch a kubeconfig that is not its own", async () => {
    const theirs = await file("theirs", "current-context: prod\n");
    const { code, err } = await Cli.run([...SANDBOX, "--plugins", folder, "--sandbox-kubeconfig", theirs]);
    assert.equal(code, 1);
    assert.match(err, /cannot write the sandbox's kubeconfig to .*theirs: another file is there/);
    assert.equal(readFileSync(theirs, "utf8"), "current-context: prod\n");
  });

  test("says how `get` finds an endpoint that is not the usual one", async () => {
    await using cli = Cli.start([...SANDBOX, "--plugins", await plugin("good", "Ball", ""), ...(await world("Ball"))]);
    const [, address, flag] = await cli.said(/endpoint http:\/\/(\S+): try `polykind get kinds --endpoint (\S+)`/);
    assert.equal(flag, address);
    await cli.said(/running: 1 kind, 1 plugin\n/);
  });

  test("names the place of a document that it refuses once, and nothing that has no name", async () => {
    const objects = await file("bad.yaml", "a: [b\n---\napiVersion: x/v1\nkind: Nothing\n---\na: 1\n");
    await using cli = Cli.start([...SANDBOX, "--plugins", await plugin("good", "Ball", ""), "--objects", objects]);
    await cli.said(/objects: 0 loaded, 3 refused/);
    const [broken = "", nameless = "", nothing = ""] = cli.err.split("\n").filter((line) => line.startsWith("refused "));
    assert.equal(broken.split("bad.yaml").length, 2, broken);
    assert.match(nameless, /: Nothing: no kind/);
    assert.match(nothing, /\): no kind/);
  });

  test("says that a folder holds no plugin", async () => {
    mkdirSync(join(folder, "empty"));
    const { code, err } = await Cli.run([...SANDBOX, "--plugins", join(folder, "empty")]);
    assert.equal(code, 1);
    assert.match(err, /cannot find a plugin in \S+empty: it has no/);
  });

  test("says that its port is taken, and how to choose another", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as { readonly port: number }; // It listens on a port.
    const { code, err } = await Cli.run([...SANDBOX, "--plugins", folder, "--sandbox-port", String(port)]);
    server.close();
    assert.equal(code, 1);
    assert.match(err, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: the port is taken.*--sandbox-port`));
  });
});

describe("polykind run, called wrongly", () => {
  for (const { why, args, says } of [
    {
      why: "names the flag that it does not know before the one that is missing",
      args: ["--plugin", "x"],
      says: /unknown option '--plugin'/,
    },
    { why: "asks for plugins", args: [], says: /cannot run without plugins: .*--plugins/ },
    { why: "takes no empty name for the folder it stands in", args: ["--plugins", ""], says: /--plugins.*must not be empty/ },
    {
      why: "says where a cluster listens",
      args: ["--plugins", "x", "--sandbox-port", "1"],
      says: /--sandbox-port without --sandbox: a cluster listens/,
    },
    {
      why: "says where the kubeconfig of a cluster is",
      args: ["--plugins", "x", "--sandbox-kubeconfig", "x"],
      says: /--sandbox-kubeconfig without --sandbox: a cluster has a kubeconfig/,
    },
  ]) {
    test(why, async () => {
      const { code, err } = await Cli.run(["run", ...args]);
      assert.equal(code, 2);
      assert.match(err, says);
    });
  }
});
