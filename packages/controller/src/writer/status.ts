import { isJsonObject, isMerged, isSameJson, type Json, type JsonObject } from "./json.ts";

/**
 * What of `wished` is to be sent to an object whose status is `present`; `undefined` when nothing would change.
 *
 * Conditions are matched by type: their order does not count, and a `lastTransitionTime` stays as long as the condition's status does (Kubernetes API
 * conventions), so that a plugin that always writes the present time causes no write.
 */
export function statusPatch(present: unknown, wished: JsonObject): JsonObject | undefined {
  const status = isJsonObject(present) ? present : {};
  const patch: Record<string, Json> = { ...wished };
  if (Array.isArray(wished["conditions"]) && Array.isArray(status["conditions"])) {
    patch["conditions"] = keepTransitions(status["conditions"], wished["conditions"]);
    if (isSameSet(status["conditions"], patch["conditions"])) delete patch["conditions"];
  }
  return isMerged(status, patch) ? undefined : patch;
}

/** Whether the fields that `patch` names are the same in both statuses: nobody else has changed what is about to be written. */
export function isUntouched(before: unknown, now: unknown, patch: JsonObject): boolean {
  const [a, b] = [isJsonObject(before) ? before : {}, isJsonObject(now) ? now : {}];
  return Object.keys(patch).every((field) => isSameJson(a[field], b[field]));
}

function keepTransitions(present: readonly Json[], wished: readonly Json[]): readonly Json[] {
  return wished.map((condition) => {
    const before = present.find((other) => isJsonObject(other) && isJsonObject(condition) && other["type"] === condition["type"]);
    if (!isJsonObject(before) || !isJsonObject(condition) || before["status"] !== condition["status"]) return condition;
    const { lastTransitionTime } = before;
    return lastTransitionTime === undefined ? condition : { ...condition, lastTransitionTime };
  });
}

function isSameSet(present: readonly Json[], wished: Json): boolean {
  if (!Array.isArray(wished) || present.length !== wished.length) return false;
  return wished.every((condition: Json) => present.some((other) => isSameJson(other, condition)));
}
