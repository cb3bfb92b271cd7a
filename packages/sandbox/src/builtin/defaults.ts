import { isRecord, itemsAt, type JsonObject, recordAt } from "../json.ts";

/** Sets a field that is absent. */
export function fill(record: JsonObject, defaults: Readonly<JsonObject>): void {
  for (const [field, value] of Object.entries(defaults)) record[field] ??= value;
}

/** The object at a field, made if it is absent. */
export function madeAt(record: JsonObject, field: string): JsonObject {
  const present = recordAt(record, field);
  if (present !== undefined) return present;
  const made: JsonObject = {};
  record[field] = made;
  return made;
}

/** The objects in a list. */
export function recordsAt(record: Readonly<JsonObject> | undefined, field: string): readonly JsonObject[] {
  return itemsAt(record, field).filter(isRecord);
}

/** The defaults of a pod's spec, those of its containers included. */
export function fillPodSpec(spec: JsonObject): void {
  fill(spec, {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  for (const container of [...recordsAt(spec, "initContainers"), ...recordsAt(spec, "containers")]) {
    const imagePullPolicy = isFloating(container["image"]) ? "Always" : "IfNotPresent";
    fill(container, { resources: {}, terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File", imagePullPolicy });
    for (const port of recordsAt(container, "ports")) fill(port, { protocol: "TCP" });
  }
}

/** Whether an image is named without a tag that stays, so that it must be pulled anew each time. */
function isFloating(image: unknown): boolean {
  if (typeof image !== "string" || image.includes("@")) return false;
  const [, tag] = image.slice(image.lastIndexOf("/") + 1).split(":");
  return tag === undefined || tag === "latest";
}

/** The defaults of the pods that a workload makes. */
export function fillTemplate(spec: JsonObject): void {
  const template = recordAt(spec, "template");
  if (template === undefined) return;
  fill(template, { metadata: {} });
  fillPodSpec(madeAt(template, "spec"));
}

/** The defaults of a job's spec. */
export function fillJobSpec(spec: JsonObject): void {
  fillTemplate(spec);
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  fill(spec, { parallelism: 1, backoffLimit: 6, suspend: false, completionMode: "NonIndexed" });
}
