import { memberOf } from "../patch/json-object.ts";

/** What every kind can be selected by. */
export const METADATA_FIELDS: readonly string[] = ["metadata.name", "metadata.namespace"];

const FIELDS_BY_KIND: Readonly<Record<string, readonly string[]>> = {
  "v1 Event": [
    "involvedObject.apiVersion",
    "involvedObject.fieldPath",
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.resourceVersion",
    "involvedObject.uid",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "v1 Namespace": ["name", "status.phase"],
  "v1 Node": ["spec.unschedulable"],
  "v1 Pod": [
    "spec.hostNetwork",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.nominatedNodeName",
    "status.phase",
    "status.podIP",
  ],
  "v1 ReplicationController": ["status.replicas"],
  "v1 Secret": ["type"],
  "v1 Service": ["spec.clusterIP", "spec.type"],
  "batch/v1 Job": ["status.successful"],
  "apps/v1 ReplicaSet": ["status.replicas"],
};

/** Fields whose text is not simply that of the path they are called by: other path, or another text when absent. */
const ODD_FIELDS: Readonly<Record<string, { readonly path?: string; readonly absent?: string }>> = {
  "v1 Event source": { path: "source.component" },
  "v1 Namespace name": { path: "metadata.name" },
  "v1 Node spec.unschedulable": { absent: "false" },
  "v1 Pod spec.hostNetwork": { absent: "false" },
  "v1 ReplicationController status.replicas": { absent: "0" },
  "batch/v1 Job status.successful": { path: "status.succeeded", absent: "0" },
  "apps/v1 ReplicaSet status.replicas": { absent: "0" },
};

/** The fields, besides those of the metadata, by which objects of a built-in kind can be selected. */
export function builtinSelectableFields(apiVersion: string, kind: string): readonly string[] {
  return FIELDS_BY_KIND[`${apiVersion} ${kind}`] ?? [];
}

/** The fields by which a version of a CRD lets its objects be selected, as selectors write them: without the leading dot. */
export function customSelectableFields({
  selectableFields = [],
}: {
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}): readonly string[] {
  return selectableFields.map(({ jsonPath }) => jsonPath.replace(/^\./, ""));
}

/** What a field selector compares: the text of a field of `object`, empty where there is none. */
export function fieldText(object: object, field: string): string {
  const odd = ODD_FIELDS[`${String(memberOf(object, "apiVersion"))} ${String(memberOf(object, "kind"))} ${field}`];
  let at: unknown = object;
  for (const key of (odd?.path ?? field).split(".")) at = memberOf(at, key);
  return at === undefined || at === null || typeof at === "object" ? (odd?.absent ?? "") : String(at);
}
