import type { KubeObject } from "@polykind/apimachinery";

/** One operation of RFC 6902. */
export type JsonOperation =
  | { readonly op: "test" | "add"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

const LIST = "/metadata/finalizers";

/**
 * Puts `finalizer` at the end of the list that `object` has, on this very object, and only while the list is such: else the server answers 422.
 *
 * An absent list cannot be tested portably, so there the version is.
 */
export function addFinalizer({ metadata }: KubeObject, finalizer: string): readonly JsonOperation[] {
  const { uid, resourceVersion, finalizers = [] } = metadata;
  const isSame: JsonOperation = { op: "test", path: "/metadata/uid", value: uid };
  if (finalizers.length === 0) {
    return [
      isSame,
      { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
      { op: "add", path: LIST, value: [finalizer] },
    ];
  }
  return [isSame, { op: "test", path: LIST, value: finalizers }, { op: "add", path: `${LIST}/-`, value: finalizer }];
}

/**
 * Takes `finalizer` off by its index, on this very object, and only while it is there. Others stay, in their order.
 *
 * @returns `undefined` when it is not on the list.
 */
export function removeFinalizer({ metadata }: KubeObject, finalizer: string): readonly JsonOperation[] | undefined {
  const index = metadata.finalizers?.indexOf(finalizer) ?? -1;
  if (index === -1) return undefined;
  const path = `${LIST}/${index}`;
  return [
    { op: "test", path: "/metadata/uid", value: metadata.uid },
    { op: "test", path, value: finalizer },
    { op: "remove", path },
  ];
}
