import assert from "node:assert/strict";
import { once } from "node:events";
import { lookup } from "node:dns/promises";
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createSecureServer } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { createServer as createTls, type TLSSocket } from "node:tls";
import { openClient } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import { composeCredentials } from "../../src/credentials/compose.ts";
import { fixedProof } from "../../src/credentials/proofs.ts";
import { Frame, frameOf, payloadOf } from "../../src/http2/frames.ts";
import { makeCertificate } from "../support/certificate.ts";
import { json, ScriptedServer } from "../support/scripted-server.ts";

const certificate = makeCertificate();

function clientOf(server: URL, proxy?: URL) {
  const credentials = composeCredentials({
    server,
    proxy,
    source: "a test",
    namespace: undefined,
    headers: {},
    proof: fixedProof({}),
    ca: Buffer.from(certificate.ca),
    servername: undefined,
    isInsecure: false,
  });
  return openClient({ credentials, random: () => 0 });
}

/** A server that speaks h2 by TLS, and then says what a test writes. */
async function startTls(greet: (socket: TLSSocket) => void) {
  const sockets = new Set<Socket>();
  const server = createTls({ ...certificate, ALPNProtocols: ["h2"] }, (socket) => greet(socket.on("error", () => {})));
  server.on("connection", (socket: Socket) => void sockets.add(socket.on("error", () => {})));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`), // it listens on a port
    get connections(): number {
      return sockets.size;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A proxy that gives what comes from the server on in pieces of one byte, or with the head of its own answer. */
async function startTunnel(pieces: "bytes" | "whole") {
  const sockets = new Set<Socket>();
  const server = createHttp();
  server.on("connect", ({ url }: IncomingMessage, near: Socket) => {
    const [host = "", port = ""] = url?.split(":") ?? [];
    const far = connect(Number(port), host, () => near.write("HTTP/1.1 200 OK\r\n\r\n"));
    for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
    near.pipe(far);
    far.on("data", (bytes: Buffer) => {
      if (pieces === "whole") near.write(bytes);
      else for (const byte of bytes) near.write(Buffer.of(byte));
    });
    far.on("end", () => near.end());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), // it listens on a port
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// Each is tried again for a second.
describe("a client that speaks HTTP/2", { concurrency: true }, () => {
  for (const address of ["127.0.0.1", "::1"]) {
    test(`reaches a server by a name with two addresses, of which only ${address} listens`, async (t) => {
      const known = await lookup("localhost", { all: true });
      if (!known.some((each) => each.address === address)) return t.skip(`${address} has no name here`);
      const server = createSecureServer(certificate, (request, response) =>
        json(response as never, 200, { gitVersion: `v${request.httpVersion}` }),
      );
      await once(server.listen({ port: 0, host: address, ipv6Only: true }), "listening");
      try {
        await using client = clientOf(new URL(`https://localhost:${(server.address() as AddressInfo).port}`)); // it listens on a port
        assert.equal(await client.serverVersion(), "v2.0");
      } finally {
        server.close();
      }
    });
  }

  for (const pieces of ["whole", "bytes"] as const) {
    test(`takes what a proxy gives on, in ${pieces}`, async () => {
      await using server = await ScriptedServer.start({ certificate });
      server.script = (request, response) => json(response, 200, { gitVersion: `v${request.httpVersion}`, long: "x".repeat(2_000) });
      await using tunnel = await startTunnel(pieces);
      await using client = clientOf(server.url, tunnel.url);
      assert.equal(await client.serverVersion(), "v2.0");
      assert.equal(server.connections, 1);
    });
  }

  const settings = frameOf({ type: Frame.settings }, Buffer.of());
  for (const [what, greeting] of [
    ["says goodbye with its settings", Buffer.concat([settings, frameOf({ type: Frame.goaway }, payloadOf(0, 0))])],
    ["says goodbye before its settings", frameOf({ type: Frame.goaway }, payloadOf(0, 0))],
    ["ends with an error at once", Buffer.concat([settings, frameOf({ type: Frame.goaway }, payloadOf(0, 11))])],
    ["breaks the rules after its settings", Buffer.concat([settings, frameOf({ type: Frame.data, stream: 1 }, Buffer.of(1))])],
    ["speaks HTTP/1.1", Buffer.from("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")],
    ["says nothing and closes", Buffer.of()],
  ] as const) {
    for (const by of ["itself", "a proxy"] as const) {
      test(`says that a server, by ${by}, is not reachable that ${what}`, async () => {
        await using server = await startTls((socket) => void socket.end(greeting));
        await using tunnel = await startTunnel("whole");
        await using client = clientOf(server.url, by === "a proxy" ? tunnel.url : undefined);
        await assert.rejects(client.serverVersion(), (error: Error) => isPolykindError(error, "API_UNREACHABLE"));
      });
    }
  }
});
