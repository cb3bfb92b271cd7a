import type { Bug } from "./bugs.ts";

/** Mistakes in how only what changed is read. */
export const CHANGES_BUGS: readonly Bug[] = [
  {
    name: "an object of another version than its metadata is taken",
    file: "reflector/changes-step.ts",
    find: `    record.uid === head.uid &&
    record.resourceVersion === head.resourceVersion;`,
    replace: `    record.uid === head.uid;`,
    caughtBy: ["W2", "W5", "W15"],
  },
  {
    name: "an object that is gone when it is read stays as it was",
    file: "reflector/changes-step.ts",
    find: `  if (!isThatOne) return openList(memory, RELIST, now);`,
    replace: `  if (record === undefined) return fetchNext(memory, { plan, version, left: rest, before: [{ type: "stageSame", keys: [head.key] }], now });
  if (!isThatOne) return openList(memory, RELIST, now);`,
    isRare: true,
    caughtBy: ["W5"],
  },
  {
    name: "an object that is not cached is not read",
    file: "reflector/driver.ts",
    find: `      else changed.push({ key, uid, resourceVersion });`,
    replace: `      else if (cached !== undefined) changed.push({ key, uid, resourceVersion });`,
    caughtBy: ["W5"],
  },
  {
    name: "an object counts as the same whatever its version",
    file: "reflector/driver.ts",
    find: `if (cached?.uid === uid && cached.resourceVersion === resourceVersion) same.push(key);`,
    replace: `if (cached?.uid === uid) same.push(key);`,
    caughtBy: ["W5"],
  },
  {
    name: "what changed is forgotten with each page of metadata",
    file: "reflector/changes-step.ts",
    find: `const changed = [...state.changed, ...page.changed];`,
    replace: `const changed = page.changed;`,
    isRare: true,
    caughtBy: ["W5"],
  },
  {
    name: "metadata from a server that lags behind is held against the cache",
    file: "reflector/changes-step.ts",
    find: `if (state.version === undefined && isOlder(page.version, memory.version))\n    return refuseStale`,
    replace: `if (state.version === undefined && page.version === "")\n    return refuseStale`,
    isRare: true,
    caughtBy: ["W2", "W5", "W15"],
  },
  {
    name: "a server without metadata is asked for it for ever",
    file: "reflector/changes-step.ts",
    find: `      return retry(memory, { error, next: RELIST, now });`,
    replace: `      return retry(memory, { error, next: plan, now });`,
    isRare: true,
    caughtBy: ["W3"],
  },
  {
    name: "what was read before a failure stays",
    file: "reflector/moves.ts",
    find: `      { type: "begin" },
      { type: "compare", call,`,
    replace: `      { type: "compare", call,`,
    isRare: true,
    caughtBy: ["W5"],
  },
  {
    name: "a watch is resumed although bodies have changed",
    file: "reflector/watch-step.ts",
    find: `  if (memory.bodies === "changed") return RELIST;
`,
    replace: ``,
    caughtBy: ["W3"],
  },
  {
    name: "of two announcements the last one counts",
    file: "reflector/step.ts",
    find: `bodies: isDue ? moreOf(memory.bodies, bodies) : bodies,`,
    replace: `bodies: isDue ? (moreOf(memory.bodies, bodies), bodies) : bodies,`,
    isRare: true,
    caughtBy: ["W3"],
  },
  {
    name: "what is announced while a list is read is forgotten with it",
    file: "reflector/moves.ts",
    find: `return memory.expectedAt >= memory.listedFrom ? replaced :`,
    replace: `return memory.expectedAt >= memory.listedFrom + 1_000_000 ? replaced :`,
    isRare: true,
    caughtBy: ["W3"],
  },
  {
    name: "a list of metadata that waits its turn is read although bodies have changed",
    file: "reflector/moves.ts",
    find: `return memory.bodies === "same" ? openComparison(`,
    replace: `return memory.bodies !== undefined ? openComparison(`,
    isRare: true,
    caughtBy: ["W3"],
  },
  {
    name: "an object of the same version is not read anew",
    file: "store/object-store.ts",
    find: `if (staged === before) return before;`,
    replace: `if (staged.key !== "") return before;`,
    caughtBy: ["W3"],
  },
];
