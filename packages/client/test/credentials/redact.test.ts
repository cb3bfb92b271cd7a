import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { redact } from "../../src/credentials/redact.ts";

describe("redact", () => {
  for (const { why, text, safe } of [
    { why: "keeps what a person needs", text: "Error: run `aws sso login` first", safe: "Error: run `aws sso login` first" },
    { why: "hides a JWT", text: "got eyJhbGciOiJI.eyJzdWIiOiIx.c2ln!", safe: "got [redacted]!" },
    { why: "hides a long opaque word", text: "key AKIAIOSFODNN7EXAMPLEwJalrXUtnFEMIK7", safe: "key [redacted]" },
    { why: "hides what follows the name of a secret", text: "password=hunter2 token: abc", safe: "password=[redacted] token: [redacted]" },
    { why: "hides it in JSON", text: '{"token":"abc"}', safe: '{"token":[redacted]' },
  ]) {
    test(why, () => assert.equal(redact(text), safe));
  }

  test("keeps 200 characters at most", () => assert.equal(redact("a b ".repeat(100)).length, 201));
});
