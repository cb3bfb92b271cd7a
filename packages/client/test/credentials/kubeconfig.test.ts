import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { loadCredentials } from "@polykind/client";
import { ConfigFolder, is, kubeconfig, kubeconfigOf } from "./support/kubeconfig.ts";

let folder: ConfigFolder;
before(async () => {
  folder = await ConfigFolder.make();
});
after(() => folder[Symbol.asyncDispose]());

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

describe("a kubeconfig that is no YAML", () => {
  for (const { why, password, says } of [
    { why: "an alias", password: "*hunter2", says: /begins with \*/ },
    { why: "a tag", password: "!hunter2 x", says: /begins with !/ },
    { why: "a tag of a handle that is not declared", password: "!hunter2!x y", says: /begins with !/ },
    { why: "what no plain value begins with", password: "@hunter2", says: /quotes/ },
    { why: "a block that is none", password: "|hunter2", says: /not YAML/ },
    { why: "a bracket that is not closed", password: "{hunter2", says: /not YAML/ },
    { why: "a quote that is not closed", password: '"hunter2', says: /not YAML/ },
  ]) {
    test(`since a password is read as ${why}, is told by line and column, without the password`, async () => {
      const text = `current-context: dev\nusers:\n- name: u\n  user:\n    password: ${password}\n`;
      await assert.rejects(folder.load(text), (error) => {
        assert.doesNotMatch(inspect(error, { showHidden: true, depth: 9 }), /hunter2/);
        return is("CONFIG_INVALID", /config: line [56], column \d+: /, says)(error);
      });
    });
  }
});

describe("a kubeconfig that kubectl takes is taken", () => {
  test("with files that are empty or have only comments, before and after", async () => {
    const good = await folder.write("good", kubeconfig());
    for (const [name, text] of [
      ["empty", ""],
      ["comment", "# nothing yet\n"],
      ["null", "---\n"],
    ] as const) {
      const other = await folder.write(name, text);
      for (const files of [`${other}:${good}`, `${good}:${other}`])
        assert.equal((await loadCredentials({ env: { KUBECONFIG: files } })).server.host, "10.0.0.1:6443");
    }
  });

  for (const { why, list, entry } of [
    { why: "a context without a cluster", list: "contexts", entry: { name: "x", context: { namespace: "y" } } },
    { why: "a context that is empty", list: "contexts", entry: { name: "x", context: null } },
    { why: "a context without a name", list: "contexts", entry: { context: { cluster: "c" } } },
    { why: "a cluster whose server is empty", list: "clusters", entry: { name: "x", cluster: { server: "" } } },
    { why: "a cluster whose server is a number", list: "clusters", entry: { name: "x", cluster: { server: 1 } } },
    { why: "a cluster that is empty", list: "clusters", entry: null },
    { why: "a user without a name", list: "users", entry: { user: {} } },
  ] as const) {
    test(`with ${why} that is not chosen`, async () => {
      const config = kubeconfigOf();
      config[list].unshift(entry);
      assert.equal((await folder.load(JSON.stringify(config))).server.host, "10.0.0.1:6443");
    });
  }

  test("with an empty tls-server-name, which is none", async () => {
    const { tls } = await (await folder.load(kubeconfig({ cluster: { "tls-server-name": "" } }))).grant();
    assert.deepEqual(tls, { rejectUnauthorized: true });
  });

  for (const { why, user } of [
    { why: "its key as text", user: { "client-certificate": "half", "client-key-data": base64("key") } },
    { why: "its certificate as text", user: { "client-certificate-data": base64("cert"), "client-key": "half" } },
    {
      why: "both as text, which outranks files",
      user: { "client-certificate": "x", "client-key": "y", "client-certificate-data": base64("cert"), "client-key-data": base64("key") },
    },
  ]) {
    test(`with a client certificate and ${why}`, async () => {
      await folder.write("half", "client-certificate" in user ? "cert" : "key");
      const { tls } = await (await folder.load(kubeconfig({ user }))).grant();
      assert.deepEqual([tls.cert, tls.key].map(String), ["cert", "key"]);
    });
  }

  test("with an authority as text, which outranks a file", async () => {
    const cluster = { "certificate-authority": "absent", "certificate-authority-data": base64("ca") };
    assert.equal(String((await (await folder.load(kubeconfig({ cluster }))).grant()).tls.ca), "ca");
  });

  test("with a proxy-url without a scheme, which is http as in the environment", async () => {
    assert.equal((await folder.load(kubeconfig({ cluster: { "proxy-url": "proxy:3128" } }))).proxy?.href, "http://proxy:3128/");
  });

  test("with an IPv6 address without a scheme", async () => {
    assert.equal((await folder.load(kubeconfig({ cluster: { server: "[fd00::1]:6443" } }))).server.href, "https://[fd00::1]:6443/");
  });
});

describe("what is missing of the chosen context is told", () => {
  for (const { why, config, says } of [
    { why: "its cluster", config: { ...kubeconfigOf(), contexts: [{ name: "dev", context: null }] }, says: [/"dev" names no cluster/] },
    {
      why: "the server of its cluster",
      config: { ...kubeconfigOf(), clusters: [{ name: "c", cluster: null }] },
      says: [/"c"/, /"dev"/, /no server/],
    },
    { why: "the key of its certificate", config: kubeconfigOf({ user: { "client-certificate": "x" } }), says: [/"dev"/, /"u"/, /no key/] },
  ]) {
    test(why, async () => {
      await assert.rejects(folder.load(JSON.stringify(config)), is("CONFIG_INVALID", /config/, ...says));
    });
  }

  for (const [why, env] of [
    ["an empty host", { KUBERNETES_SERVICE_HOST: "", KUBERNETES_SERVICE_PORT: "443" }],
    ["an empty port", { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "" }],
    ["a port that is none", { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "http" }],
  ] as const) {
    test(`of a pod that has ${why}`, async () => {
      await assert.rejects(loadCredentials({ inCluster: true, env }), is("CONFIG_INVALID", /KUBERNETES_SERVICE_HOST/));
    });
  }
});
