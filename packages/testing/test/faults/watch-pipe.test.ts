import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WatchPipe } from "../../src/faults/watch-pipe.ts";
import type { Cut } from "../../src/faults/wire-fault.ts";

class Sink {
  readonly pieces: string[] = [];
  readonly ended: Promise<string>;
  readonly pipe: WatchPipe;
  isStalled = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.pipe = new WatchPipe({
      write: (bytes) => this.pieces.push(bytes.toString()),
      end: () => resolve("end"),
      abort: () => resolve("stream"),
      resetConnection: () => resolve("reset"),
      stallConnection: () => (this.isStalled = true),
    });
  }

  get text(): string {
    return this.pieces.join("");
  }

  take(...texts: readonly string[]): void {
    for (const text of texts) this.pipe.take(Buffer.from(text));
  }
}

describe("WatchPipe", () => {
  test("passes lines on as they are, however they are cut, and keeps back what is no line yet", () => {
    const sink = new Sink();
    sink.take("on", "e\ntw", "o\nthr");
    assert.deepEqual(sink.pieces, ["one\n", "two\n"]);
  });

  for (const cut of ["reset", "stream", "end"] satisfies readonly Cut[]) {
    test(`cuts by ${cut} at once, and is silent then`, async () => {
      const sink = new Sink();
      sink.pipe.cut(cut);
      sink.take("late\n");
      sink.pipe.cut("end");
      assert.deepEqual([await sink.ended, sink.text], [cut, ""]);
    });

    test(`tears a line in two and cuts by ${cut}`, async () => {
      const sink = new Sink();
      sink.take("whole\n");
      sink.pipe.disturb({ is: "tear", cut });
      sink.take("abcdef\nnever\n");
      assert.deepEqual([await sink.ended, sink.text], [cut, "whole\nabc"]);
    });

    test(`inserts a line of nobody and cuts by ${cut}`, async () => {
      const sink = new Sink();
      sink.pipe.disturb({ is: "insert", line: "ERROR", after: cut });
      sink.take("never\n");
      assert.deepEqual([await sink.ended, sink.text], [cut, "ERROR\n"]);
    });
  }

  test("goes on after a line of nobody, or holds its tongue without an end", () => {
    const sink = new Sink();
    sink.pipe.disturb({ is: "insert", line: "first", after: "go on" });
    sink.take("second\n");
    sink.pipe.disturb({ is: "insert", line: "third", after: "hold" });
    sink.take("never\n");
    assert.equal(sink.text, "first\nsecond\nthird\n");
  });

  test("maps lines to none, one or several; each map sees what the one before made", () => {
    const sink = new Sink();
    sink.pipe.disturb({ is: "map", map: (line) => (line.includes("drop") ? [] : [line, line]) });
    sink.pipe.disturb({ is: "map", map: (line) => [Buffer.from(`<${line.toString()}>`)] });
    sink.take("a\ndrop\nb\n");
    assert.equal(sink.text, "<a>\n<a>\n<b>\n<b>\n");
  });

  test("splits into pieces of so many bytes, in the middle of characters too", () => {
    const sink = new Sink();
    sink.pipe.disturb({ is: "split", bytes: 1 });
    sink.take("ab\n");
    assert.deepEqual(sink.pieces, ["a", "b", "\n"]);
  });

  test("stalls the connection: no byte more, and no end", () => {
    const sink = new Sink();
    sink.pipe.disturb({ is: "stall" });
    sink.take("never\n");
    assert.deepEqual([sink.isStalled, sink.text], [true, ""]);
  });
});
