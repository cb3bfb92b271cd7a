import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apiErrorOf, retryAfterMsOf, statusOf } from "@polykind/apimachinery";

const request = { method: "GET", path: "/apis/demo.example.com/v1/sessions", host: "127.0.0.1:6443" };
const status = (fields: object): object => ({ kind: "Status", apiVersion: "v1", status: "Failure", ...fields });

describe("apiErrorOf", () => {
  for (const { why, httpStatus, body, code } of [
    {
      why: "a 404 that names an object is of the object",
      httpStatus: 404,
      body: status({ reason: "NotFound", details: { name: "a", kind: "sessions" } }),
      code: "API_NOT_FOUND",
    },
    {
      why: "a 404 in plain text is of the path: the kind is not served",
      httpStatus: 404,
      body: "404 page not found\n",
      code: "KIND_NOT_SERVED",
    },
    {
      why: "a 404 that names no object is of the kind",
      httpStatus: 404,
      body: status({ reason: "NotFound", details: {} }),
      code: "KIND_NOT_SERVED",
    },
    {
      why: "a conflict on a name that is taken is told apart",
      httpStatus: 409,
      body: status({ reason: "AlreadyExists" }),
      code: "API_ALREADY_EXISTS",
    },
    { why: "any other 409 is a conflict", httpStatus: 409, body: status({ reason: "Conflict" }), code: "API_CONFLICT" },
    { why: "410 means that the version is compacted", httpStatus: 410, body: status({ reason: "Expired" }), code: "API_GONE" },
    { why: "422 is for the writer to mend", httpStatus: 422, body: status({ reason: "Invalid" }), code: "API_INVALID" },
    { why: "429 asks to wait", httpStatus: 429, body: status({ details: { retryAfterSeconds: 2 } }), code: "API_THROTTLED" },
    { why: "503 without a Status, as a proxy sends it, is the server's trouble", httpStatus: 503, body: "<html>", code: "API_UNAVAILABLE" },
    { why: "an answer that no API server gives is a breach", httpStatus: 302, body: "", code: "API_PROTOCOL" },
  ]) {
    test(why, () => assert.equal(apiErrorOf(httpStatus, body, request).code, code));
  }

  test("says which request failed, where, and the server's reason", () => {
    const { message } = apiErrorOf(403, status({ message: "sessions is forbidden" }), request);
    assert.equal(message, "cannot GET /apis/demo.example.com/v1/sessions at 127.0.0.1:6443: sessions is forbidden");
  });

  test("does not print a page of HTML", () => {
    assert.ok(apiErrorOf(502, `<html>${"x".repeat(9_000)}`, request).message.length < 400);
  });

  for (const { why, odd } of [
    { why: "causes that are no list", odd: { details: { causes: {} } } },
    { why: "a cause that is null", odd: { details: { causes: [null] } } },
    { why: "a message that is a number", odd: { message: 5 } },
    { why: "details that are null", odd: { details: null } },
    { why: "a wait that is a text", odd: { details: { retryAfterSeconds: "soon" } } },
    { why: "a wait into the past", odd: { details: { retryAfterSeconds: -1 } } },
  ]) {
    test(`leaves out ${why}, as a server that is not Kubernetes may write it`, () => {
      const error = apiErrorOf(500, { ...status({}), ...odd }, request);
      assert.deepEqual([statusOf(error)?.details?.causes ?? [], retryAfterMsOf(error)], [[], undefined]);
      assert.equal(error.message, "cannot GET /apis/demo.example.com/v1/sessions at 127.0.0.1:6443: HTTP 500");
    });
  }

  test("does not print what is longer than any list of what is wrong with an object", () => {
    assert.ok(apiErrorOf(422, status({ message: "x".repeat(3_000_000) }), request).message.length < 9_000);
  });

  test("carries the Status and the wait that the server asks for", () => {
    const error = apiErrorOf(429, status({ details: { retryAfterSeconds: 2 } }), request);
    assert.equal(statusOf(error)?.details?.retryAfterSeconds, 2);
    assert.equal(retryAfterMsOf(error), 2_000);
    assert.equal(retryAfterMsOf(apiErrorOf(429, status({ details: { retryAfterSeconds: 2 } }), { ...request, retryAfterMs: 500 })), 500);
    assert.equal(retryAfterMsOf(apiErrorOf(500, "", request)), undefined);
  });
});
