import { type CrdDescriptor, type LabelSelector, matchesLabels } from "@polykind/apimachinery";
import type { KindState } from "./state.ts";

/** Which CRDs a process deals with at all. */
export interface CrdSelector {
  /** As its operator wrote it, for people. */
  readonly text: string;
  readonly requirements: LabelSelector;
}

/**
 * Why nothing of a kind runs, whatever plugins want. `NotSelected`: its CRD is none of this process's. `Disabled`: a person has switched it off.
 */
export type Exclusion = "NotSelected" | "Disabled";

/** The annotation of a CRD by which a person switches its kind off: `"true"`, and on again: `"false"`, or none. */
export const DISABLED_ANNOTATION = "polykind.dev/disabled";

/** Why nothing of the kind may run; `undefined` when it may. That its CRD is none of this process's comes first. */
export function exclusionOf({ crd, selector }: Pick<KindState, "crd" | "selector">): Exclusion | undefined {
  if (crd === undefined) return undefined;
  if (selector !== undefined && !isSelected(crd, selector)) return "NotSelected";
  return wordOf(crd) === "true" ? "Disabled" : undefined;
}

/** What stands in the annotation; `undefined` when there is none. */
export function wordOf({ annotations }: CrdDescriptor): string | undefined {
  return Object.hasOwn(annotations, DISABLED_ANNOTATION) ? annotations[DISABLED_ANNOTATION] : undefined;
}

/** What is wrong with the annotation: it then switches nothing off. `undefined` when nothing is. */
export function warningOfWord(crd: CrdDescriptor): string | undefined {
  const word = wordOf(crd);
  if (word === undefined || word === "true" || word === "false") return undefined;
  return `the annotation ${DISABLED_ANNOTATION} of the CustomResourceDefinition is ${JSON.stringify(word)}, which is neither "true" nor "false": it switches nothing off`;
}

/** What is told of a kind that is excluded. */
export function exclusionText(exclusion: Exclusion, { crd, selector }: Pick<KindState, "crd" | "selector">): string {
  if (exclusion === "Disabled")
    return `it is switched off by the annotation ${DISABLED_ANNOTATION}: no controller runs, nothing is written, and finalizers wait, until whoever put it there takes it off`;
  const why = crd?.isAssumed === true ? "its labels may not be read, so that nobody knows whether" : "its labels are not such that";
  return `this process leaves the CustomResourceDefinition alone: ${why} ${selector?.text ?? ""} selects it`;
}

/** A CRD that may not be read has labels that nobody knows. */
function isSelected({ labels, isAssumed }: CrdDescriptor, { requirements }: CrdSelector): boolean {
  return requirements.length === 0 || (isAssumed !== true && matchesLabels(requirements, labels));
}
