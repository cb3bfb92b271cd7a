import { findCondition, withCondition } from "@polykind/plugin";
import type { Deployment, MyApp } from "./app.ts";
import { APP_LABEL } from "./children.ts";

/** The status of `app` when its Deployment is `deployment`. `at` is RFC 3339: when a condition changes, it does so then. */
export function statusOf(app: MyApp, deployment: Deployment, at: string): NonNullable<MyApp["status"]> {
  const observedGeneration = app.metadata.generation ?? 0;
  const { replicas = 0, readyReplicas = 0 } = deployment.status ?? {};
  const ready = { type: "Ready", ...readinessOf(app, deployment), observedGeneration };
  return {
    observedGeneration,
    replicas,
    readyReplicas,
    selector: `${APP_LABEL}=${app.metadata.name}`,
    conditions: withCondition(app.status?.conditions, ready, at),
  };
}

interface Readiness {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Ready is an application whose replicas all run what it wishes for now: those of an older template do not count. */
function readinessOf({ spec: { replicas } }: MyApp, { metadata, status = {} }: Deployment): Readiness {
  const { observedGeneration = 0, replicas: present = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  const failed = findCondition(status.conditions, "ReplicaFailure");
  const progress = findCondition(status.conditions, "Progressing");
  if (observedGeneration < (metadata.generation ?? 0))
    return { status: "False", reason: "Deploying", message: "the Deployment has not been looked at yet" };
  if (failed?.status === "True") return { status: "False", reason: "ReplicaFailure", message: failed.message ?? "" };
  if (progress?.status === "False") return { status: "False", reason: "Stalled", message: progress.message ?? "" };
  if (readyReplicas >= replicas && updatedReplicas >= replicas && present === replicas) {
    return { status: "True", reason: "AllReplicasReady", message: `${readyReplicas} of ${replicas} replicas are ready` };
  }
  return {
    status: "False",
    reason: "Deploying",
    message: `${readyReplicas} of ${replicas} replicas are ready, ${updatedReplicas} are up to date`,
  };
}
