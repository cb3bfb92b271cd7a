import type { KubeObject } from "@polykind/apimachinery";
import { trackManagers } from "../apply/index.ts";
import { isRecord, recordAt } from "../json.ts";
import type { Draft, SubresourceName, WriteStep } from "../kind/kind-rules.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import type { Call } from "./call.ts";

/** Notes in `metadata.managedFields` who wrote the fields of the draft that differ from before. */
export function trackedUpdate(
  { draft, before, subresource }: WriteStep,
  { kind, manager: agent }: Pick<Call, "kind" | "manager">,
  { at, manager }: { readonly at: string; readonly manager: string },
): void {
  const tracked = trackManagers({
    ...(before !== undefined && { before }),
    after: draft,
    manager: manager === "" ? agent : manager,
    at,
    ...writeContextOf(kind, subresource),
    apiVersion: draft.apiVersion,
  });
  const managedFields = recordAt({ ...tracked }, "metadata")?.["managedFields"];
  if (managedFields === undefined) delete draft.metadata["managedFields"];
  else draft.metadata["managedFields"] = subresource === "scale" ? withoutScaleTimes(managedFields) : managedFields;
}

/** The real server notes no time for what is written by way of the scale. */
function withoutScaleTimes(managedFields: unknown): unknown {
  if (!Array.isArray(managedFields)) return managedFields;
  return managedFields.filter(isRecord).map(({ time, ...entry }) => (entry["subresource"] === "scale" ? entry : { ...entry, time }));
}

/** How fields are told apart that are written to a kind by one of its parts, and which of them such a write does not change. */
export function writeContextOf({ rules, subresources }: ServedKind, subresource: SubresourceName | undefined): WriteFacts {
  const resetFields = subresource === undefined && !subresources.includes("status") ? [] : undefined;
  return { schema: rules.schema, ...(subresource !== undefined && { subresource }), ...(resetFields !== undefined && { resetFields }) };
}

/** See {@link writeContextOf}. */
export interface WriteFacts {
  readonly schema: object;
  readonly subresource?: string;
  readonly resetFields?: readonly (readonly string[])[];
}

/** As {@link trackedUpdate}, for what the server itself writes into a status. */
export function trackedStatus(draft: Draft, before: KubeObject, kind: ServedKind, at: string): void {
  // Only the status is written: the rest need not be compared.
  const parts = { apiVersion: draft.apiVersion, kind: draft.kind, metadata: draft.metadata, status: draft["status"] };
  const was = { apiVersion: before.apiVersion, kind: before.kind, metadata: before.metadata, status: recordAt({ ...before }, "status") };
  trackedUpdate({ draft: parts, before: was, subresource: "status" }, { kind, manager: SERVER_MANAGER }, { at, manager: "" });
}

/** Who the server is in `metadata.managedFields`. */
export const SERVER_MANAGER = "kube-apiserver";
