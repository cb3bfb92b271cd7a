import type { ScalePaths } from "../kind/served-kind.ts";
import {
  BINDING,
  CLAIM,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  EVENT,
  JOB,
  NAMESPACE,
  POD,
  REPLICA_SET,
  ROLE,
  SECRET,
  SERVICE,
  STATEFUL_SET,
} from "./preparation.ts";
import { EVENT_FORMS } from "./event-forms.ts";
import { reviewAccess, reviewSelf } from "./reviews.ts";
import type { BuiltinRow } from "./row.ts";

const CORE = { group: "", version: "v1" } as const;
const APPS = { group: "apps", version: "v1" } as const;
const BATCH = { group: "batch", version: "v1" } as const;
const RBAC = { group: "rbac.authorization.k8s.io", version: "v1", canCreateOnUpdate: true, nameRule: "pathSegment" } as const;
const ADMISSION = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  isCluster: true,
  hasGeneration: true,
  needsVersion: true,
} as const;
const NETWORKING = { group: "networking.k8s.io", version: "v1", hasGeneration: true } as const;
const WORKLOAD = { categories: ["all"], hasStatus: true, hasGeneration: true } as const;
const REVIEW = { version: "v1", isCluster: true, verbs: ["create"] } as const;
const AUTHORIZATION = { ...REVIEW, group: "authorization.k8s.io", review: reviewAccess } as const;
const SCALE: ScalePaths = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".spec.selector",
};

/** The built-in kinds that are stored, in the order of their groups in discovery. CRDs are not among them. */
export const BUILTIN_ROWS: readonly BuiltinRow[] = [
  { ...CORE, plural: "configmaps", kind: "ConfigMap", shortNames: ["cm"] },
  { ...CORE, plural: "endpoints", kind: "Endpoints", shortNames: ["ep"] },
  { ...CORE, plural: "events", kind: "Event", shortNames: ["ev"], canCreateOnUpdate: true, ...EVENT },
  {
    ...CORE,
    plural: "namespaces",
    kind: "Namespace",
    shortNames: ["ns"],
    isCluster: true,
    hasStatus: true,
    subresources: ["finalize"],
    nameRule: "label",
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    ...NAMESPACE,
  },
  { ...CORE, plural: "nodes", kind: "Node", shortNames: ["no"], isCluster: true, hasStatus: true },
  { ...CORE, plural: "persistentvolumeclaims", kind: "PersistentVolumeClaim", shortNames: ["pvc"], hasStatus: true, ...CLAIM },
  { ...CORE, plural: "pods", kind: "Pod", shortNames: ["po"], ...WORKLOAD, ...POD },
  { ...CORE, plural: "secrets", kind: "Secret", ...SECRET },
  { ...CORE, plural: "serviceaccounts", kind: "ServiceAccount", shortNames: ["sa"] },
  {
    ...CORE,
    plural: "services",
    kind: "Service",
    shortNames: ["svc"],
    categories: ["all"],
    hasStatus: true,
    nameRule: "dns1035Label",
    ...SERVICE,
  },
  { ...APPS, plural: "controllerrevisions", kind: "ControllerRevision" },
  { ...APPS, plural: "daemonsets", kind: "DaemonSet", shortNames: ["ds"], ...WORKLOAD, ...DAEMON_SET },
  { ...APPS, plural: "deployments", kind: "Deployment", shortNames: ["deploy"], ...WORKLOAD, scale: SCALE, ...DEPLOYMENT },
  { ...APPS, plural: "replicasets", kind: "ReplicaSet", shortNames: ["rs"], ...WORKLOAD, scale: SCALE, ...REPLICA_SET },
  { ...APPS, plural: "statefulsets", kind: "StatefulSet", shortNames: ["sts"], ...WORKLOAD, scale: SCALE, ...STATEFUL_SET },
  { group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", canCreateOnUpdate: true, needsVersion: true },
  {
    group: "events.k8s.io",
    version: "v1",
    plural: "events",
    kind: "Event",
    shortNames: ["ev"],
    canCreateOnUpdate: true,
    formOfCore: EVENT_FORMS,
  },
  { ...ADMISSION, plural: "mutatingwebhookconfigurations", kind: "MutatingWebhookConfiguration" },
  { ...ADMISSION, plural: "validatingadmissionpolicies", kind: "ValidatingAdmissionPolicy", hasStatus: true },
  { ...ADMISSION, plural: "validatingadmissionpolicybindings", kind: "ValidatingAdmissionPolicyBinding" },
  { ...ADMISSION, plural: "validatingwebhookconfigurations", kind: "ValidatingWebhookConfiguration" },
  { ...AUTHORIZATION, plural: "selfsubjectaccessreviews", kind: "SelfSubjectAccessReview" },
  { ...AUTHORIZATION, plural: "subjectaccessreviews", kind: "SubjectAccessReview" },
  { ...REVIEW, group: "authentication.k8s.io", plural: "selfsubjectreviews", kind: "SelfSubjectReview", review: reviewSelf },
  { ...NETWORKING, plural: "ingresses", kind: "Ingress", shortNames: ["ing"], hasStatus: true },
  { ...NETWORKING, plural: "networkpolicies", kind: "NetworkPolicy", shortNames: ["netpol"] },
  { group: "discovery.k8s.io", version: "v1", plural: "endpointslices", kind: "EndpointSlice", hasGeneration: true },
  { group: "storage.k8s.io", version: "v1", plural: "storageclasses", kind: "StorageClass", shortNames: ["sc"], isCluster: true },
  { ...BATCH, plural: "cronjobs", kind: "CronJob", shortNames: ["cj"], ...WORKLOAD, ...CRON_JOB },
  { ...BATCH, plural: "jobs", kind: "Job", ...WORKLOAD, ...JOB },
  { ...RBAC, plural: "clusterrolebindings", kind: "ClusterRoleBinding", isCluster: true, ...BINDING },
  { ...RBAC, plural: "clusterroles", kind: "ClusterRole", isCluster: true, ...ROLE },
  { ...RBAC, plural: "rolebindings", kind: "RoleBinding", ...BINDING },
  { ...RBAC, plural: "roles", kind: "Role", ...ROLE },
  {
    group: "policy",
    version: "v1",
    plural: "poddisruptionbudgets",
    kind: "PodDisruptionBudget",
    shortNames: ["pdb"],
    hasStatus: true,
    hasGeneration: true,
  },
  { group: "scheduling.k8s.io", version: "v1", plural: "priorityclasses", kind: "PriorityClass", shortNames: ["pc"], isCluster: true },
];
