import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPolykindError } from "@polykind/core";
import { endpointUrl, parseEndpoint } from "../src/endpoint-address.ts";

describe("parseEndpoint", () => {
  for (const { text, url } of [
    { text: "127.0.0.1:8377", url: "http://127.0.0.1:8377" },
    { text: ":9000", url: "http://127.0.0.1:9000" },
    { text: "9000", url: "http://127.0.0.1:9000" },
    { text: "localhost:0", url: "http://localhost:0" },
    { text: "[::1]:8377", url: "http://[::1]:8377" },
  ]) {
    test(`reads ${text}`, () => assert.equal(endpointUrl(parseEndpoint(text)), url));
  }

  for (const text of ["", "localhost", "a:b", "1:2:3", "127.0.0.1:99999", "127.0.0.1:-1", "http://x:1", "a b:1"]) {
    test(`refuses ${JSON.stringify(text)}, and shows the form`, () => {
      assert.throws(
        () => parseEndpoint(text),
        (error) => isPolykindError(error, "CONFIG_INVALID") && error.facts["isUsage"] === true && error.message.includes("127.0.0.1:8377"),
      );
    });
  }
});
