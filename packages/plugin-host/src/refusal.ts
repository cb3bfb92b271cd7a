import { messageOf, PolykindError, type PolykindErrorCode } from "@polykind/core";

/** The refusal of a plugin: all begin alike, naming the file or package. */
export function refusal(
  code: PolykindErrorCode,
  what: string,
  reason: string,
  facts: { readonly cause?: unknown; readonly facts?: object } = {},
): PolykindError {
  return new PolykindError(code, `cannot load plugin ${what}: ${reason}`, { ...facts, facts: { plugin: what, ...facts.facts } });
}

/**
 * The refusal of a plugin for whatever was thrown on its behalf; one of this host's own errors stays as it is.
 *
 * Never throws: a plugin may throw what cannot even be read, such as an error whose message is no text, or a getter that throws.
 */
export function refusalFor(thrown: unknown, what: string): PolykindError {
  try {
    if (thrown instanceof PolykindError) return thrown;
    return refusal("PLUGIN_FAILED", what, `it threw while it was checked: ${messageOf(thrown)}`, { cause: thrown });
  } catch {
    // Not as a cause: whoever tells of the refusal would fail at it too.
    return refusal("PLUGIN_FAILED", what, "it threw what cannot be told: throw an Error with a text as its message");
  }
}
