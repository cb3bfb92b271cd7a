import type { KindExplanation, KindRefusal, KindReport, KindsLine } from "@polykind/manager";

/** Whether a manager may have answered this to `/v1/kinds`. */
export function isKinds(value: unknown): value is { readonly kinds: readonly KindReport[] } {
  return isFields(value) && Array.isArray(value["kinds"]) && value["kinds"].every(isReport);
}

/** Whether it may be a line of `/v1/kinds?watch=true`. */
export function isKindsLine(value: unknown): value is KindsLine {
  return isKinds(value) && "gone" in value && Array.isArray(value.gone) && value.gone.every(isText);
}

/** Whether a manager may have answered this to `/v1/kinds/NAME`, where it knows the kind. */
export function isExplanation(value: unknown): value is KindExplanation {
  return (
    isFields(value) &&
    ["name", "crd", "state", "since"].every((field) => isText(value[field])) &&
    ["evidence", "awaits", "runs", "lives"].every((field) => isRows(value[field]))
  );
}

/** Whether it may be the answer where it does not. */
export function isKindRefusal(value: unknown): value is KindRefusal {
  return (
    isFields(value) &&
    (value["type"] === "unknown" || value["type"] === "ambiguous") &&
    isText(value["message"]) &&
    Array.isArray(value["candidates"])
  );
}

function isReport(value: unknown): boolean {
  return isFields(value) && ["name", "state", "since"].every((field) => isText(value[field])) && isRows(value["runs"]);
}

function isRows(value: unknown): boolean {
  return Array.isArray(value) && value.every(isFields);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
