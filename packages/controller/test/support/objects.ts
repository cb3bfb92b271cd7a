import type { KubeObject, ObjectMeta } from "@polykind/apimachinery";

/** An object as a server might send it. */
export function objectOf<T extends object>(metadata: Partial<ObjectMeta> = {}, fields?: T): KubeObject & T {
  const whole = { name: "a", namespace: "n", uid: "u1", resourceVersion: "10", creationTimestamp: "2026-01-01T00:00:00Z", ...metadata };
  return { apiVersion: "test.polykind.dev/v1", kind: "Widget", metadata: whole, ...fields } as KubeObject & T;
}
