import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openClient } from "@polykind/client";
import { json, ScriptedServer } from "../support/scripted-server.ts";
import { ConfigFolder, is, kubeconfig } from "./support/kubeconfig.ts";

let folder: ConfigFolder;
before(async () => {
  folder = await ConfigFolder.make();
});
after(() => folder[Symbol.asyncDispose]());

describe("whom a user acts as", () => {
  for (const protocol of ["h2", "h1", "plain"] as const) {
    test(`reaches the server in UTF-8 over ${protocol}, since other bytes are another user`, async () => {
      await using server = await ScriptedServer.start({ protocol });
      const seen: unknown[] = [];
      server.script = ({ headers }, response) => {
        const { "impersonate-user": user, "impersonate-group": groups, "impersonate-extra-a%2fb%c3%9c": extra } = headers;
        for (const value of [user, groups, extra]) seen.push(Buffer.from(String(value), "latin1").toString("utf8"));
        json(response, 200, { gitVersion: "v1" });
      };
      const user = { as: "Łukasz müller 𝄞", "as-groups": ["größer"], "as-user-extra": { "A/bÜ": ["é"] } };
      const cluster = { server: server.url.href, "certificate-authority-data": Buffer.from(server.certificate.ca).toString("base64") };
      await using client = openClient({ credentials: await folder.load(kubeconfig({ user, cluster })) });
      await client.serverVersion();
      assert.deepEqual(seen, ["Łukasz müller 𝄞", "größer", "é"]);
    });
  }

  test("is sent with what more is known of the user, keys as client-go writes them", async () => {
    const extra = { Scopes: ["view"], scopes: ["edit"], "example.com/a b": ["x"], "100%": ["y"], none: [], "": ["z"] };
    const credentials = await folder.load(kubeconfig({ user: { as: "eve", "as-user-extra": extra } }));
    assert.deepEqual((await credentials.grant()).headers, {
      "impersonate-user": "eve",
      "impersonate-extra-scopes": ["view", "edit"],
      "impersonate-extra-example.com%2fa%20b": ["x"],
      "impersonate-extra-100%25": ["y"],
      "impersonate-extra-": ["z"],
    });
  });

  for (const { why, user, says } of [
    { why: "a line that ends within a name", user: { as: "eve\r\nimpersonate-group: system:masters" }, says: /value of as has control/ },
    { why: "a line that ends within a group", user: { as: "eve", "as-groups": ["a\nb"] }, says: /as-groups has control/ },
    { why: "a NUL within an extra", user: { as: "eve", "as-user-extra": { a: ["\0"] } }, says: /as-user-extra has control/ },
    { why: "a number, which would be left out", user: { as: 1000 }, says: /value of as is no text/ },
    { why: "groups that are no list", user: { as: "eve", "as-groups": "a" }, says: /as-groups are no list/ },
    { why: "extras that are no mapping", user: { as: "eve", "as-user-extra": ["a"] }, says: /as-user-extra is no mapping/ },
    { why: "groups without a user", user: { "as-groups": ["a"] }, says: /set `as`/ },
  ]) {
    test(`is refused for ${why}, naming the context`, async () => {
      await assert.rejects(folder.load(kubeconfig({ user })), is("CONFIG_INVALID", /"dev"/, says));
    });
  }
});
