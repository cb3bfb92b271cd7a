import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPolykindError, messageOf, PolykindError } from "@polykind/core";

/** An object that throws whatever is asked of it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An error of which a field is what no error's should be. */
function oddError(field: "message" | "name" | "cause" | "errors", value: PropertyDescriptor, cause?: unknown): Error {
  const error = field === "errors" ? new AggregateError([], "all failed") : new Error("x", cause === undefined ? {} : { cause });
  return Object.defineProperty(error, field, value);
}

const throwing = { get: () => assert.fail("a getter") };

describe("PolykindError", () => {
  test("knows by its code whether trying again can help, unless it is told", () => {
    assert.equal(new PolykindError("API_UNREACHABLE", "cannot reach").retryable, true);
    assert.equal(new PolykindError("API_FORBIDDEN", "cannot list").retryable, false);
    assert.equal(new PolykindError("API_FORBIDDEN", "cannot list", { retryable: true }).retryable, true);
  });

  test("keeps its cause and facts, and has no cause when it was given none", () => {
    const cause = new Error("below");
    const error = new PolykindError("TIMED_OUT", "cannot wait", { cause, facts: { afterMs: 5 } });
    assert.equal(error.cause, cause);
    assert.deepEqual(error.facts, { afterMs: 5 });
    assert.equal("cause" in new PolykindError("TIMED_OUT", "cannot wait"), false);
  });
});

describe("isPolykindError", () => {
  const error = new PolykindError("API_GONE", "cannot resume");
  const foreign = Object.assign(new Error("of another copy"), { code: "API_GONE", [Symbol.for("polykind.error")]: true });
  for (const { why, thrown, codes, is } of [
    { why: "an error of ours is one", thrown: error, codes: [], is: true },
    { why: "an error of one of the codes is one", thrown: error, codes: ["API_GONE", "STOPPED"], is: true },
    { why: "an error of another code is none", thrown: error, codes: ["STOPPED"], is: false },
    { why: "an error of another copy of the package is one, because plugins bring theirs", thrown: foreign, codes: ["API_GONE"], is: true },
    { why: "an ordinary error that has a code is none", thrown: Object.assign(new Error("x"), { code: "API_GONE" }), codes: [], is: false },
    { why: "nothing at all is none", thrown: undefined, codes: [], is: false },
    { why: "what cannot be looked at is none", thrown: revoked(), codes: [], is: false },
  ] as const) {
    test(why, () => assert.equal(isPolykindError(thrown, ...codes), is));
  }
});

describe("messageOf", () => {
  const circular = new Error("round");
  circular.cause = circular;
  for (const { why, thrown, message } of [
    { why: "tells the causes too", thrown: new Error("above", { cause: new Error("below") }), message: "above: below" },
    {
      why: "does not repeat what the message says already",
      thrown: new Error("above: below", { cause: new Error("below") }),
      message: "above: below",
    },
    {
      why: "tells the first of many failures",
      thrown: new AggregateError([new Error("one"), new Error("two")], "all failed"),
      message: "all failed: one",
    },
    { why: "names an error that says nothing", thrown: new TypeError(), message: "TypeError" },
    { why: "takes whatever is thrown", thrown: 7, message: "7" },
    { why: "takes an object that has no text", thrown: Object.create(null), message: "[object Object]" },
    { why: "comes to an end with a circle of causes", thrown: circular, message: "round" },
    { why: "takes a message that is a number", thrown: oddError("message", { value: 7 }, new Error("inner")), message: "7: inner" },
    { why: "takes a message that is a symbol", thrown: oddError("message", { value: Symbol("s") }), message: "Symbol(s)" },
    {
      why: "tells no fields of a message that is an object, and goes on to the cause",
      thrown: oddError("message", { value: { code: 7, details: "grpc" } }, new Error("inner")),
      message: "Error: inner",
    },
    { why: "takes a message that cannot be read", thrown: oddError("message", throwing, new Error("inner")), message: "Error: inner" },
    { why: "takes a cause that cannot be read", thrown: oddError("cause", throwing), message: "x" },
    { why: "takes many failures that are none", thrown: oddError("errors", { value: undefined }), message: "all failed" },
    { why: "takes what cannot be looked at", thrown: revoked(), message: "[unreadable]" },
    {
      why: "takes an error that says nothing and has no name",
      thrown: Object.defineProperty(oddError("message", { value: "" }), "name", throwing),
      message: "Error",
    },
  ]) {
    test(why, () => assert.equal(messageOf(thrown), message));
  }
});
