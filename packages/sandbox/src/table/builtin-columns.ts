import { memberOf } from "../patch/json-object.ts";
import { ageOf } from "./duration.ts";
import type { Column } from "./column.ts";
import * as jobs from "./job-cells.ts";
import * as pods from "./pod-cells.ts";
import * as services from "./service-cells.ts";
import { at, countOf, instantAt, labelsText, listAt, numberAt, orNone, selectorText, textAt } from "./values.ts";

type Cell = Column["cell"];

const NAME = column("Name", "string", (object) => textAt(object, "metadata", "name"), {
  format: "name",
  description: "The name of the object.",
});
const AGE = column("Age", "string", (object, now) => ageOf(at(object, "metadata", "creationTimestamp"), now), {
  description: "The time since the object was created.",
});

function column(name: string, type: string, cell: Cell, { format = "", description = "", priority = 0 } = {}): Column {
  return { definition: { name, type, format, description, priority }, cell };
}

/** A column that is shown only with `-o wide`. */
function wide(name: string, cell: Cell): Column {
  return column(name, "string", cell, { priority: 1 });
}

const text = (name: string, cell: Cell): Column => column(name, "string", cell);
const integer = (name: string, cell: Cell): Column => column(name, "integer", cell);

/** Containers and images of a pod template, and the selector where the kind has one. */
const WORKLOAD: readonly Column[] = [
  wide("Containers", (object) => templateTexts(object, "name")),
  wide("Images", (object) => templateTexts(object, "image")),
];
const SELECTOR = wide("Selector", (object) => selectorText(at(object, "spec", "selector")));

function templateTexts(object: unknown, field: string): string {
  return listAt(object, "spec", "template", "spec", "containers")
    .map((container) => textAt(container, field))
    .join(",");
}

function ratio(object: unknown, part: readonly string[], whole: readonly string[]): string {
  return `${numberAt(object, ...part)}/${numberAt(object, ...whole)}`;
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  "v1 Namespace": [NAME, text("Status", (object) => textAt(object, "status", "phase")), AGE],
  "v1 ConfigMap": [NAME, integer("Data", (object) => countOf(at(object, "data")) + countOf(at(object, "binaryData"))), AGE],
  "v1 Secret": [NAME, text("Type", (object) => textAt(object, "type")), integer("Data", (object) => countOf(at(object, "data"))), AGE],
  "v1 ServiceAccount": [NAME, integer("Secrets", (object) => listAt(object, "secrets").length), AGE],
  "v1 Service": [
    NAME,
    text("Type", (object) => textAt(object, "spec", "type")),
    text("Cluster-IP", services.clusterIpText),
    text("External-IP", services.externalIpText),
    text("Port(s)", services.portsText),
    AGE,
    wide("Selector", (object) => labelsText(at(object, "spec", "selector"))),
  ],
  "v1 Pod": [
    NAME,
    text("Ready", pods.readyText),
    text("Status", pods.statusText),
    text("Restarts", pods.restartsText),
    AGE,
    wide("IP", (object) => orNone(textAt(object, "status", "podIP"))),
    wide("Node", (object) => orNone(textAt(object, "spec", "nodeName"))),
    wide("Nominated Node", (object) => orNone(textAt(object, "status", "nominatedNodeName"))),
    wide("Readiness Gates", pods.readinessGatesText),
  ],
  "apps/v1 Deployment": [
    NAME,
    text("Ready", (object) => ratio(object, ["status", "readyReplicas"], ["spec", "replicas"])),
    integer("Up-to-date", (object) => numberAt(object, "status", "updatedReplicas")),
    integer("Available", (object) => numberAt(object, "status", "availableReplicas")),
    AGE,
    ...WORKLOAD,
    SELECTOR,
  ],
  "apps/v1 ReplicaSet": [
    NAME,
    integer("Desired", (object) => numberAt(object, "spec", "replicas")),
    integer("Current", (object) => numberAt(object, "status", "replicas")),
    integer("Ready", (object) => numberAt(object, "status", "readyReplicas")),
    AGE,
    ...WORKLOAD,
    SELECTOR,
  ],
  "apps/v1 StatefulSet": [
    NAME,
    text("Ready", (object) => ratio(object, ["status", "readyReplicas"], ["spec", "replicas"])),
    AGE,
    ...WORKLOAD,
  ],
  "batch/v1 Job": [
    NAME,
    text("Status", jobs.statusText),
    text("Completions", jobs.completionsText),
    text("Duration", jobs.durationText),
    AGE,
    ...WORKLOAD,
    SELECTOR,
  ],
  "v1 Event": eventColumns({
    object: "involvedObject",
    component: ["source", "component"],
    message: "message",
    count: "count",
    first: "firstTimestamp",
    last: "lastTimestamp",
  }),
  "events.k8s.io/v1 Event": eventColumns({
    object: "regarding",
    component: ["deprecatedSource", "component"],
    message: "note",
    count: "deprecatedCount",
    first: "deprecatedFirstTimestamp",
    last: "deprecatedLastTimestamp",
  }),
  "coordination.k8s.io/v1 Lease": [NAME, text("Holder", (object) => textAt(object, "spec", "holderIdentity")), AGE],
  "apiextensions.k8s.io/v1 CustomResourceDefinition": [
    NAME,
    column("Created At", "date", (object) => textAt(object, "metadata", "creationTimestamp"), {
      description: "When the object was created, by the server's clock.",
    }),
  ],
  "rbac.authorization.k8s.io/v1 RoleBinding": [NAME, text("Role", roleText), AGE],
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": [NAME, text("Role", roleText), AGE],
};

function roleText(object: unknown): string {
  return `${textAt(object, "roleRef", "kind")}/${textAt(object, "roleRef", "name")}`;
}

/** Where the two groups of events keep the same facts. */
interface EventFields {
  readonly object: string;
  readonly component: readonly string[];
  readonly message: string;
  readonly count: string;
  readonly first: string;
  readonly last: string;
}

function eventColumns({ object: regarding, component, message, count, first, last }: EventFields): readonly Column[] {
  const firstSeen: Cell = (event, now) => ageOf(instantAt(event, [first], ["eventTime"]), now);
  const lastSeen: Cell = (event, now) => {
    const since = instantAt(event, ["series", "lastObservedTime"], [last]);
    return since === undefined ? firstSeen(event, now) : ageOf(since, now);
  };
  return [
    text("Last Seen", lastSeen),
    text("Type", (event) => textAt(event, "type")),
    text("Reason", (event) => textAt(event, "reason")),
    text("Object", (event) => `${textAt(event, regarding, "kind").toLowerCase()}/${textAt(event, regarding, "name")}`),
    wide("Subobject", (event) => textAt(event, regarding, "fieldPath")),
    wide("Source", (event) => textAt(event, ...component) || textAt(event, "reportingComponent") || textAt(event, "reportingController")),
    text("Message", (event) => textAt(event, message).trim()),
    wide("First Seen", firstSeen),
    column("Count", "integer", (event) => numberAt(event, "series", "count") || numberAt(event, count) || 1, { priority: 1 }),
    { ...NAME, definition: { ...NAME.definition, priority: 1 } },
  ];
}

/** The columns in which kubectl shows a built-in kind; name and age for those that have none of their own. */
export function builtinColumnsOf(apiVersion: string, kind: string): readonly Column[] {
  const key = `${apiVersion} ${kind}`;
  const columns = memberOf(COLUMNS, key) === undefined ? undefined : COLUMNS[key];
  return columns ?? [NAME, AGE];
}
