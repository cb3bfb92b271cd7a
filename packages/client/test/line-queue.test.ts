import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LineFramer } from "../src/framing.ts";
import { LineQueue, type Lines } from "../src/line-queue.ts";
import type { Answer, BodySink } from "../src/transport/exchange.ts";
import { ExchangeError } from "../src/transport/failure.ts";

/** An answer whose body the test writes. */
class Body {
  sink: BodySink | undefined;
  readonly flow: string[] = [];
  readonly answer: Answer = {
    status: 200,
    headers: { contentType: "application/json", retryAfter: undefined },
    read: (sink) => {
      this.sink = sink;
    },
    pause: () => this.flow.push("pause"),
    resume: () => this.flow.push("resume"),
    cancel: () => Promise.resolve(),
  };

  piece(text: string): void {
    this.sink?.piece(Buffer.from(text));
  }
}

function open(): { readonly body: Body; readonly queue: LineQueue } {
  const body = new Body();
  return { body, queue: new LineQueue(body.answer, new LineFramer({ maxBytes: 4 << 20 })) };
}

const nextOf = (queue: LineQueue): Promise<Lines> => new Promise((resolve) => queue.next(resolve));
const textsOf = (next: Lines): readonly string[] | Error | undefined => ("lines" in next ? next.lines.map(String) : next.failure);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a queue of lines", () => {
  test("wakes its consumer once for all that comes in one turn of the event loop", async () => {
    const { body, queue } = open();
    const told: unknown[] = [];
    queue.next((next) => told.push(textsOf(next)));
    body.piece("a\n");
    body.piece("b\nc");
    body.piece("c\n");
    assert.deepEqual(told, []);
    await turn();
    assert.deepEqual(told, [["a", "b", "cc"]]);
  });

  test("gives at once what came while nobody waited", () => {
    const { body, queue } = open();
    body.piece("a\nb\n");
    const told: unknown[] = [];
    queue.next((next) => told.push(textsOf(next)));
    assert.deepEqual(told, [["a", "b"]]);
  });

  test("gives the lines before a failure first, and never a torn one", async () => {
    const { body, queue } = open();
    const lost = new ExchangeError("lost", new Error("reset"));
    body.piece("a\nb");
    body.sink?.ended(lost);
    assert.deepEqual(textsOf(await nextOf(queue)), ["a"]);
    assert.equal(textsOf(await nextOf(queue)), lost);
    assert.equal(textsOf(await nextOf(queue)), lost, "the end stays");
  });

  test("tells a consumer who waits of the end", async () => {
    const { body, queue } = open();
    const next = nextOf(queue);
    body.sink?.ended(undefined);
    assert.deepEqual(await next, { failure: undefined });
  });

  test("holds the server back once a mebibyte waits, until it is taken", () => {
    const { body, queue } = open();
    body.piece(`${"x".repeat(1 << 20)}\n`);
    body.piece("y\n");
    assert.deepEqual(body.flow, ["pause"]);
    queue.next(() => {});
    assert.deepEqual(body.flow, ["pause", "resume"]);
  });

  test("when closed, tells its consumer at once, drops what waits, and takes nothing more", async () => {
    const { body, queue } = open();
    const told: Lines[] = [];
    queue.next((next) => told.push(next));
    body.piece("a\n");
    queue.close();
    assert.deepEqual(told, [{ failure: undefined }]);
    body.piece("b\n");
    await turn();
    assert.equal(told.length, 1);
    assert.deepEqual(await nextOf(queue), { failure: undefined });
  });
});
