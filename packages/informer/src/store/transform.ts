import type { KubeObject } from "@polykind/apimachinery";

/**
 * Makes of an object what is kept of it, before it is frozen and stored. May change its argument, which nobody else has seen. Must keep name,
 * namespace, uid and resourceVersion.
 */
export type Transform = (object: KubeObject) => KubeObject;

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Leaves out what no controller reads and what makes up most of an object: `metadata.managedFields`, and kubectl's copy of the whole manifest in an
 * annotation.
 */
export const withoutBookkeeping: Transform = (object) => {
  const { metadata } = object;
  const hasCopy = Object.hasOwn(metadata.annotations ?? {}, LAST_APPLIED); // null comes, too
  if (!hasCopy && !("managedFields" in metadata)) return object;
  const { managedFields: _, ...kept } = metadata as typeof metadata & { readonly managedFields?: unknown }; // Servers send more than we name.
  if (!hasCopy) return { ...object, metadata: kept };
  const { [LAST_APPLIED]: __, ...annotations } = metadata.annotations ?? {};
  return { ...object, metadata: { ...kept, annotations } };
};
