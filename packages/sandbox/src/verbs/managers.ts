import type { KubeObject } from "@polykind/apimachinery";
import { isRecord } from "../json.ts";
import type { Draft, WriteStep } from "../kind/kind-rules.ts";
import { trackManagers } from "../kind/patch-port.ts";
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
    operation: "Update",
    schema: kind.rules.schema,
    at,
    ...(subresource !== undefined && { subresource }),
    apiVersion: draft.apiVersion,
  });
  const { metadata } = tracked as { readonly metadata?: unknown };
  if (!isRecord(metadata)) return;
  if (metadata["managedFields"] === undefined) delete draft.metadata["managedFields"];
  else draft.metadata["managedFields"] = metadata["managedFields"];
}

/** As {@link trackedUpdate}, for what the server itself writes into a status. */
export function trackedStatus(draft: Draft, before: KubeObject, kind: ServedKind, at: string): void {
  trackedUpdate({ draft, before, subresource: "status" }, { kind, manager: SERVER_MANAGER }, { at, manager: "" });
}

/** Who the server is in `metadata.managedFields`. */
const SERVER_MANAGER = "kube-apiserver";
