/** One write of a scenario. */
export interface Step {
  readonly verb: "apply" | "json" | "merge" | "post" | "put" | "strategic";
  readonly manager: string;
  readonly force?: boolean;
  readonly subresource?: string;
  readonly body: object;
}

/** Writes to one object, one after another. */
export interface Scenario {
  readonly why: string;
  /** The path of the collection. */
  readonly path: string;
  readonly name: string;
  readonly steps: readonly Step[];
}

const text = { type: "string" };
const integer = { type: "integer" };

/** The schema of the custom resource of the scenarios: one member for each way of merging. */
export const WIDGET_SCHEMA = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        size: integer,
        color: text,
        any: { "x-kubernetes-int-or-string": true },
        when: { type: "string", format: "date-time" },
        plain: { type: "array", items: text },
        tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
        numbers: { type: "array", items: integer, "x-kubernetes-list-type": "set" },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: {
            type: "object",
            required: ["port"],
            properties: {
              port: integer,
              protocol: { type: "string", default: "TCP" },
              name: text,
              extra: { type: "object", properties: { a: integer, b: integer } },
            },
          },
        },
        whole: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: integer, b: integer } },
        labels: { type: "object", additionalProperties: text },
        nested: { type: "object", properties: { deep: { type: "object", properties: { x: integer, y: integer } } } },
        byName: { type: "object", additionalProperties: { type: "object", properties: { a: integer, b: integer } } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        mixed: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { known: { type: "object", properties: { a: integer } } },
        },
        template: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
        nullable: { type: "object", nullable: true, properties: { a: integer } },
      },
    },
    status: {
      type: "object",
      properties: {
        ready: { type: "boolean" },
        conditions: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["type"],
          items: { type: "object", required: ["type"], properties: { type: text, status: text, reason: text } },
        },
      },
    },
  },
};

export const WIDGET_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.apply.example.com" },
  spec: {
    group: "apply.example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: WIDGET_SCHEMA } }],
  },
};

export const WIDGETS = "/apis/apply.example.com/v1/namespaces/default/widgets";

const widget = (name: string, spec?: object, metadata: object = {}): object => ({
  apiVersion: "apply.example.com/v1",
  kind: "Widget",
  metadata: { name, ...metadata },
  ...(spec !== undefined && { spec }),
});

const apply = (manager: string, body: object, more: Partial<Step> = {}): Step => ({ verb: "apply", manager, body, ...more });
const force = { force: true };
const status = { subresource: "status" };

const strategic = (body: object): Step => ({ verb: "strategic", manager: "s", body });

/** A scenario on one widget; each step is given the specs that it applies. */
function onWidget(why: string, name: string, steps: readonly Step[]): Scenario {
  return { why, path: WIDGETS, name, steps };
}

const owner = (uid: string, name = "o"): object => ({
  apiVersion: "apply.example.com/v1",
  kind: "Widget",
  name,
  uid,
  controller: uid.endsWith("1"),
  blockOwnerDeletion: true,
});

const CUSTOM: readonly Scenario[] = [
  onWidget("what is not applied any more goes, unless someone else owns it", "gone", [
    apply("a", widget("gone", { size: 1, color: "red", labels: { x: "1", y: "2" }, nested: { deep: { x: 1, y: 2 } } })),
    apply("b", widget("gone", { color: "red", labels: { y: "2" } })),
    apply("a", widget("gone", { size: 1 })),
    apply("a", widget("gone")),
    apply("b", widget("gone")),
  ]),
  onWidget("another value of another's field is a conflict, by force it changes owners", "conflict", [
    apply("a", widget("conflict", { size: 1, color: "red", ports: [{ port: 80, name: "web" }], tags: ["x"] })),
    apply("b", widget("conflict", { size: 2 })),
    apply("b", widget("conflict", { size: 2, color: "blue", ports: [{ port: 80, name: "http" }], tags: ["y"] })),
    apply("b", widget("conflict", { size: 1 })),
    apply("b", widget("conflict", { size: 2, color: "blue", ports: [{ port: 80, name: "http" }], tags: ["y"] }), force),
    apply("a", widget("conflict", { color: "red" })),
    apply("a", widget("conflict", { color: "red" }), force),
  ]),
  onWidget("several owners are named in one message", "several", [
    apply("a", widget("several", { size: 1 })),
    apply("b", widget("several", { color: "red", labels: { x: "1" } })),
    { verb: "merge", manager: "c", body: { spec: { nested: { deep: { x: 1 } } } } },
    { verb: "merge", manager: "c", body: { status: { ready: true } }, ...status },
    apply("d", widget("several", { size: 2, color: "blue", labels: { x: "2" }, nested: { deep: { x: 2 } } })),
    apply("d", { ...widget("several"), status: { ready: false } }, status),
  ]),
  onWidget("maps are merged by all of their keys, defaults included", "ports", [
    apply("a", widget("ports", { ports: [{ port: 80 }, { port: 53, protocol: "UDP" }] })),
    apply(
      "b",
      widget("ports", {
        ports: [
          { port: 53, name: "dns" },
          { port: 80, protocol: "TCP", name: "web", extra: { a: 1 } },
        ],
      }),
    ),
    apply("a", widget("ports", { ports: [{ port: 53, protocol: "UDP", extra: { b: 2 } }, { port: 8080 }] })),
    apply("b", widget("ports", { ports: [{ port: 80, extra: { a: 1 } }] })),
    apply("b", widget("ports", { ports: [] })),
    apply("a", widget("ports", {})),
  ]),
  onWidget("the applied order of items wins, others keep their places", "order", [
    apply("a", widget("order", { tags: ["a", "b", "c", "d"], numbers: [3, 1, 2] })),
    apply("b", widget("order", { tags: ["d", "x", "b"], numbers: [2, 10, 3] })),
    apply("c", widget("order", { tags: ["c", "a"], numbers: [9] })),
    apply("a", widget("order", { tags: ["z", "d", "a"], numbers: [] })),
  ]),
  onWidget("lists and objects that are atomic have one owner", "whole", [
    apply("a", widget("whole", { plain: ["a", "b"], whole: { a: 1, b: 2 } })),
    apply("b", widget("whole", { plain: ["a", "b"] })),
    apply("b", widget("whole", { plain: ["a"], whole: { a: 1 } })),
    apply("b", widget("whole", { plain: ["a"], whole: { a: 1 } }), force),
    { verb: "merge", manager: "c", body: { spec: { whole: { b: 3 } } } },
    { verb: "merge", manager: "c", body: { spec: { plain: [] } } },
    { verb: "merge", manager: "c", body: { spec: { plain: null } } },
  ]),
  onWidget("where the schema says nothing, types are deduced", "free", [
    apply(
      "a",
      widget("free", {
        free: { a: { b: 1, c: [1, { d: 2 }] }, e: "x", f: {}, g: [] },
        mixed: { known: { a: 1 }, other: { b: { c: 1 } } },
        any: 1,
      }),
    ),
    apply("b", widget("free", { free: { a: { h: 1 }, e: "x" }, mixed: { other: { b: { d: 2 } } }, any: "1" })),
    apply("b", widget("free", { free: { a: { h: 1 }, e: "x" }, mixed: { other: { b: { d: 2 } } } })),
    apply("b", widget("free", { free: { a: { c: [1] } } })),
    apply("a", widget("free", { free: { a: { b: 1 } }, mixed: { other: {} } })),
    { verb: "merge", manager: "c", body: { spec: { free: { a: "now a text" }, any: 5 } } },
    apply("a", widget("free", { free: { a: { b: 1 } } }), force),
  ]),
  onWidget("members of any name are owned one by one", "names", [
    apply("a", widget("names", { byName: { x: { a: 1, b: 2 }, y: {} }, labels: {} })),
    apply("b", widget("names", { byName: { x: { b: 2 }, z: { a: 3 } } })),
    apply("a", widget("names", { byName: { x: { a: 1 } } })),
    apply("a", widget("names", {})),
    apply("b", widget("names", {})),
  ]),
  onWidget("empty and null are owned, too", "empty", [
    apply("a", widget("empty", { labels: {}, tags: [], plain: [], nested: {}, nullable: null, size: 1 })),
    apply("a", widget("empty", { nested: { deep: {} }, nullable: { a: 1 } })),
    apply("a", widget("empty", { nested: null, nullable: null })),
    apply("a", { apiVersion: "apply.example.com/v1", kind: "Widget", metadata: { name: "empty", labels: {}, annotations: { a: "1" } } }),
  ]),
  onWidget("writes of others take fields away and bring them", "writes", [
    {
      verb: "post",
      manager: "p",
      body: widget(
        "writes",
        { size: 1, color: "red", ports: [{ port: 1 }], tags: ["a"], nested: { deep: { x: 1 } } },
        { labels: { l: "1" } },
      ),
    },
    { verb: "merge", manager: "q", body: { metadata: { labels: { m: "2" } }, spec: { size: 2, nested: { deep: { y: 2 } } } } },
    {
      verb: "json",
      manager: "r",
      body: [
        { op: "add", path: "/spec/ports/-", value: { port: 2, name: "two" } },
        { op: "remove", path: "/spec/color" },
      ],
    },
    { verb: "put", manager: "p", body: { spec: { size: 3, tags: ["b", "a"] } } },
    { verb: "put", manager: "p", body: { spec: { size: 3, tags: ["b", "a"] } } },
    { verb: "merge", manager: "q", body: { metadata: { finalizers: ["a.example.com/x", "a.example.com/y"], annotations: { n: "1" } } } },
    { verb: "merge", manager: "r", body: { metadata: { finalizers: ["a.example.com/y"], annotations: null } } },
    apply("a", widget("writes", { size: 3 })),
    apply("a", widget("writes", { size: 4, tags: ["b"] })),
    apply("a", widget("writes", { size: 4, tags: ["b"] }), force),
  ]),
  onWidget("status is written through its own endpoint, spec through the other", "status", [
    apply("a", { ...widget("status", { size: 1 }), status: { ready: true } }),
    {
      verb: "merge",
      manager: "c",
      body: {
        metadata: { labels: { ignored: "1" } },
        spec: { size: 9 },
        status: { ready: true, conditions: [{ type: "Ready", status: "True" }] },
      },
      ...status,
    },
    {
      verb: "merge",
      manager: "c",
      body: {
        status: {
          conditions: [
            { type: "Ready", status: "False", reason: "No" },
            { type: "Synced", status: "True" },
          ],
        },
      },
      ...status,
    },
    apply("a", { ...widget("status"), status: { conditions: [{ type: "Ready", status: "True" }] } }, status),
    apply("a", { ...widget("status"), status: { conditions: [{ type: "Ready", status: "True" }] } }, { ...status, ...force }),
    apply("a", { ...widget("status"), status: { conditions: [{ type: "Other", status: "True" }] } }, status),
    { verb: "put", manager: "p", body: { spec: { size: 7 }, status: {} }, ...status },
    { verb: "merge", manager: "c", body: { spec: { size: 2 }, status: { ready: false } } },
  ]),
  onWidget("metadata is merged as every kind's is", "meta", [
    apply(
      "a",
      widget("meta", undefined, {
        labels: { a: "1" },
        annotations: { b: "2" },
        finalizers: ["x.example.com/a"],
        ownerReferences: [owner("00000000-0000-4000-8000-000000000001")],
      }),
    ),
    apply(
      "b",
      widget("meta", undefined, {
        labels: { a: "1", c: "3" },
        finalizers: ["x.example.com/b"],
        ownerReferences: [owner("00000000-0000-4000-8000-000000000002")],
      }),
    ),
    apply("b", widget("meta", undefined, { ownerReferences: [owner("00000000-0000-4000-8000-000000000001", "renamed")] })),
    apply("b", widget("meta", undefined, { ownerReferences: [owner("00000000-0000-4000-8000-000000000001", "renamed")] }), force),
    apply("a", widget("meta")),
    { verb: "merge", manager: "c", body: { metadata: { labels: { a: null }, ownerReferences: null } } },
    { verb: "merge", manager: "c", body: { metadata: { finalizers: null } } },
  ]),
  onWidget("who was forgotten is not tracked until something is applied", "reset", [
    { verb: "post", manager: "p", body: widget("reset", { size: 1, color: "red" }) },
    { verb: "merge", manager: "q", body: { metadata: { managedFields: [{}] } } },
    { verb: "merge", manager: "q", body: { spec: { size: 2 } } },
    apply("a", widget("reset", { size: 3 })),
    apply("a", widget("reset", { size: 3 }), force),
    { verb: "merge", manager: "q", body: { metadata: { managedFields: [] } } },
    apply("a", widget("reset", { size: 3 })),
  ]),
  onWidget("kubectl takes over what it applied from the client's side", "upgrade", [
    {
      verb: "post",
      manager: "kubectl-client-side-apply",
      body: widget(
        "upgrade",
        { size: 1, color: "red", tags: ["a"] },
        {
          annotations: {
            "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(
              widget("upgrade", { size: 1, color: "red", tags: ["a"] }, { namespace: "default", annotations: {} }),
            ),
          },
        },
      ),
    },
    apply("other", widget("upgrade", { size: 2 })),
    apply("kubectl", widget("upgrade", { size: 2, color: "blue" })),
    { verb: "merge", manager: "q", body: { spec: { size: 5 } } },
    apply("kubectl", widget("upgrade", { size: 6, color: "green" })),
  ]),
  onWidget("embedded objects have metadata", "embedded", [
    apply(
      "a",
      widget("embedded", {
        template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", labels: { a: "1" } }, data: { k: "v" } },
      }),
    ),
    apply("b", widget("embedded", { template: { apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { b: "2" } } } })),
    apply("a", widget("embedded", { template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } } })),
  ]),
  onWidget("what cannot be merged is refused", "misfit", [
    apply("a", widget("misfit", { size: "one" })),
    apply("a", widget("misfit", { unknown: 1 })),
    apply("a", widget("misfit", { size: "one", color: 2, tags: "x", nested: [1] })),
    apply("a", widget("misfit", { tags: ["a", "a"] })),
    apply("a", widget("misfit", { ports: [{ port: 1 }, { port: 1, protocol: "TCP" }] })),
    apply("a", widget("misfit", { tags: [null] })),
    apply("a", { ...widget("misfit"), metadata: { name: "misfit", managedFields: [{ manager: "x" }] } }),
  ]),
];

const container = (name: string, image: string, more: object = {}): object => ({ name, image, ...more });

const deployment = (name: string, spec: object, metadata: object = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, ...metadata },
  spec,
});

const podTemplate = (containers: readonly object[], more: object = {}): object => ({
  metadata: { labels: { app: "web" } },
  spec: { containers, ...more },
});

const BUILTIN: readonly Scenario[] = [
  {
    why: "a deployment that a controller owns, scaled and patched by others",
    path: "/apis/apps/v1/namespaces/default/deployments",
    name: "web",
    steps: [
      apply(
        "myapp",
        deployment(
          "web",
          {
            replicas: 2,
            selector: { matchLabels: { app: "web" } },
            template: podTemplate(
              [
                container("web", "web:1", {
                  ports: [{ containerPort: 80, name: "http" }],
                  env: [{ name: "A", value: "1" }],
                  volumeMounts: [{ mountPath: "/etc/web", name: "config" }],
                  resources: { requests: { cpu: "100m" } },
                }),
              ],
              { volumes: [{ name: "config", configMap: { name: "web" } }] },
            ),
          },
          { labels: { app: "web" }, ownerReferences: [owner("00000000-0000-4000-8000-000000000001")] },
        ),
      ),
      { verb: "merge", manager: "scaler", body: { spec: { replicas: 5 } } },
      apply(
        "myapp",
        deployment("web", { replicas: 2, selector: { matchLabels: { app: "web" } }, template: podTemplate([container("web", "web:2")]) }),
      ),
      apply(
        "myapp",
        deployment(
          "web",
          {
            selector: { matchLabels: { app: "web" } },
            template: podTemplate([container("web", "web:2", { ports: [{ containerPort: 80, protocol: "TCP", name: "web" }] })]),
          },
          { labels: { app: "web" } },
        ),
      ),
      {
        verb: "strategic",
        manager: "kubectl-edit",
        body: {
          spec: {
            template: {
              spec: {
                containers: [
                  { name: "side", image: "side:1" },
                  { name: "web", env: [{ name: "B", value: "2" }] },
                ],
              },
            },
          },
        },
      },
      {
        verb: "merge",
        manager: "kube-controller-manager",
        body: {
          status: {
            replicas: 5,
            readyReplicas: 1,
            observedGeneration: 3,
            conditions: [{ type: "Available", status: "True", reason: "R", message: "m" }],
          },
        },
        subresource: "status",
      },
      apply(
        "injector",
        deployment("web", { template: podTemplate([container("proxy", "proxy:1", { env: [{ name: "P", value: "1" }] })]) }),
      ),
      {
        verb: "strategic",
        manager: "kubectl-edit",
        body: { spec: { template: { spec: { containers: [{ $patch: "delete", name: "side" }] } } } },
      },
      apply("injector", deployment("web", {})),
    ],
  },
  {
    why: "a deployment that is created by an ordinary write",
    path: "/apis/apps/v1/namespaces/default/deployments",
    name: "posted",
    steps: [
      {
        verb: "post",
        manager: "kubectl-create",
        body: deployment("posted", {
          replicas: 1,
          selector: { matchLabels: { app: "web" } },
          template: podTemplate(
            [
              container("c", "i", {
                ports: [{ containerPort: 1 }, { containerPort: 1, protocol: "UDP" }],
                envFrom: [{ configMapRef: { name: "x" } }],
                livenessProbe: { httpGet: { path: "/", port: "http" } },
              }),
            ],
            {
              nodeSelector: { a: "b" },
              tolerations: [{ key: "k", operator: "Exists" }],
            },
          ),
        }),
      },
      {
        verb: "put",
        manager: "kubectl-replace",
        body: { spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: podTemplate([container("c", "i:2")]) } },
      },
      {
        verb: "json",
        manager: "patcher",
        body: [
          { op: "add", path: "/spec/template/spec/containers/0/args", value: ["-v"] },
          { op: "replace", path: "/spec/strategy", value: { type: "Recreate" } },
        ],
      },
    ],
  },
  {
    why: "a service with its ports by port and protocol",
    path: "/api/v1/namespaces/default/services",
    name: "web",
    steps: [
      apply("myapp", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: {
          clusterIP: "10.0.0.10",
          selector: { app: "web" },
          ports: [
            { port: 80, targetPort: "http" },
            { port: 53, protocol: "UDP", name: "dns", targetPort: 53 },
          ],
        },
      }),
      apply("other", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: {
          ports: [
            { port: 53, protocol: "TCP", name: "dns-tcp" },
            { port: 80, protocol: "TCP", name: "http" },
          ],
        },
      }),
      apply("other", { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "other" } } }),
      { verb: "strategic", manager: "s", body: { spec: { ports: [{ port: 53, protocol: "UDP", targetPort: 5353 }] } } },
      apply("myapp", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
      }),
    ],
  },
  {
    why: "a config map with keys of several owners",
    path: "/api/v1/namespaces/default/configmaps",
    name: "web",
    steps: [
      apply("a", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "web", finalizers: ["x.example.com/a"] },
        data: { a: "1", "b.c": "2" },
      }),
      apply("b", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { d: "4" } }),
      { verb: "merge", manager: "c", body: { data: { a: "9", e: "5" } } },
      apply("a", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { "b.c": "2" } }),
      apply("b", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } }),
      apply("b", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { n: 1 } }),
      { verb: "merge", manager: "c", body: { data: null } },
    ],
  },
  {
    why: "a config map that is posted",
    path: "/api/v1/namespaces/default/configmaps",
    name: "posted",
    steps: [
      {
        verb: "post",
        manager: "p",
        body: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "posted", labels: { a: "1" } },
          data: { a: "1" },
          binaryData: { b: "AA==" },
          immutable: false,
        },
      },
      apply("a", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "posted" }, data: { a: "1" } }),
      apply("a", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "posted" }, data: { a: "2" } }),
      { verb: "merge", manager: "p", body: { metadata: { managedFields: [] } } },
      { verb: "merge", manager: "p", body: { data: { a: "3" } } },
    ],
  },
  {
    why: "a pod that is posted, and its status",
    path: "/api/v1/namespaces/default/pods",
    name: "posted",
    steps: [
      {
        verb: "post",
        manager: "p",
        body: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "posted" },
          spec: {
            containers: [container("c", "i", { volumeMounts: [{ name: "v", mountPath: "/v" }] })],
            volumes: [{ name: "v", emptyDir: {} }],
          },
        },
      },
      {
        verb: "strategic",
        manager: "kubelet",
        body: {
          status: {
            phase: "Running",
            conditions: [{ type: "Ready", status: "True" }],
            podIPs: [{ ip: "10.0.0.1" }],
            containerStatuses: [{ name: "c", ready: true, restartCount: 0, image: "i", imageID: "i", state: { running: {} } }],
          },
        },
        subresource: "status",
      },
      {
        verb: "strategic",
        manager: "kubelet",
        body: {
          status: {
            conditions: [
              { type: "Ready", status: "False" },
              { type: "Initialized", status: "True" },
            ],
          },
        },
        subresource: "status",
      },
      { verb: "merge", manager: "m", body: { metadata: { annotations: { a: "b" } } } },
    ],
  },
  {
    why: "strategic patches with their directives",
    path: "/apis/apps/v1/namespaces/default/deployments",
    name: "directed",
    steps: [
      {
        verb: "post",
        manager: "p",
        body: deployment(
          "directed",
          {
            selector: { matchLabels: { app: "web" } },
            template: podTemplate(
              [
                container("a", "a:1", {
                  args: ["1", "2"],
                  env: [
                    { name: "X", value: "1" },
                    { name: "Y", value: "2" },
                    { name: "Z", value: "3" },
                  ],
                  ports: [{ containerPort: 80 }],
                }),
                container("b", "b:1"),
                container("c", "c:1"),
              ],
              {
                volumes: [
                  { name: "v", emptyDir: {} },
                  { name: "w", configMap: { name: "w" } },
                ],
                tolerations: [{ key: "k", operator: "Exists" }],
                nodeSelector: { a: "1", b: "2" },
              },
            ),
          },
          { finalizers: ["x.example.com/a", "x.example.com/b", "x.example.com/c"], annotations: { a: "1", b: "2" } },
        ),
      },
      strategic({
        metadata: {
          "$deleteFromPrimitiveList/finalizers": ["x.example.com/b"],
          finalizers: ["x.example.com/d"],
          annotations: { a: null, c: "3" },
        },
      }),
      strategic({
        metadata: {
          "$setElementOrder/finalizers": ["x.example.com/c", "x.example.com/e", "x.example.com/a"],
          finalizers: ["x.example.com/e"],
        },
      }),
      strategic({
        spec: {
          template: {
            spec: {
              "$setElementOrder/containers": [{ name: "c" }, { name: "n" }, { name: "a" }],
              containers: [
                { name: "n", image: "n:1" },
                { name: "a", image: "a:2" },
              ],
            },
          },
        },
      }),
      strategic({
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: "a",
                  env: [
                    { name: "Y", $patch: "delete" },
                    { name: "W", value: "0" },
                    { name: "X", value: "9" },
                  ],
                  args: ["3"],
                },
              ],
            },
          },
        },
      }),
      strategic({
        spec: {
          template: { spec: { containers: [{ name: "a", "$setElementOrder/env": [{ name: "Z" }, { name: "W" }, { name: "X" }] }] } },
        },
      }),
      strategic({
        spec: {
          template: {
            spec: {
              volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "v" }, emptyDir: null }],
              nodeSelector: { $patch: "replace", c: "3" },
            },
          },
        },
      }),
      strategic({
        spec: {
          template: {
            spec: {
              tolerations: [{ key: "l", operator: "Exists" }],
              containers: [{ name: "a", ports: [{ containerPort: 80, name: "http" }, { containerPort: 81 }] }],
            },
          },
        },
      }),
      strategic({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }),
      strategic({ spec: { template: { spec: { containers: [{ $patch: "replace" }, { name: "only", image: "only:1" }] } } } }),
      strategic({ spec: { template: { spec: { volumes: null, nodeSelector: { $patch: "delete" } } } } }),
    ],
  },
  {
    why: "a role, whose rules are one",
    path: "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
    name: "r",
    steps: [
      {
        verb: "post",
        manager: "p",
        body: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "Role",
          metadata: { name: "r" },
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
        },
      },
      apply("a", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "r" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
      }),
    ],
  },
  {
    why: "a lease that is taken over",
    path: "/apis/coordination.k8s.io/v1/namespaces/default/leases",
    name: "l",
    steps: [
      {
        verb: "post",
        manager: "one",
        body: {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { name: "l" },
          spec: { holderIdentity: "one", leaseDurationSeconds: 15, renewTime: "2024-01-01T00:00:00.000000Z" },
        },
      },
      {
        verb: "put",
        manager: "two",
        body: { spec: { holderIdentity: "two", leaseDurationSeconds: 15, renewTime: "2024-01-01T00:01:00.000000Z", leaseTransitions: 1 } },
      },
    ],
  },
  {
    why: "a CRD, whose schemas are part of it",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    name: "gadgets.apply.example.com",
    steps: [
      apply("installer", {
        ...WIDGET_CRD,
        metadata: { name: "gadgets.apply.example.com" },
        spec: { ...WIDGET_CRD.spec, names: { plural: "gadgets", kind: "Gadget" } },
      }),
    ],
  },
];

/** What the real server is asked, and what is compared with its answers. */
export const SCENARIOS: readonly Scenario[] = [...CUSTOM, ...BUILTIN];
