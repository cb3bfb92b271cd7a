import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { loadCredentials } from "@polykind/client";
import { ManualClock } from "@polykind/testing";
import { is, kubeconfig } from "./support/kubeconfig.ts";

let folder: string;
let file: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "polykind-"));
});
after(() => rm(folder, { recursive: true }));
beforeEach(() => {
  file = join(folder, "config");
});

async function load(text: string, options: Parameters<typeof loadCredentials>[0] = {}) {
  await writeFile(file, text);
  return loadCredentials({ kubeconfig: file, env: {}, ...options });
}

describe("loadCredentials", () => {
  test("reads YAML, as people keep it", async () => {
    const credentials = await load(`
current-context: dev
clusters: [{ name: c, cluster: { server: https://example.com/k8s/, insecure-skip-tls-verify: true, tls-server-name: other } }]
users:
- name: u
  user: { token: t0ken }
contexts:
- { name: dev, context: { cluster: c, user: u } }
`);
    const { headers, tls } = await credentials.grant();
    assert.deepEqual([credentials.server.href, headers], ["https://example.com/k8s", { authorization: "Bearer t0ken" }]);
    assert.deepEqual(tls, { servername: "other", rejectUnauthorized: false });
  });

  for (const { why, user, headers } of [
    { why: "a user and a password", user: { username: "a", password: "b" }, headers: { authorization: "Basic YTpi" } },
    { why: "nothing for an anonymous user", user: {}, headers: {} },
    {
      why: "whom to act as",
      user: { token: "t", as: "system:x", "as-groups": ["g1", "g2"], "as-uid": "7" },
      headers: { authorization: "Bearer t", "impersonate-user": "system:x", "impersonate-group": ["g1", "g2"], "impersonate-uid": "7" },
    },
  ]) {
    test(`sends ${why}`, async () => assert.deepEqual((await (await load(kubeconfig({ user }))).grant()).headers, headers));
  }

  test("takes certificates from the file, as bytes", async () => {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const text = kubeconfig({
      cluster: { "certificate-authority-data": base64("ca") },
      user: { "client-certificate-data": base64("cert"), "client-key-data": base64("key") },
    });
    const { tls } = await (await load(text)).grant();
    assert.deepEqual([tls.ca, tls.cert, tls.key].map(String), ["ca", "cert", "key"]);
    assert.equal(tls.rejectUnauthorized, true);
  });

  test("hands out the same grant while nothing changes, so that sessions are kept", async () => {
    const credentials = await load(kubeconfig({ user: { token: "t" } }));
    assert.equal(await credentials.grant(), await credentials.grant());
    assert.equal(await credentials.renew(await credentials.grant()), undefined);
  });

  test("takes up a rotated token within 60 s, and at once when the server refused the old one", async () => {
    const clock = new ManualClock();
    await writeFile(join(folder, "token"), "one\n");
    const credentials = await load(kubeconfig({ user: { tokenFile: "token" } }), { clock });
    const first = await credentials.grant();
    assert.equal(first.headers["authorization"], "Bearer one");
    await writeFile(join(folder, "token"), "two");
    await utimes(join(folder, "token"), 1, 1);
    await clock.advance(59_000);
    assert.equal(await credentials.grant(), first);
    await clock.advance(1_000);
    const second = await credentials.grant();
    assert.equal(second.headers["authorization"], "Bearer two");
    assert.equal(second.tls, first.tls, "the connection is good for the new token");
    await writeFile(join(folder, "token"), "three");
    await utimes(join(folder, "token"), 2, 2);
    assert.equal((await credentials.renew(second))?.headers["authorization"], "Bearer three");
  });

  test("reads a refused token anew although its file looks the same, as after two writes within a tick of the file system", async () => {
    const token = join(folder, "token");
    const write = async (text: string): Promise<void> => {
      await writeFile(token, text);
      await utimes(token, 1, 1);
    };
    await write("one");
    const credentials = await load(kubeconfig({ user: { tokenFile: "token" } }));
    const first = await credentials.grant();
    await write("two");
    assert.equal((await credentials.renew(first))?.headers["authorization"], "Bearer two");
  });

  test("takes up a rotated certificate and authority as another TLS identity", async () => {
    const clock = new ManualClock();
    for (const name of ["ca", "cert", "key"]) await writeFile(join(folder, name), `${name} one`);
    const user = { "client-certificate": "cert", "client-key": "key" };
    const credentials = await load(kubeconfig({ cluster: { "certificate-authority": "ca" }, user }), { clock });
    const first = await credentials.grant();
    for (const name of ["ca", "cert", "key"]) {
      await writeFile(join(folder, name), `${name} two!`);
      await clock.advance(60_000);
      const next = await credentials.grant();
      assert.notEqual(next.tls, first.tls);
    }
    const { tls } = await credentials.grant();
    assert.deepEqual([tls.ca, tls.cert, tls.key].map(String), ["ca two!", "cert two!", "key two!"]);
  });

  test("keeps what it has read while a rotation has taken the file away", async () => {
    const clock = new ManualClock();
    await writeFile(join(folder, "token"), "one");
    const credentials = await load(kubeconfig({ user: { tokenFile: "token" } }), { clock });
    await rm(join(folder, "token"));
    await clock.advance(60_000);
    assert.equal((await credentials.grant()).headers["authorization"], "Bearer one");
  });

  test("takes a server without a scheme for one that speaks TLS", async () => {
    assert.equal((await load(kubeconfig({ cluster: { server: "localhost:8443" } }))).server.href, "https://localhost:8443/");
  });

  test("takes the context that is asked for", async () => {
    const text = JSON.parse(kubeconfig()) as { contexts: object[]; clusters: object[] };
    text.contexts.push({ name: "other", context: { cluster: "d", user: "u" } });
    text.clusters.push({ name: "d", cluster: { server: "https://other" } });
    assert.equal((await load(JSON.stringify(text), { context: "other" })).server.host, "other");
  });

  test("takes several files together as kubectl does: the first entry of a name holds, files that are not there are passed over", async () => {
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    await writeFile(one, JSON.stringify({ clusters: [{ name: "c", cluster: { server: "https://first" } }] }));
    await writeFile(two, kubeconfig({ user: { token: "t" } }));
    const credentials = await loadCredentials({ env: { KUBECONFIG: [one, join(folder, "absent"), two].join(":") } });
    assert.equal(credentials.server.host, "first");
    assert.equal((await credentials.grant()).headers["authorization"], "Bearer t");
  });

  test("takes ~/.kube/config where KUBECONFIG names none", async () => {
    await mkdir(join(folder, ".kube"), { recursive: true });
    await writeFile(join(folder, ".kube/config"), kubeconfig({ name: "home" }));
    assert.match((await loadCredentials({ env: { HOME: folder } })).source, /"home"/);
  });

  test("takes the service account of the pod that it runs in", async () => {
    await writeFile(join(folder, "token"), "pod");
    await writeFile(join(folder, "ca.crt"), "ca");
    await writeFile(join(folder, "namespace"), "mine\n");
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443", HOME: "/nowhere" };
    const credentials = await loadCredentials({ inCluster: true, env, serviceAccountDirectory: folder });
    assert.deepEqual([credentials.server.href, credentials.namespace], ["https://[fd00::1]/", "mine"]);
    const { headers, tls } = await credentials.grant();
    assert.deepEqual([headers["authorization"], String(tls.ca)], ["Bearer pod", "ca"]);
  });

  test("takes the proxy of the cluster, else that of the environment", async () => {
    const env = { HTTPS_PROXY: "http://env:1" };
    assert.equal((await load(kubeconfig({ cluster: { "proxy-url": "http://own:2" } }), { env })).proxy?.host, "own:2");
    assert.equal((await load(kubeconfig(), { env })).proxy?.host, "env:1");
  });
});

describe("a configuration that cannot be used", () => {
  for (const { why, text, options, says } of [
    { why: "is no YAML", text: "a: [\n  secret: hunter2", says: [/config/] },
    { why: "is no mapping", text: "just text", says: [/no mapping/] },
    { why: "has no current context", text: kubeconfig({ name: "" }), says: [/no current-context/] },
    { why: "does not have the context asked for", text: kubeconfig(), options: { context: "prod" }, says: [/"prod"/, /there are: dev/] },
    {
      why: "names a cluster that is not there",
      text: kubeconfig().replace('"cluster":"c"', '"cluster":"x"'),
      says: [/"dev"/, /cluster "x"/],
    },
    { why: "names a user that is not there", text: kubeconfig().replace('"user":"u"', '"user":"x"'), says: [/"dev"/, /user "x"/] },
    { why: "has a cluster without a server", text: kubeconfig({ cluster: { server: "" } }), says: [/"c"/, /no server/] },
    { why: "names a server that is no URL", text: kubeconfig({ cluster: { server: "https://" } }), says: [/"dev"/, /no URL/] },
    {
      why: "names a proxy of a kind that is not supported, whose password stays out of the message",
      text: kubeconfig({ cluster: { "proxy-url": "socks5://u:hunter2@p" } }),
      says: [/proxy-url/, /"socks5" is not supported/],
    },
    {
      why: "names a certificate that is not there",
      text: kubeconfig({ user: { "client-certificate": "no.crt", "client-key": "no.key" } }),
      says: [/"dev"/, /no\.crt/],
    },
    {
      why: "names an authority that is not there",
      text: kubeconfig({ cluster: { "certificate-authority": "no.ca" } }),
      says: [/"dev"/, /no\.ca/],
    },
    { why: "names a token file that is not there", text: kubeconfig({ user: { tokenFile: "no-token" } }), says: [/"dev"/, /no-token/] },
  ]) {
    test(`${why}: CONFIG_INVALID, naming file and reason`, async () => {
      await assert.rejects(load(text, options), (error: Error) => {
        assert.doesNotMatch(error.message, /hunter2/);
        return is("CONFIG_INVALID", new RegExp(file), ...says)(error);
      });
    });
  }

  test("has no current-context: says how to set one", async () => {
    const text = JSON.parse(kubeconfig()) as Record<string, unknown>;
    delete text["current-context"];
    await assert.rejects(load(JSON.stringify(text)), is("CONFIG_INVALID", /current-context/, /use-context/));
  });

  test("is not there: names the file", async () => {
    await assert.rejects(loadCredentials({ kubeconfig: join(folder, "absent") }), is("CONFIG_INVALID", /absent/, /no such file/));
  });

  test("is not there anywhere: says where it was looked for", async () => {
    const env = { HOME: "/nowhere" };
    await assert.rejects(
      loadCredentials({ env, serviceAccountDirectory: "/nowhere" }),
      is("CONFIG_INVALID", /KUBECONFIG/, /pass a kubeconfig/),
    );
  });

  test("is that of a pod where there is none", async () => {
    await assert.rejects(loadCredentials({ env: {}, inCluster: true }), is("CONFIG_INVALID", /KUBERNETES_SERVICE_HOST/));
  });
});
