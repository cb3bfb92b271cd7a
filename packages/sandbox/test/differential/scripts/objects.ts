import type { Script, Step } from "../script.ts";
import type { Answer } from "../server.ts";
import { CRDS, crdOf, get, hasCondition, isFound, isGone, metadataOf, patch, post, put, remove, versionIn } from "./parts.ts";

const SCHEMA = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["a"],
      properties: {
        a: { type: "integer", minimum: 1 },
        replicas: { type: "integer" },
        list: { type: "array", items: { type: "object", properties: { x: { type: "string" } } } },
        size: { type: "string", default: "small", enum: ["small", "large"] },
      },
    },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

/** A served kind of its own for each script. */
function kindFor(name: string): {
  readonly group: string;
  readonly base: string;
  readonly begin: readonly Step[];
  make(object: object): object;
} {
  const group = `${name}.example.com`;
  const crd = crdOf({
    group,
    plural: "foos",
    kind: "Foo",
    schema: SCHEMA,
    version: {
      subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
      selectableFields: [{ jsonPath: ".spec.size" }],
    },
  });
  return {
    group,
    base: `/apis/${group}/v1/namespaces/default/foos`,
    begin: [
      { why: "a CRD", send: post(CRDS, crd) },
      { why: "established", send: get(`${CRDS}/foos.${group}`), until: hasCondition("Established", "True") },
      { why: "served", send: get(`/apis/${group}/v1/foos`), until: isFound },
    ],
    make: (object) => ({ apiVersion: `${group}/v1`, kind: "Foo", ...object }),
  };
}

const creates = kindFor("creates");
const C = creates.base;

/** Creation, and all that is refused on the way. */
export const CREATES: Script = {
  name: "creating objects",
  steps: [
    ...creates.begin,
    { why: "an empty list", send: get(C) },
    { why: "an object that is not there", send: get(`${C}/x`) },
    { why: "a value against the schema", send: post(C, creates.make({ metadata: { name: "x" }, spec: { a: 0 } })) },
    { why: "a missing required field and a wrong type", send: post(C, creates.make({ metadata: { name: "x" }, spec: { size: 5 } })) },
    {
      why: "an object: unknown fields are dropped, defaults filled in, status ignored",
      send: post(C, creates.make({ metadata: { name: "x", labels: { b: "1", a: "2" } }, spec: { a: 1, b: 1 }, status: { z: 1 } })),
    },
    { why: "the same again", send: post(C, creates.make({ metadata: { name: "x" }, spec: { a: 1 } })) },
    {
      why: "Strict refuses what is unknown and what is doubled",
      send: post(
        `${C}?fieldValidation=Strict`,
        `{"apiVersion":"${creates.group}/v1","kind":"Foo","metadata":{"name":"y","foo":1},"spec":{"a":1,"a":2,"b":1,"list":[{"x":"","z":1}]}}`,
      ),
    },
    {
      why: "Warn tells of it",
      send: post(`${C}?fieldValidation=Warn`, creates.make({ metadata: { name: "y", foo: 1 }, spec: { a: 1, b: 1 } })),
    },
    {
      why: "Ignore says nothing",
      send: post(`${C}?fieldValidation=Ignore`, creates.make({ metadata: { name: "z" }, spec: { a: 1, b: 1 } })),
    },
    { why: "no such validation", send: post(`${C}?fieldValidation=Hard`, creates.make({ metadata: { name: "z" }, spec: { a: 1 } })) },
    { why: "another version", send: post(C, { apiVersion: `${creates.group}/v2`, kind: "Foo", metadata: { name: "q" } }) },
    { why: "another kind", send: post(C, { apiVersion: `${creates.group}/v1`, kind: "Fo", metadata: { name: "q" } }) },
    { why: "no version", send: post(C, { kind: "Foo", metadata: { name: "q" } }) },
    { why: "no kind", send: post(C, { apiVersion: `${creates.group}/v1`, metadata: { name: "q" } }) },
    { why: "another namespace", send: post(C, creates.make({ metadata: { name: "q", namespace: "other" }, spec: { a: 1 } })) },
    {
      why: "a namespace that is not there",
      send: post(`/apis/${creates.group}/v1/namespaces/nowhere/foos`, creates.make({ metadata: { name: "q" }, spec: { a: 1 } })),
    },
    { why: "no name", send: post(C, creates.make({ metadata: {}, spec: { a: 1 } })) },
    { why: "no metadata", send: post(C, creates.make({ spec: { a: 1 } })) },
    { why: "a bad name", send: post(C, creates.make({ metadata: { name: "X_" }, spec: { a: 1 } })) },
    { why: "a bad label", send: post(C, creates.make({ metadata: { name: "q", labels: { "bad key": "bad value!" } }, spec: { a: 1 } })) },
    { why: "a label that is no text", send: post(C, creates.make({ metadata: { name: "q", labels: { a: 1 } }, spec: { a: 1 } })) },
    {
      why: "a finalizer that others might use as well, in an object that is refused",
      send: post(`${C}?fieldValidation=Warn`, creates.make({ metadata: { name: "q", finalizers: ["hold"] }, spec: { a: 0, b: 1 } })),
    },
    {
      why: "and in one that is taken",
      send: post(C, creates.make({ metadata: { name: "f", finalizers: ["hold", "a.b", "a.b/c", "orphan"] }, spec: { a: 1 } })),
    },
    { why: "a version of its own", send: post(C, creates.make({ metadata: { name: "q", resourceVersion: "5" }, spec: { a: 1 } })) },
    {
      why: "a uid of its own is ignored",
      send: post(
        C,
        creates.make({
          metadata: { name: "own", uid: "00000000-0000-0000-0000-000000000000", creationTimestamp: "2020-01-01T00:00:00Z", generation: 7 },
          spec: { a: 1 },
        }),
      ),
    },
    { why: "a generated name", send: post(C, creates.make({ metadata: { generateName: "gen-" }, spec: { a: 1 } })) },
    { why: "a dry run", send: post(`${C}?dryRun=All`, creates.make({ metadata: { name: "dry" }, spec: { a: 1 } })) },
    { why: "stores nothing", send: get(`${C}/dry`) },
    { why: "no such dry run", send: post(`${C}?dryRun=Some`, creates.make({ metadata: { name: "dry" }, spec: { a: 1 } })) },
    {
      why: "YAML",
      send: post(C, `apiVersion: ${creates.group}/v1\nkind: Foo\nmetadata: {name: yaml}\nspec:\n  a: 1\n`, {
        contentType: "application/yaml",
      }),
    },
    { why: "neither JSON nor YAML", send: post(C, "x", { contentType: "text/plain" }) },
    {
      why: "a collection of another scope",
      send: post(`/apis/${creates.group}/v1/foos`, creates.make({ metadata: { name: "q" }, spec: { a: 1 } })),
    },
    { why: "an object without its namespace", send: get(`/apis/${creates.group}/v1/foos/x`) },
    { why: "a part that the kind does not have", send: get(`${C}/x/nosuch`) },
    { why: "the status", send: get(`${C}/x/status`) },
    { why: "a scale of an object without replicas", send: get(`${C}/x/scale`) },
    { why: "no form that we know", send: get(C, { accept: "text/html" }) },
    { why: "only metadata of one", send: get(`${C}/x`, { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" }) },
    {
      why: "only metadata of all",
      send: get(`${C}?limit=1`, { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" }),
    },
    { why: "PUT to a collection", send: put(C, {}) },
  ],
};

const updates = kindFor("updates");
const U = updates.base;
const spec = (a: number): object => ({ metadata: { name: "x" }, spec: { a } });

/** Changes by PUT and PATCH, to the object and its parts. */
export const UPDATES: Script = {
  name: "changing objects",
  steps: [
    ...updates.begin,
    { why: "an object", send: post(U, updates.make(spec(1))) },
    { why: "an update needs a version", send: put(`${U}/x`, updates.make(spec(2))) },
    { why: "an old version", send: put(`${U}/x`, updates.make({ metadata: { name: "x", resourceVersion: "1" }, spec: { a: 2 } })) },
    { why: "another name", send: put(`${U}/y`, updates.make({ metadata: { name: "x", resourceVersion: "1" }, spec: { a: 2 } })) },
    {
      why: "another namespace",
      send: put(`${U}/x`, updates.make({ metadata: { name: "x", namespace: "kube-system", resourceVersion: "1" }, spec: { a: 2 } })),
    },
    { why: "an update of what is not there", send: put(`${U}/none`, updates.make({ metadata: { name: "none" }, spec: { a: 2 } })) },
    { why: "the current version", send: get(`${U}/x`) },
    {
      why: "an update",
      send: (answers) =>
        put(
          `${U}/x`,
          updates.make({ metadata: { name: "x", resourceVersion: versionIn(answers.at(-1)) }, spec: { a: 2 }, status: { ignored: true } }),
        ),
    },
    {
      why: "the same update again changes nothing",
      send: (answers) =>
        put(`${U}/x`, updates.make({ metadata: { name: "x", resourceVersion: versionIn(answers.at(-1)) }, spec: { a: 2, size: "small" } })),
    },
    {
      why: "against the schema",
      send: (answers) =>
        put(`${U}/x`, updates.make({ metadata: { name: "x", resourceVersion: versionIn(answers.at(-1)) }, spec: { a: 0 } })),
    },
    {
      why: "a status by its own path, in which the spec is ignored",
      send: (answers) =>
        put(
          `${U}/x/status`,
          updates.make({
            metadata: { name: "x", resourceVersion: versionIn(answers.at(-2)), labels: { ignored: "yes" } },
            spec: { a: 9 },
            status: { replicas: 3 },
          }),
        ),
    },
    { why: "a JSON patch with a test that fails", send: patch("json", `${U}/x`, [{ op: "test", path: "/spec/a", value: 5 }]) },
    {
      why: "a JSON patch",
      send: patch("json", `${U}/x`, [
        { op: "test", path: "/spec/a", value: 2 },
        { op: "replace", path: "/spec/a", value: 3 },
      ]),
    },
    { why: "a JSON patch to what is not there", send: patch("json", `${U}/x`, [{ op: "replace", path: "/spec/nn/a", value: 3 }]) },
    { why: "a JSON patch that is none", send: patch("json", `${U}/x`, {}) },
    { why: "a merge patch", send: patch("merge", `${U}/x`, { metadata: { annotations: { n: "1" } }, spec: { replicas: 2 } }) },
    { why: "a merge patch of a wrong type", send: patch("merge", `${U}/x`, { spec: { a: "x" } }) },
    { why: "a merge patch with an old version", send: patch("merge", `${U}/x`, { metadata: { resourceVersion: "1" } }) },
    { why: "a merge patch that renames", send: patch("merge", `${U}/x`, { metadata: { name: "z" } }) },
    { why: "a merge patch of the uid", send: patch("merge", `${U}/x`, { metadata: { uid: "zz" } }) },
    { why: "a merge patch that changes nothing", send: patch("merge", `${U}/x`, { spec: { replicas: 2 } }) },
    { why: "unknown fields of a patch under Strict", send: patch("merge", `${U}/x?fieldValidation=Strict`, { spec: { nope: 2 } }) },
    { why: "no strategic patches", send: patch("strategic", `${U}/x`, { spec: { a: 1 } }) },
    { why: "a patch of what is not there", send: patch("merge", `${U}/none`, { spec: { a: 1 } }) },
    { why: "a dry run", send: patch("merge", `${U}/x?dryRun=All`, { spec: { a: 77 } }) },
    { why: "changes nothing", send: get(`${U}/x`) },
    { why: "the scale", send: get(`${U}/x/scale`) },
    { why: "the scale changes", send: patch("merge", `${U}/x/scale`, { spec: { replicas: 7 } }) },
    { why: "a scale below nothing", send: patch("merge", `${U}/x/scale`, { spec: { replicas: -1 } }) },
    {
      why: "the scale by PUT",
      send: put(`${U}/x/scale`, { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "x" }, spec: { replicas: 4 } }),
    },
    { why: "the object has it", send: get(`${U}/x`) },
    { why: "apply without a manager", send: patch("apply", `${U}/ap`, updates.make({ spec: { a: 1 } })) },
    { why: "apply creates", send: patch("apply", `${U}/ap?fieldManager=m1`, updates.make({ metadata: { name: "ap" }, spec: { a: 1 } })) },
    { why: "force is for apply only", send: patch("merge", `${U}/ap?force=true`, {}) },
  ],
};

const deletes = kindFor("deletes");
const D = deletes.base;
const uidIn = (answer: Answer | undefined): string => metadataOf(answer)["uid"] ?? "";

/** Deletion with its conditions, finalizers and policies. */
export const DELETES: Script = {
  name: "deleting objects",
  steps: [
    ...deletes.begin,
    { why: "what is not there", send: remove(`${D}/none`) },
    { why: "an object", send: post(D, deletes.make({ metadata: { name: "x" }, spec: { a: 1 } })) },
    { why: "another uid", send: remove(`${D}/x`, { preconditions: { uid: "a" } }) },
    { why: "another version", send: remove(`${D}/x`, { preconditions: { resourceVersion: "3" } }) },
    { why: "no such policy", send: remove(`${D}/x?propagationPolicy=Nope`) },
    { why: "a dry run", send: remove(`${D}/x?dryRun=All`) },
    { why: "leaves it", send: get(`${D}/x`) },
    {
      why: "its uid",
      send: (answers) => remove(`${D}/x`, { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: uidIn(answers.at(-1)) } }),
    },
    {
      why: "held by a finalizer",
      send: post(D, deletes.make({ metadata: { name: "held", finalizers: ["deletes.example.com/hold"] }, spec: { a: 1 } })),
    },
    { why: "is marked", send: remove(`${D}/held`) },
    { why: "and stays", send: get(`${D}/held`) },
    { why: "deleting again changes nothing", send: remove(`${D}/held`) },
    {
      why: "no new finalizers",
      send: patch("merge", `${D}/held`, { metadata: { finalizers: ["deletes.example.com/hold", "deletes.example.com/more"] } }),
    },
    { why: "the mark cannot be taken away", send: patch("json", `${D}/held`, [{ op: "remove", path: "/metadata/deletionTimestamp" }]) },
    { why: "released, it goes", send: patch("merge", `${D}/held`, { metadata: { finalizers: null } }) },
    { why: "for good", send: get(`${D}/held`) },
    { why: "an owner", send: post(D, deletes.make({ metadata: { name: "owner" }, spec: { a: 1 } })) },
    { why: "foreground without dependents", send: remove(`${D}/owner?propagationPolicy=Foreground`) },
    { why: "the collector lets it go", send: get(`${D}/owner`), until: isGone },
    { why: "one", send: post(D, deletes.make({ metadata: { name: "one", labels: { n: "1" } }, spec: { a: 1 } })) },
    { why: "two", send: post(D, deletes.make({ metadata: { name: "two", labels: { n: "2" } }, spec: { a: 1 } })) },
    {
      why: "three",
      send: post(
        D,
        deletes.make({ metadata: { name: "three", labels: { n: "2" }, finalizers: ["deletes.example.com/hold"] }, spec: { a: 1 } }),
      ),
    },
    { why: "a collection, dry", send: remove(`${D}?dryRun=All`) },
    { why: "a part of it", send: remove(`${D}?labelSelector=n%3D1`) },
    { why: "the rest", send: remove(D) },
    { why: "what is held is left", send: get(D) },
    { why: "not across namespaces", send: remove(`/apis/${deletes.group}/v1/foos`) },
    { why: "released", send: patch("json", `${D}/three`, [{ op: "remove", path: "/metadata/finalizers" }]) },
    { why: "nothing is left", send: get(D) },
  ],
};

const lists = kindFor("lists");
const L = lists.base;
const INITIAL = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";

/** Lists and watches with all their options. */
export const LISTS: Script = {
  name: "lists and watches",
  steps: [
    ...lists.begin,
    { why: "the empty list", send: get(L) },
    ...["b", "a", "c"].map(
      (name, index): Step => ({
        why: `object ${name}`,
        send: post(
          L,
          lists.make({ metadata: { name, labels: { n: String(index) } }, spec: { a: 1, size: index === 1 ? "large" : "small" } }),
        ),
      }),
    ),
    { why: "in the order of names", send: get(L) },
    { why: "in all namespaces", send: get(`/apis/${lists.group}/v1/foos`) },
    { why: "in pages", send: get(`${L}?limit=2`) },
    {
      why: "and the next page",
      send: (answers) => get(`${L}?limit=2&continue=${encodeURIComponent(metadataOf(answers.at(-1))["continue"] ?? "")}`),
    },
    { why: "a token that is none", send: get(`${L}?continue=abc`) },
    { why: "with a selector", send: get(`${L}?labelSelector=n%20in%20(0,2)`) },
    { why: "with a selector in pages", send: get(`${L}?limit=1&labelSelector=n%20in%20(0,2)`) },
    { why: "by name", send: get(`${L}?fieldSelector=metadata.name%3Da`) },
    { why: "by a selectable field", send: get(`${L}?fieldSelector=spec.size%3Dlarge`) },
    { why: "by another field", send: get(`${L}?fieldSelector=spec.a%3D1`) },
    { why: "as of then", send: (answers) => get(`${L}?resourceVersion=${versionIn(answers[3])}&resourceVersionMatch=Exact`) },
    { why: "a match without a version", send: get(`${L}?resourceVersionMatch=Exact`) },
    { why: "exactly nothing", send: get(`${L}?resourceVersion=0&resourceVersionMatch=Exact`) },
    { why: "no such match", send: get(`${L}?resourceVersion=1&resourceVersionMatch=Nearly`) },
    { why: "whatever is there", send: get(`${L}?resourceVersion=0`) },
    { why: "a version to come", send: get(`${L}?resourceVersion=99999999`) },
    { why: "a version that is none", send: get(`${L}?resourceVersion=abc`) },
    { why: "initial events of a list", send: get(`${L}?sendInitialEvents=true`) },
    { why: "a watch from the present state", send: get(`${L}?watch=1&timeoutSeconds=1`) },
    { why: "a watch from any state", send: get(`${L}?watch=true&timeoutSeconds=1&resourceVersion=0`) },
    { why: "a change", send: patch("merge", `${L}/a`, { metadata: { labels: { n: "9" } } }) },
    { why: "a delete", send: remove(`${L}/b`) },
    { why: "a watch that resumes", send: (answers) => get(`${L}?watch=1&timeoutSeconds=1&resourceVersion=${versionIn(answers[3])}`) },
    {
      why: "what leaves the selection is deleted",
      send: (answers) => get(`${L}?watch=1&timeoutSeconds=1&labelSelector=n%3D1&resourceVersion=${versionIn(answers[3])}`),
    },
    {
      why: "what enters it is added",
      send: (answers) => get(`${L}?watch=1&timeoutSeconds=1&labelSelector=n%3D9&resourceVersion=${versionIn(answers[3])}`),
    },
    {
      why: "one object",
      send: (answers) => get(`${L}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dc&resourceVersion=${versionIn(answers[3])}`),
    },
    { why: "the present state and a mark", send: get(`${L}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&${INITIAL}`) },
    {
      why: "the mark alone, of an object that is not there",
      send: get(`${L}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&${INITIAL}&fieldSelector=metadata.name%3D~`),
    },
    { why: "without a mark where none is allowed", send: get(`${L}?watch=1&timeoutSeconds=1&${INITIAL}`) },
    {
      why: "only metadata",
      send: get(`${L}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&${INITIAL}`, {
        accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
      }),
    },
    { why: "initial events without a match", send: get(`${L}?watch=1&timeoutSeconds=1&sendInitialEvents=true`) },
    { why: "a match without initial events", send: get(`${L}?watch=1&timeoutSeconds=1&resourceVersionMatch=NotOlderThan`) },
    { why: "a version of long ago", send: get(`${L}?watch=1&timeoutSeconds=1&resourceVersion=1`) },
    { why: "the old path", send: get(`/apis/${lists.group}/v1/watch/namespaces/default/foos?timeoutSeconds=1&watch=`) },
  ],
};
