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
  const part = shard && `${shard.index}/${shard.count}`;
  const selection = { incarnation, namespace, labelSelector, fieldSelector, shard: part, shape: shape === "full" ? undefined : shape };
  for (const [name, value] of Object.entries(selection))
    if (value !== undefined && value !== "") parts.push(`${name}=${JSON.stringify(value)}`);
  return parts.join(" ");
}
