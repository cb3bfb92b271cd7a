import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findKind, type KindNames } from "../../src/kind/explain-lookup.ts";

function kind(crd: string, name: string, others: readonly string[] = []): { readonly names: KindNames } {
  const [plural = "", ...group] = crd.split(".");
  return { names: { crd, group: group.join("."), kind: name, others: [plural, ...others] } };
}

const sessions = kind("sessions.demo.example.com", "Session", ["session", "ses"]);
const balls = kind("balls.x.dev", "Ball");
const otherBalls = kind("balls.y.dev", "Ball");
const spheres = kind("spheres.x.dev", "Ball");
const absent = { names: { crd: "", group: "z.dev", kind: "Kite", others: [] } };
const kinds = [sessions, balls, otherBalls, spheres, absent];

describe("findKind", () => {
  for (const { why, query, is } of [
    { why: "the CRD's name", query: "sessions.demo.example.com", is: sessions },
    { why: "the kind and its group, as `get kinds` tells it", query: "Session.demo.example.com", is: sessions },
    { why: "the plural", query: "sessions", is: sessions },
    { why: "the kind", query: "Session", is: sessions },
    { why: "the short name", query: "ses", is: sessions },
    { why: "whatever the case", query: "SESSIONS.demo.Example.com", is: sessions },
    { why: "the CRD's name, although another CRD wants the same kind", query: "balls.x.dev", is: balls },
    { why: "a kind that has no CRD", query: "kite", is: absent },
    { why: "the same with its group", query: "Kite.z.dev", is: absent },
  ]) {
    test(`finds by ${why}`, () => assert.deepEqual(findKind(kinds, query), { type: "found", found: is }));
  }

  for (const { why, query, candidates } of [
    { why: "a plural in two groups", query: "balls", candidates: ["balls.x.dev", "balls.y.dev"] },
    { why: "a kind over which two CRDs quarrel", query: "Ball.x.dev", candidates: ["balls.x.dev", "spheres.x.dev"] },
    { why: "a kind of three CRDs", query: "ball", candidates: ["balls.x.dev", "balls.y.dev", "spheres.x.dev"] },
  ]) {
    test(`takes no guess at ${why}, but names what can be asked for`, () => {
      const lookup = findKind(kinds, query);
      assert.deepEqual([lookup.type, "candidates" in lookup && lookup.candidates], ["ambiguous", candidates]);
      for (const candidate of candidates) assert.deepEqual(findKind(kinds, candidate).type, "found", candidate);
    });
  }

  for (const { why, query, candidates } of [
    { why: "a slip of the hand", query: "sesions", candidates: ["sessions.demo.example.com"] },
    { why: "a beginning", query: "sess", candidates: ["sessions.demo.example.com"] },
    { why: "a group that is another", query: "spheres.y.dev", candidates: ["spheres.x.dev"] },
    { why: "a beginning of what has no CRD", query: "kit", candidates: ["Kite.z.dev"] },
    { why: "nothing that there is", query: "nodes", candidates: [] },
    { why: "nothing at all, which is no CRD's name either", query: "", candidates: [] },
  ]) {
    test(`finds nothing by ${why}, and names what may have been meant`, () => {
      const lookup = findKind(kinds, query);
      assert.deepEqual([lookup.type, "candidates" in lookup && lookup.candidates], ["unknown", candidates]);
      assert.match("message" in lookup ? lookup.message : "", candidates.length === 0 ? /polykind get kinds/ : /did you mean/);
    });
  }

  test("takes a CRD's own name for that CRD, although another one's kind reads the same", () =>
    assert.deepEqual(findKind([kind("orbs.x.dev", "Balls"), balls], "balls.x.dev"), { type: "found", found: balls }));

  test("names ten candidates and no more", () => {
    const many = Array.from({ length: 30 }, (_, index) => kind(`things.g${index}.dev`, "Thing"));
    const lookup = findKind(many, "thing");
    assert.equal("candidates" in lookup && lookup.candidates.length, 10);
  });
});
