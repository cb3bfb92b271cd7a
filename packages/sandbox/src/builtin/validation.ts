import { labelSelectorOf, matchesLabels } from "@polykind/apimachinery";
import { equalJson, isRecord, type JsonObject, recordAt, textAt } from "../json.ts";
import { duplicateValue, invalidValue, required } from "../kind/field-errors.ts";
import type { WriteStep } from "../kind/kind-rules.ts";
import type { FieldError } from "../schema/index.ts";
import { labelErrors } from "../schema/meta/names.ts";
import { recordsAt } from "./defaults.ts";

/** What is wrong with the containers of a pod. */
export function containerErrors(spec: Readonly<JsonObject>, path: string): readonly FieldError[] {
  const containers = recordsAt(spec, "containers");
  if (containers.length === 0) return [required(`${path}.containers`, "")];
  const seen = new Set<string>();
  return containers.flatMap((container, index) => {
    const at = `${path}.containers[${index}]`;
    const name = textAt(container, "name") ?? "";
    const errors = labelErrors(name).map((why) => invalidValue(`${at}.name`, name, why));
    if (seen.has(name)) errors.push(duplicateValue(`${at}.name`, name));
    seen.add(name);
    return textAt(container, "image") ? errors : [...errors, required(`${at}.image`, "")];
  });
}

/** What is wrong with a workload: its containers, and a selector that must select its own pods and never change. */
export function workloadErrors({ draft, before }: WriteStep): readonly FieldError[] {
  const spec = recordAt(draft, "spec") ?? {};
  const template = recordAt(spec, "template");
  const errors = [...containerErrors(recordAt(template, "spec") ?? {}, "spec.template.spec")];
  const { selector, replicas } = spec;
  if (!isRecord(selector)) return [...errors, required("spec.selector", "")];
  const labels = (recordAt(recordAt(template, "metadata"), "labels") ?? {}) as Readonly<Record<string, string>>; // They were read as texts.
  const requirements = labelSelectorOf(selector);
  if (requirements.length === 0 || !matchesLabels(requirements, labels)) {
    errors.push(invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  }
  const was = recordAt(recordAt({ ...before }, "spec"), "selector");
  if (was !== undefined && !equalJson(was, selector)) errors.push(invalidValue("spec.selector", selector, "field is immutable"));
  if (typeof replicas === "number" && replicas < 0)
    errors.push(invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"));
  return errors;
}

/** What is wrong with the rules of a role. */
export function roleErrors({ draft }: WriteStep): readonly FieldError[] {
  return recordsAt(draft, "rules").flatMap((rule, index) => {
    const at = `rules[${index}]`;
    const isEmpty = (field: string): boolean => !Array.isArray(rule[field]) || rule[field].length === 0;
    const errors = isEmpty("verbs") ? [required(`${at}.verbs`, "verbs must contain at least one value")] : [];
    if (!isEmpty("nonResourceURLs")) return errors;
    if (isEmpty("apiGroups")) errors.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"));
    if (isEmpty("resources")) errors.push(required(`${at}.resources`, "resource rules must supply at least one resource"));
    return errors;
  });
}
