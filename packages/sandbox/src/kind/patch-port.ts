import { isRecord, type JsonObject, setField } from "../json.ts";

function merge(object: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const out: JsonObject = isRecord(object) ? object : {};
  for (const [key, value] of Object.entries(patch)) setField(out, key, merge(out[key], value));
  return out;
}
export interface ApplyResult {
  readonly object?: JsonObject;
  readonly conflicts?: readonly { readonly message: string; readonly field: string }[];
}
export function applyConfiguration(options: {
  readonly live: object | undefined;
  readonly applied: object;
  [x: string]: unknown;
}): ApplyResult {
  return { object: merge(options.live === undefined ? {} : structuredClone(options.live), options.applied) as JsonObject };
}
export function trackManagers({ after }: { readonly after: object; [x: string]: unknown }): object {
  return after;
}
