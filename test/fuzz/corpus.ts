import type { Draws } from "../sim/random.ts";

/** Texts that have been trouble: separators, other scripts, keys of prototypes, numbers beyond doubles. */
const TEXTS = [
  "a",
  "\u2028",
  "\u2029",
  "žluťoučký",
  "𝒳𝒴",
  "\\",
  '"',
  "\u0000",
  "\r",
  "\ufeff",
  "__proto__",
  "constructor",
  "k8s.io/initial-events-end",
  "",
];

/** V8's `JSON.parse` (Node 24.21) can read the key `\"` as `\\` once it has met an object with the latter: two parses of one text then differ. */
const KEYS = TEXTS.filter((text) => text !== "\\");

/** A random JSON value, at most `depth` deep. */
function valueOf(draws: Draws, depth: number): unknown {
  switch (draws.below(depth > 0 ? 7 : 5)) {
    case 0:
      return draws.pick(TEXTS).repeat(draws.below(4));
    case 1:
      return draws.next() * 10 ** draws.below(20);
    case 2:
      return draws.chance(0.5);
    case 3:
      return null;
    case 4:
      return draws.below(1_000_000) - 500_000;
    case 5:
      return Array.from({ length: draws.below(5) }, () => valueOf(draws, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: draws.below(6) }, (_, index) => [`${draws.pick(KEYS)}${index % 2 || ""}`, valueOf(draws, depth - 1)]),
      );
  }
}

/** A random event of a watch, mostly of a kind that an informer of gizmos expects. */
export function eventOf(draws: Draws, version: number): object {
  const type = draws.pick(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]);
  if (type === "ERROR")
    return {
      type,
      object: {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: draws.pick(TEXTS),
        code: draws.pick([410, 500, 429]),
      },
    };
  const annotations = draws.chance(0.3)
    ? { annotations: { "k8s.io/initial-events-end": "true", [draws.pick(KEYS)]: draws.pick(TEXTS) } }
    : {};
  const identity =
    type === "BOOKMARK"
      ? {}
      : { name: `${draws.pick(TEXTS)}x`, namespace: "web", uid: `uid-${version}`, creationTimestamp: "2026-01-01T00:00:00Z" };
  const metadata = {
    ...annotations,
    ...(draws.chance(0.3) && { labels: { constructor: draws.pick(TEXTS) } }),
    ...identity,
    ...(draws.chance(0.2) && { managedFields: [{ manager: draws.pick(TEXTS), operation: "Apply" }] }),
    resourceVersion: String(version),
  };
  const spec = type === "BOOKMARK" ? {} : { spec: valueOf(draws, 4) };
  return { type, object: { apiVersion: "sim.example.com/v1", kind: "Gizmo", metadata, ...spec } };
}
