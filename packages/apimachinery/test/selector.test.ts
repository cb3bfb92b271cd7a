import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { labelSelectorOf, matchesLabels, parseLabelSelector } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";

describe("matchesLabels", () => {
  const labels = { app: "web", tier: "front" };
  for (const { text, given = labels, is } of [
    { text: "", is: true },
    { text: "app=web", is: true },
    { text: "app==web", is: true },
    { text: "app=api", is: false },
    { text: "app!=api", is: true },
    { text: "app!=web", is: false },
    { text: "missing!=web", is: true },
    { text: "app", is: true },
    { text: "missing", is: false },
    { text: "!missing", is: true },
    { text: "!app", is: false },
    { text: "app in (api, web)", is: true },
    { text: "app in (api)", is: false },
    { text: "app notin (api,db)", is: true },
    { text: "app notin (web)", is: false },
    { text: "missing notin (web)", is: true },
    { text: "app in (api,web),tier=front", is: true },
    { text: "app=web,tier=back", is: false },
    { text: "app=", given: { app: "", tier: "" }, is: true },
    { text: "example.com/part-of = shop", given: { app: "x", tier: "y", "example.com/part-of": "shop" }, is: true },
  ]) {
    test(`${JSON.stringify(text)} ${is ? "selects" : "leaves out"} ${JSON.stringify(given)}`, () => {
      assert.equal(matchesLabels(parseLabelSelector(text), given), is);
    });
  }

  test("does not take what every object inherits for a label", () => {
    assert.equal(matchesLabels(parseLabelSelector("constructor"), {}), false);
    assert.equal(matchesLabels(parseLabelSelector("toString"), undefined), false);
  });

  test("takes a label that is named like what objects inherit", () => {
    assert.equal(matchesLabels(parseLabelSelector("constructor=x"), { constructor: "x" }), true);
  });
});

describe("parseLabelSelector", () => {
  for (const text of ["a=b=c", "a b", "=b", "a in b", "a in (b", "-a=b", "a,,b", "(a)"]) {
    test(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(
        () => parseLabelSelector(text),
        (error) => isPolykindError(error, "CONFIG_INVALID"),
      ));
  }
});

describe("labelSelectorOf", () => {
  test("joins labels and expressions", () => {
    const selector = labelSelectorOf({ matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "Exists" }] });
    assert.equal(matchesLabels(selector, { app: "web", tier: "any" }), true);
    assert.equal(matchesLabels(selector, { app: "web" }), false);
  });

  test("selects everything when it says nothing", () => assert.equal(matchesLabels(labelSelectorOf({}), undefined), true));
});
