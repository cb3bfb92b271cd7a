import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { openClient } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import { json, ScriptedServer } from "./support/scripted-server.ts";

/** A proxy that opens tunnels, or answers `refusal` instead. */
async function startProxy({ refusal }: { readonly refusal?: number } = {}) {
  const asked: { readonly to: string | undefined; readonly authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connect", ({ url, headers }: IncomingMessage, near: Socket) => {
    asked.push({ to: url, authorization: headers["proxy-authorization"] });
    near.on("error", () => {});
    if (refusal !== undefined) return void near.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
    const [host = "", port = ""] = url?.split(":") ?? [];
    const far = connect(Number(port), host, () => near.write("HTTP/1.1 200 OK\r\n\r\n"));
    for (const socket of [near, far.on("error", () => {})]) sockets.add(socket);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    url: new URL(`http://someone:hunter2@127.0.0.1:${port}`),
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a client behind a proxy", () => {
  test("asks it for a tunnel and speaks HTTP/2 through it", async () => {
    await using server = await ScriptedServer.start();
    server.script = (request, response) => json(response, 200, { gitVersion: `v${request.httpVersion}` });
    await using proxy = await startProxy();
    await using client = openClient({ credentials: server.credentials({ proxy: proxy.url }) });
    assert.equal(await client.serverVersion(), "v2.0");
    assert.deepEqual(proxy.asked, [{ to: server.url.host, authorization: `Basic ${Buffer.from("someone:hunter2").toString("base64")}` }]);
  });

  test("says so when the proxy does not let it through, without the password", async () => {
    await using server = await ScriptedServer.start();
    await using proxy = await startProxy({ refusal: 407 });
    await using client = openClient({ credentials: server.credentials({ proxy: proxy.url }), random: () => 0 });
    await assert.rejects(client.serverVersion(), (error: Error) => {
      assert.doesNotMatch(error.message, /hunter2/);
      assert.match(error.message, /proxy 127\.0\.0\.1:\d+ answered 407/);
      return isPolykindError(error, "API_UNREACHABLE") && error.facts["reason"] === "proxy";
    });
  });

  test("says so when the proxy is not there", async () => {
    await using server = await ScriptedServer.start();
    const proxy = await startProxy();
    await proxy[Symbol.asyncDispose]();
    await using client = openClient({ credentials: server.credentials({ proxy: proxy.url }), random: () => 0 });
    await assert.rejects(client.serverVersion(), (error) => isPolykindError(error, "API_UNREACHABLE") && error.facts["reason"] === "proxy");
  });
});
