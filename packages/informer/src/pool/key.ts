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
  const whole = `${apiVersionOf(resource)} ${resource.plural} ${resource.kind} ${resource.resourceScope}`;
  const selection = partOf("incarnation", incarnation) + partOf("namespace", namespace) + partOf("labelSelector", labelSelector);
  const part = partOf("fieldSelector", fieldSelector) + partOf("shard", shard && `${shard.index}/${shard.count}`);
  return whole + selection + part + partOf("shape", shape === "full" ? undefined : shape);
}

function partOf(name: string, value: string | undefined): string {
  return value === undefined || value === "" ? "" : ` ${name}=${JSON.stringify(value)}`;
}
