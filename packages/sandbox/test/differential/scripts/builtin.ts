import type { Script } from "../script.ts";
import type { Answer } from "../server.ts";
import { get, isGone, metadataOf, patch, post, put, remove } from "./parts.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const map = (rest: object): object => ({ kind: "ConfigMap", apiVersion: "v1", ...rest });

/** Kinds that every server has. */
export const BUILTIN: Script = {
  name: "built-in kinds",
  isShared: true,
  steps: [
    { why: "no such resource of a group that is there", send: get("/api/v1/nope") },
    { why: "nor in a namespace", send: get("/api/v1/namespaces/default/nope/x") },
    { why: "an object without its namespace", send: get("/api/v1/configmaps/x") },
    { why: "no such path", send: get("/nope") },
    { why: "an empty list", send: get(MAPS) },
    { why: "Strict", send: post(`${MAPS}?fieldValidation=Strict`, map({ metadata: { name: "c" }, data: { a: "b" }, foo: 1 })) },
    { why: "a config map", send: post(MAPS, map({ metadata: { name: "c" }, data: { a: "b" }, foo: 1 })) },
    { why: "a wrong type", send: post(MAPS, map({ metadata: { name: "d" }, data: { a: 1 } })) },
    { why: "another kind", send: post(MAPS, { kind: "Secret", apiVersion: "v1", metadata: { name: "c" } }) },
    { why: "its list", send: get(MAPS) },
    {
      why: "its watch",
      send: get(`${MAPS}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`),
    },
    { why: "an update without a version", send: put(`${MAPS}/c`, map({ metadata: { name: "c" }, data: { a: "c" } })) },
    { why: "an update of what is not there", send: put(`${MAPS}/none`, map({ metadata: { name: "none" } })) },
    { why: "a strategic patch", send: patch("strategic", `${MAPS}/c`, { data: { x: "y", a: null } }) },
    { why: "PUT to a collection", send: put(MAPS, {}) },
    { why: "a delete", send: remove(`${MAPS}/c`) },
    {
      why: "a secret takes texts",
      send: post("/api/v1/namespaces/default/secrets", {
        kind: "Secret",
        apiVersion: "v1",
        metadata: { name: "s" },
        stringData: { a: "b" },
      }),
    },
    {
      why: "an access review",
      send: post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb: "list", resource: "pods" } },
      }),
    },
    { why: "which cannot be read", send: get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") },
    {
      why: "a lease",
      send: post("/apis/coordination.k8s.io/v1/namespaces/default/leases", {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "l" },
        spec: { holderIdentity: "me", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
      }),
    },
    {
      why: "an update of a lease needs a version",
      send: put("/apis/coordination.k8s.io/v1/namespaces/default/leases/l", {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "l" },
        spec: { holderIdentity: "you" },
      }),
    },
    {
      why: "a lease by PUT",
      send: put("/apis/coordination.k8s.io/v1/namespaces/default/leases/new", {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "new" },
        spec: { holderIdentity: "you" },
      }),
    },
  ],
};

const deployment = (rest: object): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
    ...rest,
  },
});
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

/** What controllers make. */
export const WORKLOADS: Script = {
  name: "workloads",
  isShared: true,
  steps: [
    { why: "a deployment with its defaults", send: post(DEPLOYMENTS, deployment({})) },
    { why: "a selector that does not match", send: post(DEPLOYMENTS, deployment({ selector: { matchLabels: { app: "other" } } })) },
    {
      why: "no containers",
      send: post(DEPLOYMENTS, {
        ...deployment({ template: { metadata: { labels: { app: "web" } }, spec: { containers: [] } } }),
        metadata: { name: "empty" },
      }),
    },
    { why: "a scale", send: get(`${DEPLOYMENTS}/web/scale`) },
    { why: "scaled", send: patch("merge", `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 3 } }) },
    {
      why: "a status",
      send: patch("merge", `${DEPLOYMENTS}/web/status`, { status: { replicas: 3, readyReplicas: 2 }, spec: { replicas: 9 } }),
    },
    {
      why: "a change of the template counts",
      send: patch("strategic", `${DEPLOYMENTS}/web`, { spec: { template: { spec: { containers: [{ name: "web", image: "nginx:2" }] } } } }),
    },
    { why: "a change of labels does not", send: patch("merge", `${DEPLOYMENTS}/web`, { metadata: { labels: { x: "y" } } }) },
    {
      why: "the selector is for ever",
      send: patch("merge", `${DEPLOYMENTS}/web`, {
        spec: { selector: { matchLabels: { app: "web2" } }, template: { metadata: { labels: { app: "web2" } } } },
      }),
    },
    {
      why: "a service",
      send: post("/api/v1/namespaces/default/services", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { clusterIP: "10.96.0.9", selector: { app: "web" }, ports: [{ port: 80 }] },
      }),
    },
    {
      why: "a pod",
      send: post("/api/v1/namespaces/default/pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        spec: { containers: [{ name: "c", image: "busybox:1" }] },
      }),
    },
    {
      why: "a job",
      send: post("/apis/batch/v1/namespaces/default/jobs", {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "j" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox:1" }] } } },
      }),
    },
    {
      why: "a service account",
      send: post("/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sa" } }),
    },
    {
      why: "a role",
      send: post("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "r" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      }),
    },
    {
      why: "a role without verbs",
      send: post("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "r2" },
        rules: [{ apiGroups: [""], resources: ["pods"] }],
      }),
    },
    {
      why: "an event",
      send: post("/api/v1/namespaces/default/events", {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "e" },
        involvedObject: { kind: "Pod", name: "p", namespace: "default" },
        reason: "Tested",
        message: "it works",
        type: "Normal",
      }),
    },
  ],
};

const INSIDE = "/api/v1/namespaces/space/configmaps";

/** Namespaces, and how they end. */
export const NAMESPACES: Script = {
  name: "the life of a namespace",
  isShared: true,
  steps: [
    { why: "the one that is always there", send: get("/api/v1/namespaces/default") },
    { why: "a new one", send: post("/api/v1/namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name: "space" } }) },
    { why: "a bad name", send: post("/api/v1/namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name: "a.b" } }) },
    { why: "what is free in it", send: post(INSIDE, map({ metadata: { name: "free" } })) },
    { why: "what is held in it", send: post(INSIDE, map({ metadata: { name: "held", finalizers: ["example.com/hold"] } })) },
    { why: "its end begins", send: remove("/api/v1/namespaces/space") },
    { why: "nothing new in it", send: post(INSIDE, map({ metadata: { name: "late" } })) },
    { why: "what is free goes", send: get(`${INSIDE}/free`), until: isGone },
    { why: "it waits for the rest", send: get("/api/v1/namespaces/space") },
    { why: "which is released", send: patch("merge", `${INSIDE}/held`, { metadata: { finalizers: null } }) },
    { why: "then it is gone", send: get("/api/v1/namespaces/space"), until: isGone },
    { why: "a namespace that may not be deleted", send: remove("/api/v1/namespaces/kube-system") },
    { why: "what is in a namespace that is not there", send: get(INSIDE) },
  ],
};

const owner = (uid: string, rest: object = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid, ...rest });
const uidOf = (answer: Answer | undefined): string => metadataOf(answer)["uid"] ?? "";

/** What becomes of dependents. */
export const OWNERS: Script = {
  name: "owners and dependents",
  isShared: true,
  steps: [
    { why: "an owner", send: post(MAPS, map({ metadata: { name: "owner" } })) },
    {
      why: "a dependent",
      send: (answers) => post(MAPS, map({ metadata: { name: "child", ownerReferences: [owner(uidOf(answers[0]))] } })),
    },
    {
      why: "a grandchild",
      send: (answers) =>
        post(MAPS, map({ metadata: { name: "grandchild", ownerReferences: [{ ...owner(uidOf(answers[1])), name: "child" }] } })),
    },
    { why: "the owner goes", send: remove(`${MAPS}/owner`) },
    { why: "so does the dependent", send: get(`${MAPS}/child`), until: isGone },
    { why: "and what depends on it", send: get(`${MAPS}/grandchild`), until: isGone },
    { why: "an owner again", send: post(MAPS, map({ metadata: { name: "owner" } })) },
    {
      why: "a dependent that blocks",
      send: (answers) =>
        post(
          MAPS,
          map({
            metadata: {
              name: "blocks",
              finalizers: ["example.com/hold"],
              ownerReferences: [owner(uidOf(answers[6]), { blockOwnerDeletion: true, controller: true })],
            },
          }),
        ),
    },
    { why: "foreground", send: remove(`${MAPS}/owner`, { propagationPolicy: "Foreground" }) },
    {
      why: "the dependent is being deleted",
      send: get(`${MAPS}/blocks`),
      until: ({ body }) => JSON.stringify(body).includes("deletionTimestamp"),
    },
    { why: "the owner waits for it", send: get(`${MAPS}/owner`) },
    { why: "released", send: patch("merge", `${MAPS}/blocks`, { metadata: { finalizers: null } }) },
    { why: "both are gone", send: get(`${MAPS}/owner`), until: isGone },
    { why: "an owner to orphan", send: post(MAPS, map({ metadata: { name: "owner" } })) },
    {
      why: "a dependent to be orphaned",
      send: (answers) => post(MAPS, map({ metadata: { name: "orphan", ownerReferences: [owner(uidOf(answers[13]))] } })),
    },
    { why: "orphan", send: remove(`${MAPS}/owner?propagationPolicy=Orphan`) },
    { why: "the owner is gone", send: get(`${MAPS}/owner`), until: isGone },
    { why: "the dependent has no owner", send: get(`${MAPS}/orphan`) },
    {
      why: "an owner that never was",
      send: post(MAPS, map({ metadata: { name: "lost", ownerReferences: [owner("11111111-1111-1111-1111-111111111111")] } })),
    },
    { why: "its dependent goes", send: get(`${MAPS}/lost`), until: isGone },
  ],
};
