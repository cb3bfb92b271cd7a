export { applyJsonPatch } from "./json-patch.ts";
export { isJsonObject, type JsonObject, memberOf } from "./json-object.ts";
export { applyMergePatch } from "./merge-patch.ts";
export { PatchError, type PatchErrorFacts } from "./patch-error.ts";
export { applyStrategicPatch } from "./strategic-patch.ts";
