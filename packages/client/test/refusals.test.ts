import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Client } from "@polykind/client";
import { isPolykindError, Stop } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import type { ProofSource } from "../src/credentials/types.ts";
import { type Answer, type BodySink, readBody } from "../src/transport/exchange.ts";
import { eventually, type Script, ScriptedServer } from "./support/scripted-server.ts";
import { watched } from "./support/watched.ts";

/** An answer whose body does not end. */
function endless(status: number): { readonly script: Script; readonly sent: () => number } {
  let sent = 0;
  const block = Buffer.alloc(64 * 1024, "x");
  const script: Script = (_, response) => {
    response.writeHead(status, { "content-type": "text/plain" });
    const more = (): void => {
      for (let isTaken = true; isTaken && !response.destroyed && sent < 100_000_000; sent += block.length) isTaken = response.write(block);
    };
    response.on("drain", more);
    more();
  };
  return { script, sent: () => sent };
}

describe("a refusal whose body does not end", () => {
  for (const protocol of ["h2", "plain"] as const) {
    for (const [what, ask] of [
      ["a watch", watched],
      ["a call", (client: Client) => client.serverVersion().catch((error: unknown) => error)],
    ] as const) {
      test(`over ${protocol} tells ${what} its status, and is ended`, async () => {
        await using server = await ScriptedServer.start({ protocol });
        const { script, sent } = endless(500);
        server.script = script;
        await using client = server.client();
        const error = await ask(client);
        assert.ok(isPolykindError(error) && error.facts["httpStatus"] === 500, String(error));
        assert.equal(client.openStreams().streams, 0);
        await eventually("the server sees it go", () => server.open === 0);
        assert.ok(sent() < 16_000_000, `sent ${sent()} bytes`);
      });
    }
  }

  test("holds its server back while credentials are renewed", async () => {
    await using server = await ScriptedServer.start();
    const { script, sent } = endless(401);
    server.script = script;
    const renewal = Promise.withResolvers<void>();
    let asked = 0;
    const source: ProofSource = {
      async current() {
        asked += 1;
        if (asked > 1) await renewal.promise;
        return { authorization: "Bearer a" };
      },
      isFresh: () => true,
      forget() {},
    };
    await using client = server.client({ credentials: server.credentials({ proof: source }), clock: new ManualClock() });
    const outcome = client.serverVersion().catch((error: unknown) => error);
    await eventually("a renewal is asked for", () => asked === 2);
    let [before, polls] = [-1, 0];
    await eventually("the server is held back", () => {
      polls = before === (before = sent()) ? polls + 1 : 0;
      return polls > 200;
    });
    assert.ok(sent() < 16_000_000, `sent ${sent()} bytes`);
    renewal.resolve();
    assert.ok(isPolykindError(await outcome, "API_UNAUTHORIZED"));
  });
});

describe("a body that is read whole", () => {
  /** Four pieces of three bytes, of which none comes once it was cancelled. */
  class Four implements Answer {
    readonly status = 200;
    readonly headers = { contentType: "", retryAfter: undefined };
    cancels = 0;
    read(sink: BodySink): void {
      for (const piece of ["abc", "def", "ghi", "jkl"]) if (this.cancels === 0) sink.piece(Buffer.from(piece));
      if (this.cancels === 0) sink.ended(undefined);
    }
    pause(): void {}
    resume(): void {}
    cancel(): Promise<void> {
      this.cancels += 1;
      return Promise.resolve();
    }
  }

  for (const { maxBytes, ifLarger, body, cancels } of [
    { maxBytes: 12, ifLarger: "cut", body: "abcdefghijkl", cancels: 0 },
    { maxBytes: 12, ifLarger: "refuse", body: "abcdefghijkl", cancels: 0 },
    { maxBytes: 11, ifLarger: "cut", body: "abcdefghijk", cancels: 1 },
    { maxBytes: 11, ifLarger: "refuse", body: "too large", cancels: 1 },
    { maxBytes: 6, ifLarger: "cut", body: "abcdef", cancels: 1 },
    { maxBytes: 0, ifLarger: "cut", body: "", cancels: 1 },
  ] as const) {
    test(`up to ${maxBytes} of 12 bytes, or else to ${ifLarger}, gives "${body}"`, async () => {
      const answer = new Four();
      assert.equal(String(await readBody(answer, { maxBytes, ifLarger, ending: new Stop() })), body);
      assert.equal(answer.cancels, cancels);
    });
  }
});
