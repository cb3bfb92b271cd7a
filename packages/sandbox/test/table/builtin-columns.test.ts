import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtinColumnsOf, columnsOf, tableOf } from "../../src/table/index.ts";

const now = Date.parse("2024-06-01T00:00:00Z");
const metadata = { name: "a", creationTimestamp: "2024-05-31T23:00:00Z" };

function shown(
  object: Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string },
): Readonly<Record<string, unknown>> {
  const columns = builtinColumnsOf(object.apiVersion, object.kind);
  const [row] = tableOf({ columns, objects: [object], now }).rows;
  return Object.fromEntries(columns.map(({ definition }, index) => [definition.name, row?.cells[index]]));
}

const template = {
  spec: {
    containers: [
      { name: "c", image: "i:1" },
      { name: "d", image: "j" },
    ],
  },
};
const running = (name: string, more: object = {}): object => ({ name, ready: true, restartCount: 0, state: { running: {} }, ...more });

describe("builtinColumnsOf", () => {
  for (const { why, object, cells } of [
    { why: "an unknown kind has a name and an age", object: { apiVersion: "v1", kind: "Thing" }, cells: { Name: "a", Age: "60m" } },
    { why: "the kinds of other groups are other kinds", object: { apiVersion: "x/v1", kind: "Pod" }, cells: { Name: "a", Age: "60m" } },
    {
      why: "a namespace has a status",
      object: { apiVersion: "v1", kind: "Namespace", status: { phase: "Active" } },
      cells: { Name: "a", Status: "Active", Age: "60m" },
    },
    {
      why: "a config map counts text and bytes",
      object: { apiVersion: "v1", kind: "ConfigMap", data: { a: "", b: "" }, binaryData: { c: "" } },
      cells: { Name: "a", Data: 3, Age: "60m" },
    },
    {
      why: "a secret shows no content",
      object: { apiVersion: "v1", kind: "Secret", type: "Opaque", data: { a: "c2VjcmV0" } },
      cells: { Name: "a", Type: "Opaque", Data: 1, Age: "60m" },
    },
    {
      why: "a service account counts its secrets",
      object: { apiVersion: "v1", kind: "ServiceAccount" },
      cells: { Name: "a", Secrets: 0, Age: "60m" },
    },
    {
      why: "a service shows addresses and ports",
      object: {
        apiVersion: "v1",
        kind: "Service",
        spec: {
          type: "NodePort",
          clusterIP: "10.0.0.1",
          selector: { b: "2", a: "1" },
          ports: [
            { port: 80, nodePort: 30080, protocol: "TCP" },
            { port: 53, protocol: "UDP" },
          ],
        },
      },
      cells: {
        Name: "a",
        Type: "NodePort",
        "Cluster-IP": "10.0.0.1",
        "External-IP": "<none>",
        "Port(s)": "80:30080/TCP,53/UDP",
        Age: "60m",
        Selector: "a=1,b=2",
      },
    },
    {
      why: "a load balancer without address waits for one",
      object: { apiVersion: "v1", kind: "Service", spec: { type: "LoadBalancer" } },
      cells: {
        Name: "a",
        Type: "LoadBalancer",
        "Cluster-IP": "<none>",
        "External-IP": "<pending>",
        "Port(s)": "<none>",
        Age: "60m",
        Selector: "<none>",
      },
    },
    {
      why: "a deployment shows how far it is",
      object: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        spec: {
          replicas: 3,
          template,
          selector: {
            matchLabels: { app: "web" },
            matchExpressions: [
              { key: "t", operator: "In", values: ["b", "a"] },
              { key: "u", operator: "DoesNotExist" },
            ],
          },
        },
        status: { readyReplicas: 2, updatedReplicas: 1 },
      },
      cells: {
        Name: "a",
        Ready: "2/3",
        "Up-to-date": 1,
        Available: 0,
        Age: "60m",
        Containers: "c,d",
        Images: "i:1,j",
        Selector: "app=web,t in (a,b),!u",
      },
    },
    {
      why: "a replica set shows its numbers",
      object: { apiVersion: "apps/v1", kind: "ReplicaSet", spec: { replicas: 3 }, status: { replicas: 2, readyReplicas: 1 } },
      cells: { Name: "a", Desired: 3, Current: 2, Ready: 1, Age: "60m", Containers: "", Images: "", Selector: "<none>" },
    },
    {
      why: "a stateful set shows what is ready",
      object: { apiVersion: "apps/v1", kind: "StatefulSet", spec: { replicas: 1, template } },
      cells: { Name: "a", Ready: "0/1", Age: "60m", Containers: "c,d", Images: "i:1,j" },
    },
    {
      why: "a job shows how long it took",
      object: {
        apiVersion: "batch/v1",
        kind: "Job",
        spec: { completions: 2 },
        status: {
          succeeded: 2,
          startTime: "2024-05-31T23:00:00Z",
          completionTime: "2024-05-31T23:01:00Z",
          conditions: [{ type: "Complete", status: "True" }],
        },
      },
      cells: {
        Name: "a",
        Status: "Complete",
        Completions: "2/2",
        Duration: "60s",
        Age: "60m",
        Containers: "",
        Images: "",
        Selector: "<none>",
      },
    },
    {
      why: "a job that runs is as old as its start",
      object: { apiVersion: "batch/v1", kind: "Job", spec: { parallelism: 3 }, status: { startTime: "2024-05-31T23:58:00Z" } },
      cells: {
        Name: "a",
        Status: "Running",
        Completions: "0/1 of 3",
        Duration: "2m",
        Age: "60m",
        Containers: "",
        Images: "",
        Selector: "<none>",
      },
    },
    {
      why: "an event shows what it is about",
      object: {
        apiVersion: "v1",
        kind: "Event",
        type: "Warning",
        reason: "Failed",
        message: "no\n",
        involvedObject: { kind: "Pod", name: "p", fieldPath: "f" },
        source: { component: "kubelet" },
        count: 4,
        firstTimestamp: "2024-05-31T23:00:00Z",
        lastTimestamp: "2024-05-31T23:59:00Z",
      },
      cells: {
        "Last Seen": "60s",
        Type: "Warning",
        Reason: "Failed",
        Object: "pod/p",
        Subobject: "f",
        Source: "kubelet",
        Message: "no",
        "First Seen": "60m",
        Count: 4,
        Name: "a",
      },
    },
    {
      why: "an event of the newer group shows the same",
      object: {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        type: "Normal",
        reason: "R",
        note: "n",
        regarding: { kind: "Job", name: "j" },
        reportingController: "c",
        eventTime: "2024-05-31T23:59:30Z",
      },
      cells: {
        "Last Seen": "30s",
        Type: "Normal",
        Reason: "R",
        Object: "job/j",
        Subobject: "",
        Source: "c",
        Message: "n",
        "First Seen": "30s",
        Count: 1,
        Name: "a",
      },
    },
    {
      why: "a lease shows its holder",
      object: { apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec: { holderIdentity: "me" } },
      cells: { Name: "a", Holder: "me", Age: "60m" },
    },
    {
      why: "a CRD shows when it was made",
      object: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
      cells: { Name: "a", "Created At": "2024-05-31T23:00:00Z" },
    },
    {
      why: "a binding shows its role",
      object: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", roleRef: { kind: "Role", name: "r" } },
      cells: { Name: "a", Role: "Role/r", Age: "60m" },
    },
  ]) {
    test(why, () => assert.deepEqual(shown({ metadata, ...object }), cells));
  }

  for (const { why, pod, ready, status, restarts } of [
    {
      why: "runs",
      pod: { status: { phase: "Running", containerStatuses: [running("c")] } },
      ready: "1/1",
      status: "Running",
      restarts: "0",
    },
    {
      why: "waits for an image",
      pod: { status: { phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff" } } }] } },
      ready: "0/1",
      status: "ImagePullBackOff",
      restarts: "0",
    },
    {
      why: "has crashed",
      pod: {
        status: {
          phase: "Running",
          containerStatuses: [
            { restartCount: 3, state: { terminated: { exitCode: 2 } }, lastState: { terminated: { finishedAt: "2024-05-31T23:58:00Z" } } },
          ],
        },
      },
      ready: "0/1",
      status: "ExitCode:2",
      restarts: "3 (2m ago)",
    },
    {
      why: "was killed",
      pod: { status: { phase: "Failed", containerStatuses: [{ state: { terminated: { signal: 9 } } }] } },
      ready: "0/1",
      status: "Signal:9",
      restarts: "0",
    },
    { why: "was evicted", pod: { status: { phase: "Failed", reason: "Evicted" } }, ready: "0/1", status: "Evicted", restarts: "0" },
    {
      why: "is gated",
      pod: { status: { phase: "Pending", conditions: [{ type: "PodScheduled", reason: "SchedulingGated" }] } },
      ready: "0/1",
      status: "SchedulingGated",
      restarts: "0",
    },
    {
      why: "has one container that is done and one that runs",
      pod: {
        status: {
          phase: "Running",
          containerStatuses: [{ state: { terminated: { reason: "Completed" } } }, running("d")],
          conditions: [{ type: "Ready", status: "False" }],
        },
      },
      ready: "1/1",
      status: "NotReady",
      restarts: "0",
    },
    {
      why: "runs its first init container",
      pod: {
        spec: { containers: [{}], initContainers: [{ name: "i" }, { name: "j" }] },
        status: { phase: "Pending", initContainerStatuses: [{ name: "i", restartCount: 1, state: { running: {} } }] },
      },
      ready: "0/1",
      status: "Init:0/2",
      restarts: "1",
    },
    {
      why: "has an init container that fails",
      pod: {
        spec: { containers: [{}], initContainers: [{ name: "i" }] },
        status: { phase: "Pending", initContainerStatuses: [{ name: "i", state: { terminated: { exitCode: 1, reason: "Error" } } }] },
      },
      ready: "0/1",
      status: "Init:Error",
      restarts: "0",
    },
    {
      why: "has a sidecar",
      pod: {
        spec: { containers: [{}], initContainers: [{ name: "s", restartPolicy: "Always" }] },
        status: { phase: "Running", initContainerStatuses: [running("s", { started: true })], containerStatuses: [running("c")] },
      },
      ready: "2/2",
      status: "Running",
      restarts: "0",
    },
    {
      why: "is being deleted",
      pod: { metadata: { deletionTimestamp: "x" }, status: { phase: "Running" } },
      ready: "0/1",
      status: "Terminating",
      restarts: "0",
    },
  ]) {
    test(`a pod that ${why} is ${status}`, () => {
      const cells = shown({ apiVersion: "v1", kind: "Pod", spec: { containers: [{}] }, ...pod });
      assert.deepEqual([cells["Ready"], cells["Status"], cells["Restarts"]], [ready, status, restarts]);
    });
  }
});

describe("columnsOf", () => {
  test("a column that cannot be read has empty cells and spares the others", () => {
    const columns = columnsOf({
      additionalPrinterColumns: [
        { name: "A", type: "string", jsonPath: ".a[" },
        { name: "B", type: "string", jsonPath: ".b" },
        { name: "C" },
      ],
    });
    assert.deepEqual(tableOf({ columns, objects: [{ metadata, b: "x" }], now }).rows[0]?.cells, ["a", null, "x"]);
  });
});

describe("tableOf", () => {
  test("later events of a watch tell no columns", () =>
    assert.equal(tableOf({ columns: columnsOf({}), objects: [], now, hasHeaders: false }).columnDefinitions, null));
});
