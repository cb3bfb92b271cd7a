import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseLabelSelector } from "@polykind/apimachinery";
import type { CrdDescriptor } from "@polykind/apimachinery";
import { type Exclusion, exclusionOf, warningOfWord } from "../../src/kind/exclusion.ts";
import type { Input } from "../../src/kind/state.ts";
import { crd } from "../support/crds.ts";
import { lived } from "../support/explained.ts";
import { bound, live, observed, told } from "../support/lives.ts";
import { unknownKind } from "../../src/kind/state.ts";

const selectorOf = (text: string): { readonly text: string; readonly requirements: ReturnType<typeof parseLabelSelector> } => ({
  text,
  requirements: parseLabelSelector(text),
});
const word = (value: string): Partial<CrdDescriptor> => ({ annotations: { "polykind.dev/disabled": value } });

describe("what keeps a kind from running", () => {
  const rows: readonly { why: string; crd: Partial<CrdDescriptor>; selector?: string; is: Exclusion | undefined }[] = [
    { why: "is nothing where nothing is said", crd: {}, is: undefined },
    { why: "is the annotation", crd: word("true"), is: "Disabled" },
    { why: "is no annotation that says false", crd: word("false"), is: undefined },
    { why: "is no annotation that says anything else", crd: word("True"), is: undefined },
    { why: "is a selector that does not select it", crd: { labels: { share: "b" } }, selector: "share=a", is: "NotSelected" },
    { why: "is no selector that does", crd: { labels: { share: "a" } }, selector: "share in (a,c),!legacy", is: undefined },
    { why: "is a set of which it is not", crd: { labels: { share: "b" } }, selector: "share in (a,c)", is: "NotSelected" },
    { why: "is no selector that selects everything", crd: {}, selector: "", is: undefined },
    { why: "is the selector before the annotation: it is none of this process's", crd: word("true"), selector: "x", is: "NotSelected" },
    {
      why: "is a selector whose labels may not be read, whatever it asks for",
      crd: { isAssumed: true },
      selector: "!x",
      is: "NotSelected",
    },
    { why: "is not a selector that asks for no label", crd: { isAssumed: true }, selector: "", is: undefined },
  ];
  for (const { why, crd: overrides, selector, is } of rows) {
    test(why, () =>
      assert.equal(exclusionOf({ crd: crd(overrides), selector: selector === undefined ? undefined : selectorOf(selector) }), is),
    );
  }

  test("is warned of where it is neither true nor false", () => {
    const warned = ["true", "false", "yes", "", "TRUE"].filter((value) => warningOfWord(crd(word(value))) !== undefined);
    assert.deepEqual([warned, warningOfWord(crd())], [["yes", "", "TRUE"], undefined]);
  });
});

describe("a kind that is kept from running", () => {
  const running: readonly Input[] = [observed(), { type: "started", plugin: "ttl", epoch: 1 }];
  const off = observed({ resourceVersion: "11", ...word("true") });
  const stopped: Input = { type: "stopped", plugin: "ttl", epoch: 1 };

  for (const { why, inputs, selector, effects } of [
    { why: "starts nothing", inputs: [observed(word("true"))], effects: [] },
    {
      why: "stops what runs, and starts it again when it may run",
      inputs: [...running, off, stopped, observed({ resourceVersion: "12" })],
      effects: ["start ttl 1 u1 v1", "edited COSMETIC", "stop ttl 1 Disabled", "edited COSMETIC", "start ttl 2 u1 v1"],
    },
    {
      why: "waits for the end of what stops, although it may run again",
      inputs: [...running, off, observed({ resourceVersion: "12" })],
      effects: ["start ttl 1 u1 v1", "edited COSMETIC", "stop ttl 1 Disabled", "edited COSMETIC"],
    },
    {
      why: "does not finalize for a plugin that is removed meanwhile, and does when it may run again",
      inputs: [
        ...running,
        off,
        stopped,
        { type: "judged", verdict: { type: "none" } },
        observed({ resourceVersion: "12" }, { type: "none" }),
      ],
      effects: ["start ttl 1 u1 v1", "edited COSMETIC", "stop ttl 1 Disabled", "edited COSMETIC", "start retiring ttl 2 u1 v1"],
    },
    {
      why: "forgets a start that cools down",
      inputs: [
        observed(),
        { type: "failed", plugin: "ttl", epoch: 1, error: new Error("no") as never },
        off,
        { type: "cooled", plugin: "ttl", epoch: 1 },
      ],
      effects: ["start ttl 1 u1 v1", "cool ttl 1 5000", "edited COSMETIC"],
    },
    {
      why: "gives back a cache that is filled for a successor",
      inputs: [...running, { type: "judged", verdict: bound(["ttl"], { digest: "d2" }) }, off],
      effects: ["start ttl 1 u1 v1", "warm ttl 2 u1 v1", "wait quiet 1 250", "edited COSMETIC", "stop ttl 1 Disabled", "release ttl 2"],
    },
    {
      why: "is let go of where its labels are not selected any more, and comes up where they are",
      selector: "share=a",
      inputs: [
        observed(),
        observed({ resourceVersion: "11", labels: { share: "a" } }),
        { type: "started", plugin: "ttl", epoch: 1 },
        observed({ resourceVersion: "12" }),
      ],
      effects: ["edited COSMETIC", "start ttl 1 u1 v1", "edited COSMETIC", "stop ttl 1 NotSelected"],
    },
  ] as readonly { why: string; inputs: readonly Input[]; selector?: string; effects: readonly string[] }[]) {
    test(why, () => {
      const from = { ...unknownKind, selector: selector === undefined ? undefined : selectorOf(selector) };
      assert.deepEqual(told(live(inputs, from).effects), effects);
    });
  }

  test("says how many objects carried the finalizer when it stopped, and who must act", () => {
    const { message, awaits, evidence, lives } = lived([...running, off, stopped], { finalizersHeld: 2 }).explanation;
    assert.match(
      message ?? "",
      /switched off .* finalizers wait, until whoever put it there takes it off; when it stopped, 2 objects carried the finalizer of ttl$/,
    );
    assert.match(awaits[0]?.what ?? "", /kubectl annotate crd sessions\.demo\.example\.com polykind\.dev\/disabled-$/);
    assert.ok(evidence.some(({ type, status }) => type === "Enabled" && status === "False"));
    assert.equal(lives[0]?.releases[0]?.carriers, 2);
  });

  test("tells nothing of finalizers when it runs again, and of none when there were none", () => {
    const again = lived([...running, off, stopped, observed({ resourceVersion: "12" })], { finalizersHeld: 2 }).explanation;
    assert.deepEqual([again.state, again.message], ["Starting", undefined]);
    assert.doesNotMatch(lived([...running, off, stopped]).explanation.message ?? "", /carried/);
  });

  test("names the selector, and the labels that are to be put on", () => {
    const { message, awaits, evidence } = lived([observed({ labels: { share: "b" } })], { selector: selectorOf("share=a") }).explanation;
    assert.match(message ?? "", /leaves the CustomResourceDefinition alone: its labels are not such that share=a selects it/);
    assert.match(awaits[0]?.what ?? "", /^labels that share=a selects \(kubectl label crd sessions\.demo\.example\.com …\)/);
    assert.ok(evidence.some(({ type, status, message: by }) => type === "Selected" && status === "False" && by === "by share=a"));
  });
});
