import { apiErrorOf, type KubeObject, type ObjectMeta, type Resource } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";

export const GIZMOS: Resource = { group: "demo.example.com", version: "v1", plural: "gizmos", kind: "Gizmo", resourceScope: "Namespaced" };

/** A gizmo, by default in namespace `web` and with a uid made of its name. */
export function gizmo(
  name: string,
  version: number | string,
  more: Partial<ObjectMeta> & { readonly spec?: unknown } = {},
): KubeObject & { readonly spec?: unknown } {
  const { spec, ...metadata } = more;
  return {
    apiVersion: "demo.example.com/v1",
    kind: "Gizmo",
    metadata: {
      name,
      namespace: "web",
      uid: `uid-${name}`,
      resourceVersion: String(version),
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
    ...(spec !== undefined && { spec }),
  };
}

export function listOf(version: number | string, items: readonly object[], more: { readonly continue?: string } = {}): object {
  return { apiVersion: "demo.example.com/v1", kind: "GizmoList", metadata: { resourceVersion: String(version), ...more }, items };
}

export const added = (object: object): object => ({ type: "ADDED", object });
export const modified = (object: object): object => ({ type: "MODIFIED", object });
export const deleted = (object: object): object => ({ type: "DELETED", object });

export function bookmark(version: number | string, { isEnd = false }: { readonly isEnd?: boolean } = {}): object {
  const annotations = isEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  return {
    type: "BOOKMARK",
    object: { apiVersion: "demo.example.com/v1", kind: "Gizmo", metadata: { resourceVersion: String(version), ...annotations } },
  };
}

/** The body of a failure, as Kubernetes 1.36 writes it. */
export function statusOfCode(
  code: number,
  more: { readonly message?: string; readonly reason?: string; readonly details?: object } = {},
): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: `failed with ${code}`, code, ...more };
}

export const errorEvent = (code: number, more?: Parameters<typeof statusOfCode>[1]): object => ({
  type: "ERROR",
  object: statusOfCode(code, more),
});

/** An answer that is no success, as a client throws it. */
export function answer(code: number, more?: Parameters<typeof statusOfCode>[1]): PolykindError {
  return apiErrorOf(code, statusOfCode(code, more), { method: "list", path: "/apis/demo.example.com/v1/gizmos", host: "127.0.0.1:6443" });
}

export const TOO_LARGE = {
  message: "Timeout: Too large resource version: 100000, current: 19",
  reason: "Timeout",
  details: { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1 },
};
export const INITIALIZING = { message: "storage is (re)initializing", reason: "TooManyRequests", details: { retryAfterSeconds: 1 } };
export const INSTALLING = {
  message: "the request has been made before all known HTTP paths have been installed, please try again",
  reason: "ServiceUnavailable",
  details: { retryAfterSeconds: 5 },
};
