import { apiVersionOf } from "@polykind/apimachinery";
import type { InformerKey } from "../types.ts";

/**
 * The key as text: equal keys have equal texts, others do not.
 *
 * @example
 * const sessions = { group: "demo.example.com", version: "v1", plural: "sessions", kind: "Session", resourceScope: "Namespaced" } as const;
 * keyTextOf({ resource: sessions, namespace: "web", shape: "metadata" });
 * // => 'demo.example.com/v1 sessions Session Namespaced namespace="web" shape="metadata"'
 */
export function keyTextOf({ resource, incarnation, namespace, labelSelector, fieldSelector, shard, shape }: InformerKey): string {
  const parts = [apiVersionOf(resource), resource.plural, resource.kind, resource.resourceScope];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") parts.push(`${name}=${JSON.stringify(value)}`);
  };
  add("incarnation", incarnation);
  add("namespace", namespace);
  add("labelSelector", labelSelector);
  add("fieldSelector", fieldSelector);
  add("shard", shard && `${shard.index}/${shard.count}`);
  add("shape", shape === "full" ? undefined : shape);
  // In one piece: a text that is put together bit by bit keeps all its parts.
  return parts.join(" ");
}
