import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { systemClock } from "@polykind/core";
import { Frame, frameOf, payloadOf } from "../../src/http2/frames.ts";
import { SocketBytes } from "../../src/http2/socket-bytes.ts";
import { ExchangeError } from "../../src/transport/failure.ts";
import { RequestEncoder } from "../../src/transport/request-encoder.ts";
import { Session } from "../../src/transport/session.ts";
import { RawServer } from "./support/raw-server.ts";

const SETTINGS = frameOf({ type: Frame.settings }, Buffer.of());
const GOAWAY = frameOf({ type: Frame.goaway }, payloadOf(0, 0));

/** Opens a session for which `early` has come before it was made: Node reads on while a connection's TLS is agreed on. */
async function openAfter(
  early: Buffer,
): Promise<{ readonly server: RawServer; readonly opened: Promise<Session>; readonly retired: Session[] }> {
  const server = await RawServer.start();
  const bytes = new SocketBytes();
  const socket = connect({ host: "127.0.0.1", port: server.port, onread: bytes.onread });
  await once(socket, "connect");
  bytes.onread.callback(early.length, early);
  const retired: Session[] = [];
  const opening = async (): Promise<Session> =>
    await Session.open(socket, {
      tls: { rejectUnauthorized: false },
      bytes,
      signal: new AbortController().signal,
      openWithinMs: 10_000,
      encoder: new RequestEncoder("localhost"),
      clock: systemClock,
      random: () => 0,
      pingEveryMs: 30_000,
      pingWithinMs: 15_000,
      moveWithinMs: undefined,
      idleMs: 30_000,
      onRetired: (session) => void retired.push(session),
      onClosed: () => {},
    });
  const opened = opening().finally(() => socket);
  opened.catch(() => socket.destroy());
  return { server, opened, retired };
}

describe("a session whose server spoke before it was made", () => {
  test("is open with the settings that came", async () => {
    const { server, opened } = await openAfter(SETTINGS);
    await using _ = server;
    const session = await opened;
    assert.equal(session.room, 100);
    await session.close();
  });

  test("is retired by a GOAWAY that came with them, and does not fail in the making", {}, async () => {
    const { server, opened, retired } = await openAfter(Buffer.concat([SETTINGS, GOAWAY]));
    await using _ = server;
    const outcome = await opened.catch((error: unknown) => error);
    assert.ok(outcome instanceof Session || outcome instanceof ExchangeError, String(outcome));
    assert.equal(retired.length, 1);
  });
});
