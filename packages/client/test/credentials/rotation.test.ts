import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openClient } from "@polykind/client";
import { ManualClock } from "@polykind/testing";
import { makeCertificate } from "../support/certificate.ts";
import { json, ScriptedServer } from "../support/scripted-server.ts";
import { ConfigFolder, kubeconfig } from "./support/kubeconfig.ts";

let folder: ConfigFolder;
before(async () => {
  folder = await ConfigFolder.make();
});
after(() => folder[Symbol.asyncDispose]());

describe("a client certificate that is read amid its rotation", () => {
  const [old, next] = [makeCertificate(), makeCertificate()];
  for (const { why, cert, key } of [
    { why: "with the certificate new and the key old", cert: next.cert, key: old.key },
    { why: "with the certificate written half", cert: next.cert.slice(0, 200), key: old.key },
    { why: "with the key emptied", cert: next.cert, key: "" },
  ]) {
    test(`${why} is read again for the next request`, async () => {
      await using server = await ScriptedServer.start();
      server.script = (_, response) => json(response, 200, { gitVersion: "v1" });
      const clock = new ManualClock();
      await folder.write("cert", old.cert);
      await folder.write("key", old.key);
      const cluster = { server: server.url.href, "certificate-authority-data": Buffer.from(server.certificate.ca).toString("base64") };
      const text = kubeconfig({ cluster, user: { "client-certificate": "cert", "client-key": "key" } });
      const credentials = await folder.load(text, { clock });
      await clock.advance(60_000);
      await folder.write("cert", cert);
      await folder.write("key", key);
      await credentials.grant();
      await folder.write("cert", next.cert);
      await folder.write("key", next.key);
      await using client = openClient({ credentials });
      assert.equal(await client.serverVersion({ timeoutMs: 2_000 }), "v1");
    });
  }
});
