import { recordAt, textAt } from "../json.ts";
import { resourceNameOf } from "../kind/served-kind.ts";
import { forbidden, notFound } from "../status/refusals.ts";
import type { Admission } from "./admission.ts";

const NAMESPACES = { group: "", what: "namespaces" };
const UNDELETABLE: ReadonlySet<string> = new Set(["default", "kube-public", "kube-system"]);

/** Lets objects be created only in namespaces that exist and stay. Source: the admission plugin NamespaceLifecycle. */
export const admitNamespace: Admission = ({ verb, draft }, { kind, namespace, name }, { kinds }) => {
  const isNamespace = kind.group === "" && kind.plural === "namespaces";
  if (verb === "delete" && isNamespace && UNDELETABLE.has(name)) throw forbidden(NAMESPACES, name, "this namespace may not be deleted");
  if (verb !== "create" || isNamespace || namespace === "") return;
  const found = kinds.namespaces.get(namespace);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (textAt(recordAt(found.object, "status"), "phase") !== "Terminating") return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" };
  throw forbidden(resourceNameOf(kind), textAt(draft.metadata, "name") ?? "", why, [cause]);
};
