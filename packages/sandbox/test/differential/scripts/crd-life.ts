import type { Script } from "../script.ts";
import { CRDS, crdOf, get, hasCondition, isFound, isGone, patch, post, put, remove, versionIn } from "./parts.ts";

const WIDGETS = `${CRDS}/widgets.diff.example.com`;
const IN_DEFAULT = "/apis/diff.example.com/v1/namespaces/default/widgets";

/** From creation to the end: what the server says of CRDs, and serves because of them. */
export const CRD_LIFE: Script = {
  name: "the life of a CRD",
  steps: [
    { why: "nothing of a group that does not exist is routed", send: get("/apis/diff.example.com/v1/widgets") },
    { why: "nor is its discovery", send: get("/apis/diff.example.com/v1") },
    { why: "nor is the group", send: get("/apis/diff.example.com") },
    {
      why: "a CRD is answered before anybody looked at it",
      send: post(
        CRDS,
        crdOf({
          plural: "widgets",
          kind: "Widget",
          names: { shortNames: ["wd"], categories: ["all"] },
          version: { subresources: { status: {} } },
        }),
      ),
    },
    { why: "its names are accepted and it is established", send: get(WIDGETS), until: hasCondition("Established", "True") },
    { why: "it cannot be created twice", send: post(CRDS, crdOf({ plural: "widgets", kind: "Widget" })) },
    { why: "its objects are served", send: get("/apis/diff.example.com/v1/widgets"), until: isFound },
    { why: "its group is told", send: get("/apis/diff.example.com"), until: isFound },
    { why: "its resources are told", send: get("/apis/diff.example.com/v1"), until: isFound },
    { why: "a version that it does not have is not routed", send: get("/apis/diff.example.com/v2/widgets") },
    { why: "an update needs a version", send: put(WIDGETS, crdOf({ plural: "widgets", kind: "Widget" })) },
    {
      why: "an instance with a finalizer",
      send: post(IN_DEFAULT, {
        apiVersion: "diff.example.com/v1",
        kind: "Widget",
        metadata: { name: "held", finalizers: ["diff.example.com/hold"] },
      }),
    },
    {
      why: "an instance without",
      send: post(IN_DEFAULT, { apiVersion: "diff.example.com/v1", kind: "Widget", metadata: { name: "free" } }),
    },
    { why: "a delete marks the CRD", send: remove(WIDGETS) },
    { why: "the instance that is not held goes", send: get(`${IN_DEFAULT}/free`), until: isGone },
    {
      why: "the CRD waits for the one that is held",
      send: get(WIDGETS),
      until: ({ body }) => JSON.stringify(body).includes("InstanceDeletionInProgress"),
    },
    {
      why: "discovery drops create, patch and update",
      send: get("/apis/diff.example.com/v1"),
      until: ({ body }) => !JSON.stringify(body).includes('"create"'),
    },
    {
      why: "creates are forbidden",
      send: post(IN_DEFAULT, { apiVersion: "diff.example.com/v1", kind: "Widget", metadata: { name: "late" } }),
    },
    {
      why: "an apply that would create is forbidden",
      send: patch("apply", `${IN_DEFAULT}/late?fieldManager=me`, {
        apiVersion: "diff.example.com/v1",
        kind: "Widget",
        metadata: { name: "late" },
      }),
    },
    { why: "objects are still listed", send: get("/apis/diff.example.com/v1/widgets") },
    { why: "a second delete of the CRD changes nothing", send: remove(WIDGETS) },
    {
      why: "patches are allowed: finalizers must be removable",
      send: patch("merge", `${IN_DEFAULT}/held`, { metadata: { finalizers: null } }),
    },
    { why: "then the CRD goes", send: get(WIDGETS), until: isGone },
    { why: "nothing of it is routed any more", send: get("/apis/diff.example.com/v1/widgets"), until: isGone },
    { why: "its group is gone", send: get("/apis/diff.example.com"), until: isGone },
    { why: "what is not there cannot be deleted", send: remove(WIDGETS) },
  ],
};

const CONFLICT = { group: "names.example.com" };
const [FIRST, SECOND] = [`${CRDS}/firsts.names.example.com`, `${CRDS}/seconds.names.example.com`];

/** Two CRDs that want the same names. */
export const NAMES_CONFLICT: Script = {
  name: "names in conflict",
  steps: [
    {
      why: "the first gets its names",
      send: post(CRDS, crdOf({ ...CONFLICT, plural: "firsts", kind: "Same", names: { shortNames: ["sm"] } })),
    },
    { why: "and is established", send: get(FIRST), until: hasCondition("Established", "True") },
    {
      why: "the second is stored all the same",
      send: post(CRDS, crdOf({ ...CONFLICT, plural: "seconds", kind: "Same", names: { shortNames: ["sm", "se"] } })),
    },
    { why: "but not accepted", send: get(SECOND), until: hasCondition("NamesAccepted", "False") },
    { why: "nor routed", send: get("/apis/names.example.com/v1/seconds") },
    { why: "nor told", send: get("/apis/names.example.com/v1"), until: isFound },
    { why: "the first goes", send: remove(FIRST) },
    { why: "for good", send: get(FIRST), until: isGone },
    { why: "the loser's turn comes without anybody's doing", send: get(SECOND), until: hasCondition("Established", "True") },
    { why: "and it is served", send: get("/apis/names.example.com/v1/seconds"), until: isFound },
    { why: "a third wants the kind", send: post(CRDS, crdOf({ ...CONFLICT, plural: "thirds", kind: "Third" })) },
    { why: "it is established", send: get(`${CRDS}/thirds.names.example.com`), until: hasCondition("Established", "True") },
    {
      why: "a later bad edit of names is stored",
      send: patch("merge", `${CRDS}/thirds.names.example.com`, { spec: { names: { shortNames: ["sm"] } } }),
    },
    { why: "Established is sticky", send: get(`${CRDS}/thirds.names.example.com`), until: hasCondition("NamesAccepted", "False") },
    {
      why: "the accepted names are served",
      send: get("/apis/names.example.com/v1"),
      until: ({ body }) => JSON.stringify(body).includes("thirds"),
    },
    { why: "a CRD that was never established goes at once", send: post(CRDS, crdOf({ ...CONFLICT, plural: "fourths", kind: "Third" })) },
    { why: "it loses", send: get(`${CRDS}/fourths.names.example.com`), until: hasCondition("NamesAccepted", "False") },
    { why: "it is marked", send: remove(`${CRDS}/fourths.names.example.com`) },
    { why: "and gone", send: get(`${CRDS}/fourths.names.example.com`), until: isGone },
  ],
};

const VERSIONED = `${CRDS}/gears.versions.example.com`;
const GEARS = "/apis/versions.example.com";
const version = (name: string, served: boolean, storage: boolean): object => ({
  name,
  served,
  storage,
  schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { teeth: { type: "integer" } } } } } },
});

/** Versions that come, go and change places. */
export const CRD_VERSIONS: Script = {
  name: "versions of a CRD",
  steps: [
    {
      why: "two versions",
      send: post(
        CRDS,
        crdOf({
          group: "versions.example.com",
          plural: "gears",
          kind: "Gear",
          versions: [version("v1beta1", true, true), version("v1", true, false)],
        }),
      ),
    },
    { why: "established", send: get(VERSIONED), until: hasCondition("Established", "True") },
    { why: "the better version comes first", send: get(GEARS), until: isFound },
    {
      why: "an object by one version",
      send: post(`${GEARS}/v1/namespaces/default/gears`, {
        apiVersion: "versions.example.com/v1",
        kind: "Gear",
        metadata: { name: "a" },
        spec: { teeth: 7 },
      }),
    },
    { why: "is seen by the other", send: get(`${GEARS}/v1beta1/namespaces/default/gears/a`) },
    {
      why: "storage flips",
      send: patch("merge", VERSIONED, { spec: { versions: [version("v1beta1", true, false), version("v1", true, true)] } }),
    },
    { why: "both versions count as stored", send: get(VERSIONED) },
    { why: "the object is still the same", send: get(`${GEARS}/v1/namespaces/default/gears/a`) },
    {
      why: "a version is served no more",
      send: patch("merge", VERSIONED, { spec: { versions: [version("v1beta1", false, false), version("v1", true, true)] } }),
    },
    { why: "it is not routed", send: get(`${GEARS}/v1beta1/namespaces/default/gears`), until: isGone },
    { why: "the other is", send: get(`${GEARS}/v1/namespaces/default/gears`), until: isFound },
    { why: "discovery of the version is gone", send: get(`${GEARS}/v1beta1`), until: isGone },
  ],
};

/** What a watch gets when the spec of its CRD changes. */
export const CRD_RESUME: Script = {
  name: "resuming over a change of the CRD",
  steps: [
    { why: "a CRD", send: post(CRDS, crdOf({ group: "resume.example.com", plural: "pins", kind: "Pin" })) },
    { why: "established", send: get(`${CRDS}/pins.resume.example.com`), until: hasCondition("Established", "True") },
    {
      why: "an object",
      send: post("/apis/resume.example.com/v1/namespaces/default/pins", {
        apiVersion: "resume.example.com/v1",
        kind: "Pin",
        metadata: { name: "a" },
      }),
    },
    { why: "listed", send: get("/apis/resume.example.com/v1/pins") },
    {
      why: "a watch resumes at the version of the list",
      send: (answers) => get(`/apis/resume.example.com/v1/pins?watch=1&timeoutSeconds=1&resourceVersion=${versionIn(answers.at(-1))}`),
    },
    {
      why: "only a description changes",
      send: patch("merge", `${CRDS}/pins.resume.example.com`, {
        spec: {
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: "object", description: "new", "x-kubernetes-preserve-unknown-fields": true } },
            },
          ],
        },
      }),
    },
    { why: "it is served", send: get("/apis/resume.example.com/v1/pins"), until: isFound },
    {
      why: "a watch cannot resume at the version of before",
      send: (answers) => get(`/apis/resume.example.com/v1/pins?watch=1&timeoutSeconds=1&resourceVersion=${versionIn(answers[3])}`),
      until: ({ body }) => JSON.stringify(body).includes("too old"),
    },
  ],
};

const HOOKS = "/apis/hooks.example.com";
const hooked = (plural: string, kind: string, caBundle?: string): object =>
  crdOf({
    group: "hooks.example.com",
    plural,
    kind,
    versions: [version("v1", true, true), version("v1beta1", true, false)],
    spec: {
      conversion: {
        strategy: "Webhook",
        webhook: {
          conversionReviewVersions: ["v1"],
          clientConfig: { service: { name: "x", namespace: "y", path: "/c" }, ...(caBundle !== undefined && { caBundle }) },
        },
      },
    },
  });

/** Conversion by a webhook that is not there. */
export const CONVERSION: Script = {
  name: "a conversion webhook that is not there",
  steps: [
    { why: "the CRD is stored", send: post(CRDS, hooked("nuts", "Nut")) },
    { why: "and established", send: get(`${CRDS}/nuts.hooks.example.com`), until: hasCondition("Established", "True") },
    { why: "without objects there is nothing to convert", send: get(`${HOOKS}/v1beta1/nuts`), until: isFound },
    {
      why: "an object in the version that is stored",
      send: post(`${HOOKS}/v1/namespaces/default/nuts`, { apiVersion: "hooks.example.com/v1", kind: "Nut", metadata: { name: "a" } }),
    },
    { why: "cannot be listed in another", send: get(`${HOOKS}/v1beta1/nuts`) },
    { why: "nor read", send: get(`${HOOKS}/v1beta1/namespaces/default/nuts/a`) },
    { why: "nor deleted", send: remove(`${HOOKS}/v1beta1/namespaces/default/nuts/a`) },
    {
      why: "nor created",
      send: post(`${HOOKS}/v1beta1/namespaces/default/nuts`, {
        apiVersion: "hooks.example.com/v1beta1",
        kind: "Nut",
        metadata: { name: "b" },
      }),
    },
    { why: "all is well with the version that is stored", send: get(`${HOOKS}/v1/nuts`) },
    { why: "certificates that are none are stored before the CRD is established", send: post(CRDS, hooked("bolts", "Bolt", "Cg==")) },
    {
      why: "and keep it from that",
      send: get(`${CRDS}/bolts.hooks.example.com`),
      until: ({ body }) => JSON.stringify(body).includes("InvalidCABundle"),
    },
    { why: "although it is served", send: get(`${HOOKS}/v1/bolts`), until: isFound },
    {
      why: "afterwards they are refused",
      send: patch("merge", `${CRDS}/nuts.hooks.example.com`, { spec: { conversion: { webhook: { clientConfig: { caBundle: "Cg==" } } } } }),
    },
    { why: "the CRD can be deleted all the same", send: remove(`${CRDS}/nuts.hooks.example.com`) },
    { why: "with its objects", send: get(`${CRDS}/nuts.hooks.example.com`), until: isGone },
  ],
};
