import { isRecord, type JsonObject } from "../json.ts";

/** The steps of a simple path such as `.spec.replicas`. */
function stepsOf(path: string): readonly string[] {
  return path.split(".").filter((step) => step !== "");
}

/** The value at a simple path such as `.spec.replicas`, or `undefined`. */
export function valueAtPath(object: unknown, path: string): unknown {
  let at: unknown = object;
  for (const step of stepsOf(path)) {
    if (!isRecord(at) || !Object.hasOwn(at, step)) return undefined;
    at = at[step];
  }
  return at;
}

/** Sets the value at a simple path, making the objects on the way. */
export function setAtPath(object: JsonObject, path: string, value: unknown): void {
  const steps = stepsOf(path);
  const last = steps.at(-1);
  if (last === undefined) return;
  let at = object;
  for (const step of steps.slice(0, -1)) {
    const next = at[step];
    if (isRecord(next)) at = next;
    else {
      const made: JsonObject = {};
      at[step] = made;
      at = made;
    }
  }
  at[last] = value;
}
