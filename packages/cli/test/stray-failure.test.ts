import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import type { PluginRecord } from "@polykind/plugin-host";
import type { Log, LogFields } from "@polykind/telemetry";
import { containStrayFailures } from "../src/stray-failure.ts";

interface Contained {
  readonly failing: EventEmitter;
  readonly lines: readonly LogFields[];
  readonly ended: readonly unknown[];
  readonly containment: Disposable;
}

/** A process beside which these plugins, by their files, are loaded. */
function contained(fileByName: Readonly<Record<string, string>>): Contained {
  const [failing, lines, ended] = [new EventEmitter(), new Array<LogFields>(), new Array<unknown>()];
  const error: Log["error"] = (message, fields) => void lines.push({ message, ...fields });
  const records = Object.entries(fileByName).map(([name, file]) => ({ name, file })) as unknown as readonly PluginRecord[]; // Nothing else is looked at.
  const containment = containStrayFailures({
    log: { error } as Log,
    plugins: () => records,
    end: (thrown) => void ended.push(thrown),
    process: failing,
  });
  return { failing, lines, ended, containment };
}

/** An error that was thrown in this file of a plugin. */
function thrownIn(file: string, message = "no"): Error {
  return Object.assign(new Error(message), {
    stack: `Error: ${message}\n    at f (file://${file}?polykind=a1b2c3d4.1:3:7)\n    at node:timers:1:1`,
  });
}

describe("containStrayFailures", () => {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    test(`names the plugin and the place, and goes on: ${event}`, () => {
      const { failing, lines, ended } = contained({ other: "/p/other.ts", ttl: "/p/ttl.ts" });
      failing.emit(event, thrownIn("/p/ttl.ts"));
      assert.deepEqual(
        lines.map(({ plugin, at, cause, times }) => ({ plugin, at, cause, times })),
        [{ plugin: "ttl", at: "/p/ttl.ts:3:7", cause: "no", times: 1 }],
      );
      assert.match(String(lines[0]?.["message"]), /^plugin ttl failed/);
      assert.deepEqual(ended, []);
    });

    test(`ends the process for what leads to no plugin: ${event}`, () => {
      const { failing, lines, ended } = contained({ ttl: "/p/ttl.ts" });
      const ours = new TypeError("ours");
      failing.emit(event, ours);
      failing.emit(event, "no error");
      assert.deepEqual([lines, ended], [[], [ours, "no error"]]);
    });
  }

  test("writes the first, second, fourth and eighth failure of each plugin", () => {
    const { failing, lines } = contained({ a: "/p/a.ts", b: "/p/b.ts" });
    for (let time = 0; time < 9; time += 1) failing.emit("uncaughtException", thrownIn("/p/a.ts"));
    failing.emit("uncaughtException", thrownIn("/p/b.ts"));
    assert.deepEqual(
      lines.map(({ plugin, times }) => [plugin, times]),
      [
        ["a", 1],
        ["a", 2],
        ["a", 4],
        ["a", 8],
        ["b", 1],
      ],
    );
  });

  for (const { why, file, plugin } of [
    { why: "the plugin whose folder a file is in", file: "/p/w/lib/b.ts", plugin: "w" },
    { why: "the file of a plugin that is gone", file: "/q/old.ts", plugin: "/q/old.ts" },
  ]) {
    test(`names ${why}`, () => {
      const { failing, lines } = contained({ w: "/p/w/index.ts" });
      failing.emit("unhandledRejection", thrownIn(file));
      assert.equal(lines[0]?.["plugin"], plugin);
    });
  }

  test("goes on when nobody waits for the answer to a call: a plugin that forgot to await has no frame in it", () => {
    const { failing, lines, ended } = contained({});
    failing.emit("unhandledRejection", new PolykindError("API_FORBIDDEN", "cannot patch Ball a"));
    assert.deepEqual([lines[0]?.["code"], lines[0]?.["cause"], ended], ["API_FORBIDDEN", "cannot patch Ball a", []]);
  });

  test("ends the process for an error of ours that was thrown where nobody could await it", () => {
    const { failing, ended } = contained({});
    failing.emit("uncaughtException", new PolykindError("API_FORBIDDEN", "cannot patch Ball a"));
    assert.equal(ended.length, 1);
  });

  test("leaves nothing behind", () => {
    const { failing, containment } = contained({});
    containment[Symbol.dispose]();
    assert.deepEqual(failing.eventNames(), []);
  });
});
