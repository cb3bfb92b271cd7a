import { union } from "./field-set.ts";
import { compareTexts, type Manager, type Managers, managerKey, secondsOf } from "./managers.ts";

const MAX_UPDATERS = 10;

/** Takes over from those who wrote long ago. */
const ANCIENT = "ancient-changes";

/**
 * At most ten managers by ordinary writes: of more, the oldest of each version are merged into one, so that `managedFields` cannot grow without end.
 */
export function capUpdaters(managers: Managers): Managers {
  const updaters = [...managers.entries()].filter(([, { operation }]) => operation === "Update");
  if (updaters.length <= MAX_UPDATERS) return managers;
  const capped = new Map(managers);
  const firstByVersion = new Map<string, string>();
  let count = updaters.length;
  for (const [key, manager] of updaters.toSorted(([keyA, a], [keyB, b]) => secondsOf(a) - secondsOf(b) || compareTexts(keyA, keyB))) {
    if (count <= MAX_UPDATERS) break;
    const first = firstByVersion.get(manager.apiVersion);
    if (first === undefined) {
      firstByVersion.set(manager.apiVersion, key);
      continue;
    }
    mergeAncient(capped, first, [key, manager]);
    count -= 1;
  }
  return capped;
}

function mergeAncient(managers: Map<string, Manager>, first: string, [key, manager]: readonly [string, Manager]): void {
  const identity = { manager: ANCIENT, operation: "Update", apiVersion: manager.apiVersion } as const;
  const bucketKey = managerKey(identity);
  const bucket = managers.get(bucketKey) ?? managers.get(first);
  if (!managers.has(bucketKey)) managers.delete(first);
  managers.delete(key);
  const fields = bucket === undefined ? manager.fields : union(manager.fields, bucket.fields);
  managers.set(bucketKey, { ...identity, fields, ...(manager.time !== undefined && { time: manager.time }) });
}
