import { equalJson } from "../../json.ts";
import { notSupported } from "../field-error.ts";
import { goJson, goValue } from "../go-text.ts";
import type { Outcome } from "./outcome.ts";
import { addViolation } from "./outcome.ts";

/** Checks that a value is one of an enumeration; `null` is none of any. A fraction is cut where the enumeration has whole numbers. */
export function checkEnum(values: readonly unknown[], value: unknown, path: string, out: Outcome): void {
  if (value !== null && values.some((each) => isSame(value, each))) return;
  const text = `${path} in body should be one of ${goValue(values)}`;
  const supported = values.map((each) => (typeof each === "string" ? each : goJson(each)));
  addViolation(out, { text, at: path, error: (field) => notSupported(field, value, supported) });
}

function isSame(value: unknown, listed: unknown): boolean {
  if (typeof value === "number" && typeof listed === "number" && Number.isInteger(listed)) return Math.trunc(value) === listed;
  return equalJson(value, listed);
}
