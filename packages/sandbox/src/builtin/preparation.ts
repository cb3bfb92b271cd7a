import { itemsAt, type JsonObject, recordAt, textAt } from "../json.ts";
import type { Draft, WriteStep } from "../kind/kind-rules.ts";
import { fill, fillJobSpec, fillPodSpec, fillTemplate, madeAt, recordsAt } from "./defaults.ts";
import type { BuiltinRow } from "./row.ts";
import { containerErrors, roleErrors, workloadErrors } from "./validation.ts";

type Hooks = Pick<BuiltinRow, "markDeleted" | "prepare" | "setDefaults" | "validate">;

/** Namespaces carry their name as a label, are held by a finalizer of their own in the spec, and tell their phase. */
export const NAMESPACE: Hooks = {
  setDefaults({ metadata }: Draft) {
    const name = textAt(metadata, "name");
    if (name) metadata["labels"] = { ...recordAt(metadata, "labels"), "kubernetes.io/metadata.name": name };
  },
  prepare({ draft, before, subresource }: WriteStep) {
    const spec = recordAt(draft, "spec") ?? {};
    if (before === undefined) {
      const finalizers = itemsAt(spec, "finalizers");
      draft["spec"] = { ...spec, finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"] };
      draft["status"] = { phase: "Active" };
    } else if (subresource === undefined) {
      draft["spec"] = { ...spec, finalizers: itemsAt(recordAt({ ...before }, "spec"), "finalizers") };
    }
  },
  markDeleted(draft: Draft) {
    draft["status"] = { ...recordAt(draft, "status"), phase: "Terminating" };
  },
};

/** Texts of a secret become data. */
export const SECRET: Hooks = {
  setDefaults(draft: Draft) {
    fill(draft, { type: "Opaque" });
    const texts = recordAt(draft, "stringData");
    delete draft["stringData"];
    if (texts === undefined) return;
    const encoded = Object.entries(texts).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")] as const);
    draft["data"] = { ...recordAt(draft, "data"), ...Object.fromEntries(encoded) };
  },
};

/** Services get an address that nothing routes. */
export const SERVICE: Hooks = {
  setDefaults(draft: Draft) {
    const spec = madeAt(draft, "spec");
    fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
    if (spec["type"] !== "ExternalName") fill(spec, { internalTrafficPolicy: "Cluster" });
    for (const port of recordsAt(spec, "ports")) fill(port, { protocol: "TCP", targetPort: port["port"] });
  },
  prepare({ draft, before, subresource }: WriteStep) {
    if (subresource !== undefined) return;
    const spec = madeAt(draft, "spec");
    if (before === undefined) draft["status"] = { loadBalancer: {} };
    if (spec["type"] === "ExternalName") return;
    const was = recordAt(recordAt({ ...before }, "spec") ?? {}, "clusterIP") ?? recordAt({ ...before }, "spec")?.["clusterIP"];
    spec["clusterIP"] ??= was ?? addressOf(textAt(draft.metadata, "uid") ?? "");
    spec["clusterIPs"] ??= [spec["clusterIP"]];
  },
};

/** An address in the range of services, from the digits of a uid: of the form that clients expect. */
function addressOf(uid: string): string {
  const digits = uid.replaceAll("-", "").padEnd(6, "0");
  const [a, b, c] = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
  return `10.${96 + ((a ?? 0) % 16)}.${b ?? 0}.${1 + ((c ?? 0) % 254)}`;
}

/** Pods are stored; nobody runs them. */
export const POD: Hooks = {
  setDefaults: (draft) => fillPodSpec(madeAt(draft, "spec")),
  prepare({ draft, before }: WriteStep) {
    if (before === undefined) draft["status"] = { phase: "Pending", qosClass: "BestEffort" };
  },
  validate: ({ draft }) => containerErrors(recordAt(draft, "spec") ?? {}, "spec"),
};

/** A kind of workload: the defaults of its spec, and an empty status from the start. */
function workload(defaults: (spec: JsonObject) => void, rest: Hooks = {}): Hooks {
  return {
    setDefaults(draft) {
      const spec = madeAt(draft, "spec");
      fillTemplate(spec);
      defaults(spec);
    },
    prepare: startStatus,
    validate: workloadErrors,
    ...rest,
  };
}

/** Before anybody looked at it, a workload has an empty status. */
function startStatus({ draft, before }: WriteStep): void {
  if (before === undefined) draft["status"] = {};
}

export const DEPLOYMENT: Hooks = workload((spec) => {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = madeAt(spec, "strategy");
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate") fill(madeAt(strategy, "rollingUpdate"), { maxSurge: "25%", maxUnavailable: "25%" });
});

export const STATEFUL_SET: Hooks = workload(
  (spec) => {
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady" });
    const strategy = madeAt(spec, "updateStrategy");
    fill(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate") fill(madeAt(strategy, "rollingUpdate"), { partition: 0 });
  },
  {
    prepare({ draft, before }) {
      if (before === undefined) draft["status"] = { replicas: 0, availableReplicas: 0 };
    },
  },
);

export const REPLICA_SET: Hooks = workload((spec) => fill(spec, { replicas: 1 }), {
  prepare({ draft, before }) {
    if (before === undefined) draft["status"] = { replicas: 0 };
  },
});

export const DAEMON_SET: Hooks = workload(
  (spec) => {
    fill(spec, { revisionHistoryLimit: 10 });
    fill(madeAt(spec, "updateStrategy"), { type: "RollingUpdate" });
  },
  {
    prepare({ draft, before }) {
      if (before === undefined)
        draft["status"] = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    },
  },
);

/** A job selects its pods by its uid. */
export const JOB: Hooks = {
  setDefaults: (draft) => fillJobSpec(madeAt(draft, "spec")),
  prepare(step: WriteStep) {
    startStatus(step);
    const { draft, before } = step;
    const spec = madeAt(draft, "spec");
    if (before !== undefined || spec["selector"] !== undefined || spec["manualSelector"] === true) return;
    const own = { "batch.kubernetes.io/controller-uid": draft.metadata["uid"] };
    const metadata = madeAt(madeAt(spec, "template"), "metadata");
    metadata["labels"] = { ...recordAt(metadata, "labels"), ...own, "batch.kubernetes.io/job-name": draft.metadata["name"] };
    spec["selector"] = { matchLabels: own };
  },
};

export const CRON_JOB: Hooks = {
  setDefaults(draft) {
    const spec = madeAt(draft, "spec");
    fillJobSpec(madeAt(madeAt(spec, "jobTemplate"), "spec"));
    fill(spec, { concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
  },
  prepare: startStatus,
};

export const CLAIM: Hooks = { setDefaults: (draft) => fill(madeAt(draft, "spec"), { volumeMode: "Filesystem" }) };

export const ROLE: Hooks = {
  setDefaults(draft) {
    draft["rules"] ??= null;
  },
  validate: roleErrors,
};

/** Bindings name the group of what they bind. */
export const BINDING: Hooks = {
  setDefaults(draft) {
    fill(madeAt(draft, "roleRef"), { apiGroup: "rbac.authorization.k8s.io" });
    for (const subject of recordsAt(draft, "subjects"))
      if (subject["kind"] !== "ServiceAccount") fill(subject, { apiGroup: "rbac.authorization.k8s.io" });
  },
};

/** The core kind of events shows all its parts. */
export const EVENT: Hooks = {
  prepare({ draft }) {
    fill(draft, { source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: null, reportingComponent: "", reportingInstance: "" });
  },
};
