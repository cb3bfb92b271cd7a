import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ConfigFolder, is, kubeconfig } from "./support/kubeconfig.ts";

let folder: ConfigFolder;
before(async () => {
  folder = await ConfigFolder.make();
  await folder.write("plugin", `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > told\necho '{"status":{"token":"t"}}'\n`, 0o700);
});
after(() => folder[Symbol.asyncDispose]());

async function told(cluster: object): Promise<unknown> {
  const exec = { command: "sh", args: ["-c", `cd "${folder.path}" && ./plugin`], provideClusterInfo: true };
  await (await folder.load(kubeconfig({ cluster, user: { exec } }), { env: { PATH: process.env["PATH"] } })).grant();
  const { spec } = JSON.parse(await readFile(join(folder.path, "told"), "utf8")) as { spec: { cluster: unknown } };
  return spec.cluster;
}

describe("what an exec plugin is told of the cluster", () => {
  const server = "https://10.0.0.1:6443";
  for (const { why, cluster, says } of [
    { why: "its server and no more where there is no more", cluster: {}, says: {} },
    {
      why: "authorities that are in a file, as text",
      cluster: { "certificate-authority": "ca" },
      says: { "certificate-authority-data": "Q0E=" },
    },
    {
      why: "authorities that are in the kubeconfig",
      cluster: { "certificate-authority-data": "Q0E=" },
      says: { "certificate-authority-data": "Q0E=" },
    },
    {
      why: "how to get there",
      cluster: { "proxy-url": "http://p:1", "tls-server-name": "api", "insecure-skip-tls-verify": true, "disable-compression": true },
      says: { "proxy-url": "http://p:1", "tls-server-name": "api", "insecure-skip-tls-verify": true, "disable-compression": true },
    },
    { why: "a proxy with its scheme", cluster: { "proxy-url": "p:1" }, says: { "proxy-url": "http://p:1" } },
    {
      why: "what the cluster says for plugins",
      cluster: {
        extensions: [null, { name: "other", extension: 1 }, { name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }],
      },
      says: { config: { audience: "x" } },
    },
  ]) {
    test(`is ${why}`, async () => {
      await folder.write("ca", "CA");
      assert.deepEqual(await told(cluster), { server, ...says });
    });
  }

  test("cannot be told when the file of authorities is not there", async () => {
    await assert.rejects(told({ "certificate-authority": "absent" }), is("CONFIG_INVALID", /"dev"/, /absent/));
  });
});
