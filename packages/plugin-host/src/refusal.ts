import { PolykindError, type PolykindErrorCode } from "@polykind/core";

/** The refusal of a plugin: all begin alike, naming the file or package. */
export function refusal(
  code: PolykindErrorCode,
  what: string,
  reason: string,
  facts: { readonly cause?: unknown; readonly facts?: object } = {},
): PolykindError {
  return new PolykindError(code, `cannot load plugin ${what}: ${reason}`, { ...facts, facts: { plugin: what, ...facts.facts } });
}
