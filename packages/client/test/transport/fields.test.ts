import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openClient } from "@polykind/client";
import { json, ScriptedServer } from "../support/scripted-server.ts";

describe("the fields of a request over HTTP/2", () => {
  test("are those of the grant, several values as several fields, and name the server", async () => {
    await using server = await ScriptedServer.start();
    const seen: (string | readonly string[] | undefined)[] = [];
    server.script = (request, response) => {
      const { headers, rawHeaders } = request;
      seen.push(headers[":authority"], headers["impersonate-user"], headers["user-agent"]);
      seen.push(rawHeaders.filter((_, index) => rawHeaders[index - 1] === "impersonate-group"));
      json(response, 200, { gitVersion: "v1" });
    };
    const credentials = server.credentials();
    const grant = async () => {
      const granted = await credentials.grant();
      return { ...granted, headers: { "impersonate-user": "eve", "impersonate-group": ["one", "two"] } };
    };
    await using client = openClient({ credentials: { ...credentials, grant }, userAgent: "test" });
    await client.serverVersion();
    assert.deepEqual(seen, [credentials.server.host, "eve", "test", ["one", "two"]]);
  });
});
