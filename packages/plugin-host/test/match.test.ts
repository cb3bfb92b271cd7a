import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CrdDescriptor, type CustomResourceDefinition, describeCrd } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { ManagedKind, ManagedKinds, Plugin } from "@polykind/plugin";
import { type LoadedPlugin, type Match, matchPlugins, type PluginRecord } from "@polykind/plugin-host";

type Manages = ManagedKind | ManagedKinds | readonly (ManagedKind | ManagedKinds)[];

interface CrdWords {
  readonly group?: string;
  readonly kind?: string;
  readonly scope?: "Namespaced" | "Cluster";
  readonly labels?: Readonly<Record<string, string>>;
  /** Served versions; those in parentheses are not served. */
  readonly versions?: readonly string[];
}

function crdOf({
  group = "demo.example.com",
  kind = "Session",
  scope = "Namespaced",
  labels = {},
  versions = ["v1"],
}: CrdWords = {}): CrdDescriptor {
  const crd: CustomResourceDefinition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${kind.toLowerCase()}s.${group}`,
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels,
    },
    spec: {
      group,
      scope,
      names: { kind, plural: `${kind.toLowerCase()}s` },
      versions: versions.map((name, at) => ({ name: name.replaceAll(/[()]/g, ""), served: !name.startsWith("("), storage: at === 0 })),
    },
  };
  return describeCrd(crd);
}

const SESSION: ManagedKind = { group: "demo.example.com", kind: "Session" };

function loaded(name: string, manages: Manages = SESSION, shared?: boolean, finalizer?: string): LoadedPlugin {
  const plugin: Plugin = {
    name,
    engines: { polykind: "*" },
    manages,
    ...(shared !== undefined && { shared }),
    ...(finalizer !== undefined && { finalizer }),
    setup: () => ({ reconcile: async () => undefined }),
  };
  return { name, version: "1.0.0", source: "in-process", loadedAt: 0, digest: name, state: "loaded", plugin };
}

/** A match in short: `bound a@v1`, `conflict a b`. */
function shortOf(match: Match): string {
  switch (match.type) {
    case "none":
      return "none";
    case "bound":
      return ["bound", ...match.bindings.map(({ plugin, version }) => `${plugin.name}@${version}`)].join(" ");
    case "conflict":
      return ["conflict", ...match.plugins.map(({ name }) => name)].join(" ");
    case "incompatible":
      return `incompatible ${match.plugin.name}`;
  }
}

describe("matchPlugins, one plugin", () => {
  for (const { why, crd = {}, manages, short } of [
    { why: "its group and kind", manages: SESSION, short: "bound p@v1" },
    { why: "the same kind of another group is another kind", crd: { group: "other.example.com" }, manages: SESSION, short: "none" },
    { why: "another kind of the same group", crd: { kind: "Other" }, manages: SESSION, short: "none" },
    { why: "case matters in a kind", crd: { kind: "session" }, manages: SESSION, short: "none" },
    { why: "any of several", crd: { kind: "B" }, manages: [SESSION, { group: "demo.example.com", kind: "B" }], short: "bound p@v1" },
    { why: "a selector of everything", manages: { selector: {} }, short: "bound p@v1" },
    { why: "a pattern of groups", manages: { selector: { group: "*.example.com" } }, short: "bound p@v1" },
    {
      why: "a pattern stands for a whole group, not for a part",
      crd: { group: "example.com.evil.org" },
      manages: { selector: { group: "*.example.com" } },
      short: "none",
    },
    { why: "a pattern needs its dot", crd: { group: "example.com" }, manages: { selector: { group: "*.example.com" } }, short: "none" },
    { why: "a pattern of kinds", crd: { kind: "NetworkPolicy" }, manages: { selector: { kind: "*Policy" } }, short: "bound p@v1" },
    {
      why: "group and kind of a selector must both hold",
      crd: { kind: "Other" },
      manages: { selector: { group: "*", kind: "S*" } },
      short: "none",
    },
    {
      why: "labels that the CRD carries",
      crd: { labels: { tier: "gold", x: "y" } },
      manages: { selector: { labels: { tier: "gold" } } },
      short: "bound p@v1",
    },
    {
      why: "labels with another value",
      crd: { labels: { tier: "tin" } },
      manages: { selector: { labels: { tier: "gold" } } },
      short: "none",
    },
    { why: "labels that only a prototype has", manages: { selector: { labels: { constructor: "Object" } } }, short: "none" },
    { why: "the best served version", crd: { versions: ["v1beta1", "v2alpha1", "v1", "(v3)"] }, manages: SESSION, short: "bound p@v1" },
    {
      why: "the best version that it can work with",
      crd: { versions: ["v1", "v1beta1", "v1alpha1"] },
      manages: { ...SESSION, versions: ["v1alpha1", "v1beta1"] },
      short: "bound p@v1beta1",
    },
    {
      why: "a bound by Kubernetes' order, not by text",
      crd: { versions: ["v1beta9", "v1beta10"] },
      manages: { ...SESSION, versions: [">=v1beta10"] },
      short: "bound p@v1beta10",
    },
    { why: "an upper bound", crd: { versions: ["v2", "v1", "v1beta1"] }, manages: { ...SESSION, versions: ["<v2"] }, short: "bound p@v1" },
    { why: "no common version", crd: { versions: ["v2"] }, manages: { ...SESSION, versions: ["v1"] }, short: "incompatible p" },
    {
      why: "a version that is there and not served",
      crd: { versions: ["v2", "(v1)"] },
      manages: { ...SESSION, versions: ["v1"] },
      short: "incompatible p",
    },
    { why: "no version served at all", crd: { versions: ["(v1)"] }, manages: SESSION, short: "incompatible p" },
    { why: "its resource scope", manages: { ...SESSION, resourceScope: "Namespaced" }, short: "bound p@v1" },
    {
      why: "the other resource scope",
      crd: { scope: "Cluster" },
      manages: { ...SESSION, resourceScope: "Namespaced" },
      short: "incompatible p",
    },
    {
      why: "a second wish that can be met when the first cannot",
      crd: { versions: ["v2"] },
      manages: [{ ...SESSION, versions: ["v1"] }, { selector: {} }],
      short: "bound p@v2",
    },
  ] satisfies readonly { readonly why: string; readonly crd?: CrdWords; readonly manages: Manages; readonly short: string }[]) {
    test(`${why}: ${short}`, () => assert.equal(shortOf(matchPlugins(crdOf(crd), [loaded("p", manages)])), short));
  }

  test("goes by the names that the server accepted, not by those wished for", () => {
    const crd = { ...crdOf(), names: { kind: "Accepted", plural: "sessions" } };
    assert.equal(shortOf(matchPlugins(crd, [loaded("p", { group: "demo.example.com", kind: "Accepted" })])), "bound p@v1");
  });

  test("is not a match when it was rejected", () => {
    const { plugin: _, ...facts } = loaded("p");
    const rejected: PluginRecord = { ...facts, state: "rejected", error: new PolykindError("PLUGIN_FAILED", "x") };
    assert.equal(shortOf(matchPlugins(crdOf(), [rejected])), "none");
  });
});

describe("matchPlugins, several plugins", () => {
  const [a, b] = [loaded("a"), loaded("b")];
  const [x, y] = [loaded("x", { selector: {} }, true), loaded("y", SESSION, true)];
  for (const { why, plugins, short } of [
    { why: "two that share run both", plugins: [x, y], short: "bound x@v1 y@v1" },
    { why: "two that do not share: neither starts", plugins: [a, b], short: "conflict a b" },
    { why: "one that does not share runs beside one that does", plugins: [a, x], short: "bound a@v1 x@v1" },
    { why: "two that do not share keep no other from the kind", plugins: [a, b, x], short: "bound x@v1" },
    {
      why: "one that cannot work with the CRD keeps no other from it",
      plugins: [a, loaded("c", { ...SESSION, versions: ["v9"] })],
      short: "bound a@v1",
    },
    {
      why: "each in its own version",
      plugins: [x, loaded("z", { ...SESSION, versions: ["v1beta1"] }, true)],
      short: "bound x@v1 z@v1beta1",
    },
  ]) {
    test(`${why}: ${short}`, () => {
      const crd = crdOf({ versions: ["v1", "v1beta1"] });
      assert.equal(shortOf(matchPlugins(crd, plugins)), short);
      assert.deepEqual(matchPlugins(crd, plugins.toReversed()), matchPlugins(crd, plugins), "whatever order they come in");
    });
  }

  test("tells who cannot work with the CRD beside those that can, and why", () => {
    const match = matchPlugins(crdOf(), [a, loaded("c", { ...SESSION, versions: ["v9", ">=v2"] })]);
    assert.ok(match.type === "bound");
    assert.deepEqual(
      match.incompatible.map(({ plugin, message }) => [plugin.name, message]),
      [["c", "c 1.0.0 has no version in common with Session.demo.example.com: it works with v9, >=v2, served are v1"]],
    );
  });

  test("tells all reasons when none can", () => {
    const match = matchPlugins(crdOf(), [
      loaded("c", { ...SESSION, versions: ["v9"] }),
      loaded("d", { ...SESSION, resourceScope: "Cluster" }),
    ]);
    assert.ok(match.type === "incompatible");
    assert.match(
      match.message,
      /c 1\.0\.0 has no version.*; d 1\.0\.0 works with .* only where its resource scope is Cluster, and it is Namespaced/,
    );
  });

  test("tells which want the kind for themselves and what to do, also beside those that run", () => {
    const message =
      "a, b each manage Session.demo.example.com for themselves: none starts; remove all but one, or let all but one say shared: true";
    const [alone, beside] = [matchPlugins(crdOf(), [a, b]), matchPlugins(crdOf(), [a, b, x])];
    assert.ok(alone.type === "conflict" && beside.type === "bound");
    assert.equal(alone.message, message);
    assert.equal(beside.conflict?.message, message);
  });
});

describe("matchPlugins, plugins with one finalizer", () => {
  const sharing = (name: string, finalizer?: string): LoadedPlugin => loaded(name, SESSION, true, finalizer);
  const [x, y, z] = [sharing("x", "example.com/cleanup"), sharing("y", "example.com/cleanup"), sharing("z")];
  for (const { why, plugins, short } of [
    { why: "neither starts, since only one would clean up", plugins: [x, y], short: "conflict x y" },
    { why: "they keep no other from the kind", plugins: [x, y, z], short: "bound z@v1" },
    { why: "without one of their own, each has another", plugins: [z, sharing("w")], short: "bound w@v1 z@v1" },
    { why: "one takes what another has by default", plugins: [z, sharing("w", "z.polykind.dev/finalizer")], short: "conflict w z" },
    { why: "one of them has the kind for itself", plugins: [x, loaded("a", SESSION, false, "example.com/cleanup")], short: "conflict a x" },
    {
      why: "one that does not start anyway counts not",
      plugins: [x, loaded("a", SESSION, false, "example.com/cleanup"), loaded("b")],
      short: "bound x@v1",
    },
    {
      why: "one that cannot work with the CRD counts not",
      plugins: [x, loaded("c", { ...SESSION, versions: ["v9"] }, true, "example.com/cleanup")],
      short: "bound x@v1",
    },
    {
      why: "on another kind it does not matter",
      plugins: [x, loaded("c", { group: "demo.example.com", kind: "Other" }, true, "example.com/cleanup")],
      short: "bound x@v1",
    },
  ]) {
    test(`${why}: ${short}`, () => {
      assert.equal(shortOf(matchPlugins(crdOf(), plugins)), short);
      assert.deepEqual(matchPlugins(crdOf(), plugins.toReversed()), matchPlugins(crdOf(), plugins), "whatever order they come in");
    });
  }

  test("are told with what to do, after those that want the kind for themselves", () => {
    const match = matchPlugins(crdOf(), [x, y, loaded("a"), loaded("b")]);
    assert.ok(match.type === "conflict");
    assert.deepEqual(
      match.plugins.map(({ name }) => name),
      ["a", "b", "x", "y"],
    );
    assert.match(
      match.message,
      /^a, b each manage .*; x, y each put the finalizer example\.com\/cleanup on Session\.demo\.example\.com, .*: none starts; give each a finalizer of its own/,
    );
  });
});
