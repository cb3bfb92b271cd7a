import { createHash } from "node:crypto";
import type { ServedKind } from "../kind/served-kind.ts";

/**
 * The hash by which clients see that objects are stored in another version.
 *
 * Source: `k8s.io/apiserver/pkg/endpoints/discovery.StorageVersionHash`: the first 8 bytes of a SHA-256, in base64.
 */
export function storageVersionHash({ group, kind }: Pick<ServedKind, "group" | "kind">, version: string): string {
  return createHash("sha256").update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString("base64");
}
