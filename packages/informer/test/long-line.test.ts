import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import { failed, page, play, start, tick, up } from "./support/step-script.ts";
import { gizmo } from "./support/objects.ts";

const TOO_LONG = failed(new PolykindError("API_PROTOCOL", "cannot read watch: a line is longer than 16777216 bytes"));
const watching = [start, page("10", { names: ["a"] })];

describe("a line that is too long for the reader of a watch", () => {
  test("is asked for again, for it may have been a fault of the connection", () => {
    assert.deepEqual(play([...watching, TOO_LONG, tick]).effects, ["watch 10"]);
  });

  test("is passed by listing anew when it comes again, or nothing after it would ever be seen", () => {
    assert.deepEqual(play([...watching, TOO_LONG, tick, TOO_LONG, tick]).effects, ["tell listing", "begin", "list limit=500"]);
  });

  test("is asked for again when it is another one", () => {
    assert.deepEqual(play([...watching, TOO_LONG, tick, up(gizmo("b", 11)), TOO_LONG, tick]).effects, ["watch 11"]);
  });
});
