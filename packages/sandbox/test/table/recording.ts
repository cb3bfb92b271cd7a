import type { Recording } from "../apply/differential.ts";
import { untilServed } from "../apply/differential.ts";
import type { RealServer, ServerRequest } from "../apply/real-server.ts";

/** A table of the real server with what it was made of. */
export interface RecordedTable {
  readonly why: string;
  /** Unix milliseconds. */
  readonly now: number;
  readonly version: { readonly additionalPrinterColumns?: readonly object[] };
  readonly objects: readonly object[];
  readonly tables: Readonly<Record<"None" | "Metadata" | "Object", unknown>>;
}

const column = (type: string, jsonPath: string, more: object = {}): object => ({
  name: `${type} ${jsonPath}`.replaceAll(/[^\w]/g, "-"),
  type,
  jsonPath,
  ...more,
});

const PATHS: readonly string[] = [
  ".spec.text",
  ".spec.count",
  ".spec.ratio",
  ".spec.flag",
  ".spec.since",
  ".spec.nothing",
  ".spec.none.deeper",
  ".spec.names",
  ".spec.names[0]",
  ".spec.names[-1]",
  ".spec.names[9]",
  ".spec.names[1:]",
  ".spec.names[0:2]",
  ".spec.names[::2]",
  ".spec.names[0,1]",
  ".spec.names[*]",
  ".spec.items[*].name",
  ".spec.nested",
  ".spec.nested.*",
  "..tag",
  '.status.conditions[?(@.type=="Ready")].status',
  ".status.conditions[?(@.type=='Ready')].lastTransitionTime",
  '.status.conditions[?(@.type == "Ready")].status',
  '.status.conditions[?(@.type!="Ready")].type',
  ".status.conditions[?(@.reason)].type",
  ".status.conditions[?(@.observed>1)].type",
  ".status.conditions[?(@.observed<=1)].type",
  '.status.conditions[?(@.type==")")].status',
  ".metadata.labels['app\\.kubernetes\\.io/name']",
  ".metadata.labels.app\\.kubernetes\\.io/name",
  ".spec['a b']",
  ".metadata.name",
  ".metadata.creationTimestamp",
];

const OBJECTS: readonly object[] = [
  {
    metadata: { name: "full", labels: { "app.kubernetes.io/name": "web" } },
    spec: {
      text: "a<b>&c",
      "a b": "spaced",
      count: 7,
      ratio: 1.5,
      flag: false,
      since: "2001-02-03T04:05:06Z",
      names: ["one", "two", "three"],
      items: [{ name: "x", tag: 1 }, { name: "y" }],
      nested: { b: [{ d: "<", c: 1 }] },
    },
    status: {
      conditions: [
        { type: "Synced", status: "False", observed: 1 },
        { type: "Ready", status: "True", reason: "Fine", observed: 2, lastTransitionTime: "2020-01-01T00:00:00.5+01:00" },
        { type: ")", status: "Odd" },
      ],
    },
  },
  { metadata: { name: "bare" } },
  {
    metadata: { name: "odd" },
    spec: { text: 0.00000015, count: 1.9, ratio: 12345678, flag: "yes", since: "yesterday", names: "text", items: {}, nested: [] },
    status: { conditions: "text" },
  },
  {
    metadata: { name: "big" },
    spec: { text: 123456789012, count: -3, ratio: -0.5, flag: true, since: "", names: [[1, { b: 1, a: 2 }]], nested: null },
    status: { conditions: [] },
  },
];

async function recordTable(server: RealServer, why: string, plural: string, version: RecordedTable["version"]): Promise<RecordedTable> {
  const group = "tables.example.com";
  const kind = plural.replace(/s$/, "").replace(/^./, (letter) => letter.toUpperCase());
  const schema = {
    type: "object",
    properties: { spec: { "x-kubernetes-preserve-unknown-fields": true }, status: { "x-kubernetes-preserve-unknown-fields": true } },
  };
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Cluster",
      names: { plural, kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
    },
  };
  await send(server, { method: "POST", path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body: crd });
  const path = `/apis/${group}/v1/${plural}`;
  await untilServed(server, path);
  for (const object of OBJECTS) await send(server, { method: "POST", path, body: { apiVersion: `${group}/v1`, kind, ...object } });
  const list = await send(server, { method: "GET", path });
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const table = (includeObject: string): Promise<unknown> =>
    send(server, { method: "GET", path: `${path}?includeObject=${includeObject}`, accept });
  return {
    why,
    now: Date.now(),
    version,
    objects: (list as { readonly items: readonly object[] }).items, // A list, since the status was a success.
    tables: { None: await table("None"), Metadata: await table("Metadata"), Object: await table("Object") },
  };
}

async function send(server: RealServer, request: ServerRequest): Promise<unknown> {
  const answer = await server.send(request);
  if (answer.status >= 300) throw new Error(`cannot ${request.method} ${request.path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Tables of custom resources. */
export const TABLES: Recording<RecordedTable> = {
  file: new URL("recorded.ndjson", import.meta.url),
  record: (server) =>
    Promise.all([
      recordTable(server, "a CRD without columns", "plains", {}),
      recordTable(server, "every path as every type", "paths", {
        additionalPrinterColumns: ["string", "integer", "number", "boolean", "date"].flatMap((type) =>
          PATHS.map((path) => column(type, path)),
        ),
      }),
      recordTable(server, "columns that tell more of themselves", "mores", {
        additionalPrinterColumns: [column("string", ".spec.text", { description: "The text.", priority: 1, format: "password" })],
      }),
    ]),
};
