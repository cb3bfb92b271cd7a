import { isPolykindError, type PolykindError } from "@polykind/core";

/** Whether what came was no list or object of the kind that was asked for: something else answers in its place. */
export function isStranger(error: PolykindError): boolean {
  return isPolykindError(error, "API_PROTOCOL") && error.facts["found"] !== undefined;
}
