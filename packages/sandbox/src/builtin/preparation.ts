import { itemsAt, recordAt, textAt } from "../json.ts";
import type { Draft, WriteStep } from "../kind/kind-rules.ts";
import type { BuiltinRow } from "./row.ts";

/** Namespaces carry their name as a label, are held by a finalizer of their own in the spec, and tell their phase. */
export const prepareNamespace: Pick<BuiltinRow, "markDeleted" | "prepare" | "setDefaults"> = {
  setDefaults({ metadata }: Draft) {
    const name = textAt(metadata, "name");
    if (name) metadata["labels"] = { ...recordAt(metadata, "labels"), "kubernetes.io/metadata.name": name };
  },
  prepare({ draft, before, subresource }: WriteStep) {
    const spec = recordAt(draft, "spec") ?? {};
    if (before === undefined) {
      const finalizers = itemsAt(spec, "finalizers");
      draft["spec"] = { ...spec, finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"] };
      draft["status"] = { phase: "Active" };
    } else if (subresource === undefined) {
      draft["spec"] = { ...spec, finalizers: itemsAt(recordAt({ ...before }, "spec"), "finalizers") };
    }
  },
  markDeleted(draft: Draft) {
    draft["status"] = { ...recordAt(draft, "status"), phase: "Terminating" };
  },
};
