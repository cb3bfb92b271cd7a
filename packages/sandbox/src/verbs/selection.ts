import { type KubeObject, matchesLabels, parseLabelSelector } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import { FieldSelectorError, matchesFields, parseFieldSelector, requireSupported } from "../field-selector/index.ts";
import { badRequest } from "../status/index.ts";
import type { Call } from "./call.ts";
import type { ListOptions } from "./options.ts";

/** Whether an object in its served version is selected. */
export type Selection = (object: KubeObject) => boolean;

/** What a list or a watch selects, or `undefined` for everything. @throws StatusError 400 for a selector that is none. */
export function selectionOf({ kind, name }: Call, { labelSelector, fieldSelector }: ListOptions): Selection | undefined {
  if (labelSelector === "" && fieldSelector === "" && name === "") return undefined;
  try {
    const labels = parseLabelSelector(labelSelector);
    const fields = parseFieldSelector(fieldSelector);
    const supported = kind.rules.selectableFields;
    requireSupported(fields, supported);
    return (object) =>
      (name === "" || object.metadata.name === name) &&
      matchesLabels(labels, object.metadata.labels) &&
      (fields.length === 0 || matchesFields(fields, object, supported));
  } catch (thrown) {
    if (thrown instanceof FieldSelectorError) throw badRequest(thrown.message);
    if (isPolykindError(thrown)) throw badRequest(`unable to parse requirement: ${thrown.message}`);
    throw thrown;
  }
}
