import { CRD_RESOURCE, findCondition, type Condition, type KubeObject, type Manifest, type Resource } from "@polykind/apimachinery";
import type { Stage } from "./stage.ts";

const DEPLOYMENTS: Resource = { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", resourceScope: "Namespaced" };
const SERVICES: Resource = { group: "", version: "v1", kind: "Service", plural: "services", resourceScope: "Namespaced" };
const NAMESPACES: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", resourceScope: "Cluster" };

/** What the plugin puts on its objects, as it finalizes them. */
const OUR_FINALIZER = "myapp.polykind.dev/finalizer";

/** What holds an object back in the third act: somebody else's finalizer. */
const FOREIGN_FINALIZER = "somebody-else.example.com/hold";

type App = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };

/** The life of kinds, in the order in which it is lived through. */
export async function playScenario(stage: Stage): Promise<void> {
  await install(stage);
  await createObjects(stage);
  await addPlugin(stage);
  await editCrd(stage);
  await deleteHeldCrd(stage);
  await recreateWithOtherScope(stage);
  await removePlugin(stage);
}

/** Takes away what the scenario made, and shows that everything of it ends. */
export async function cleanUp(stage: Stage): Promise<void> {
  stage.step("All CRDs are deleted: everything of them ends");
  await release(stage);
  for (const plural of ["sessions", "gadgets", "myapps"]) await stage.removeCrd(plural);
  await stage.expect("no kind of the demo is left", () => stage.kinds().every(({ state }) => state === "Absent"));
  await stage.expect("no controller of it runs", () => stage.kinds().every(({ runs }) => runs.length === 0));
  const { namespace: name } = stage.parts;
  await stage.remove(NAMESPACES, { name });
  await stage.expect(
    "and the demo's namespace is gone with all that was in it",
    async () => (await stage.get(NAMESPACES, { name })) === undefined,
  );
}

async function install(stage: Stage): Promise<void> {
  const { folder, group, namespace } = stage.parts;
  stage.step("CRDs are installed: the plugins of their kinds start");
  await stage.apply(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const crd of [await folder.crd("myapp"), await folder.crd("session-ttl"), gadgetCrd(group)]) await stage.apply(CRD_RESOURCE, crd);
  await stage.expectKind(
    "MyApp runs, by the plugins myapp and inventory",
    "MyApp",
    ({ state, runs }) => state === "Running" && runs.length === 2,
  );
  await stage.expectKind(
    "Gadget runs, by inventory alone, which takes every kind",
    "Gadget",
    ({ state, runs }) => state === "Running" && runs.length === 1,
  );
  await stage.expectKind(
    "Session runs, by inventory alone: no plugin of its own is there yet",
    "Session",
    ({ state, runs }) => state === "Running" && runs.length === 1,
  );
}

async function createObjects(stage: Stage): Promise<void> {
  const { group, namespace, client, signal } = stage.parts;
  stage.step("Objects are created: the plugins reconcile them");
  for (const name of ["shop", "blog", "wiki"]) await stage.apply(apps(stage), app(group, { namespace, name }));
  for (const name of ["red", "green", "blue"])
    await stage.apply(gadgets(stage), { apiVersion: `${group}/v1`, kind: "Gadget", metadata: { namespace, name }, spec: {} });
  await stage.expect("each MyApp has its Deployment and Service", async () => {
    const [made, services] = [await stage.keys(DEPLOYMENTS), await stage.keys(SERVICES)];
    return made.length === 3 && services.length === 3;
  });
  await stage.expect("and holds the plugin's finalizer", async () => {
    const { items } = await client.list(apps(stage), { namespace, signal });
    return items.length === 3 && items.every(({ metadata }) => metadata.finalizers?.includes(OUR_FINALIZER));
  });
  for (const { metadata } of (await client.list(DEPLOYMENTS, { namespace, signal })).items) {
    const status = {
      replicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      updatedReplicas: 2,
      observedGeneration: metadata.generation ?? 1,
    };
    await client.patch(
      DEPLOYMENTS,
      { namespace, name: metadata.name },
      { type: "merge", body: { status } },
      { subresource: "status", signal },
    );
  }
  await stage.expect("their Deployments get ready, and so do they", async () => {
    const found = await client.list<App>(apps(stage), { namespace, signal });
    return found.items.length === 3 && found.items.every(({ status }) => findCondition(status?.conditions, "Ready")?.status === "True");
  });
  await stage.expectKind("inventory has counted the gadgets", "Gadget", ({ runs }) =>
    runs.some(({ note }) => note?.startsWith("3 objects") === true),
  );
}

async function addPlugin(stage: Stage): Promise<void> {
  const { group, namespace, folder } = stage.parts;
  stage.step("A plugin comes: session-ttl.ts is copied into the plugin folder");
  const session = (name: string, ttlSeconds: number): Manifest => ({
    apiVersion: `${group}/v1`,
    kind: "Session",
    metadata: { namespace, name },
    spec: { ttlSeconds },
  });
  await stage.apply(sessions(stage), session("short", 1));
  await stage.apply(sessions(stage), session("long", 3600));
  await folder.addFile("session-ttl");
  await stage.expectKind("Session runs by two plugins now", "Session", ({ state, runs }) => state === "Running" && runs.length === 2);
  await stage.expect(
    "the session whose time is over is deleted, and the other is not",
    async () => (await stage.keys(sessions(stage))).join() === `${namespace}/long`,
  );
}

async function editCrd(stage: Stage): Promise<void> {
  const { folder } = stage.parts;
  stage.step("A CRD is edited: the server closes all its watches, and nobody notices");
  const before = stage.kind("MyApp");
  const crd = await folder.crd("myapp");
  await stage.apply(CRD_RESOURCE, withCategory(crd));
  await stage.apply(apps(stage), app(stage.parts.group, { namespace: stage.parts.namespace, name: "forum" }));
  await stage.expectKind(
    "a MyApp created after it is seen, by the same controller",
    "MyApp",
    ({ epoch, objects }) => epoch === before?.epoch && objects === 4,
  );
  await stage.expect("and has its Deployment", async () => (await stage.keys(DEPLOYMENTS)).length === 4);
}

async function deleteHeldCrd(stage: Stage): Promise<void> {
  const { client, namespace, signal } = stage.parts;
  stage.step("A CRD is deleted while its objects hold finalizers: the controller goes on until they are gone");
  const held = await stage.get(apps(stage), { namespace, name: "wiki" });
  const finalizers = [...(held?.metadata.finalizers ?? []), FOREIGN_FINALIZER];
  await client.patch(apps(stage), { namespace, name: "wiki" }, { type: "merge", body: { metadata: { finalizers } } }, { signal });
  await stage.removeCrd("myapps");
  await stage.expectKind(
    "MyApp is draining, with its controllers",
    "MyApp",
    ({ state, runs }) => state === "Draining" && runs.length === 2,
  );
  await stage.expectKind("the plugin has finalized all four; one still waits for somebody else", "MyApp", ({ objects }) => objects === 1);
  await stage.expect("and of our finalizers none is left", async () => {
    const last = await stage.get(apps(stage), { namespace, name: "wiki" });
    return last?.metadata.finalizers?.join() === FOREIGN_FINALIZER;
  });
  await release(stage);
  await stage.expect("when that goes, everything of MyApp is gone", () => stage.kind("MyApp")?.incarnation === undefined);
}

async function recreateWithOtherScope(stage: Stage): Promise<void> {
  const { folder, group, namespace } = stage.parts;
  stage.step("The CRD is created again under the same name, with another scope");
  const crd = await folder.crd("myapp");
  await stage.apply(CRD_RESOURCE, { ...crd, spec: { ...(crd["spec"] as object), scope: "Cluster" } }); // A CRD's spec is an object.
  await stage.expectKind(
    "MyApp runs in another incarnation, cluster-scoped, with nothing of the former",
    "MyApp",
    ({ state, resourceScope, objects }) => state === "Running" && resourceScope === "Cluster" && objects === 0,
  );
  await stage.apply({ ...apps(stage), resourceScope: "Cluster" }, app(group, { name: "portal" }, namespace));
  await stage.expect("a cluster-scoped MyApp gets its Deployment", async () =>
    (await stage.keys(DEPLOYMENTS)).includes(`${namespace}/portal`),
  );
}

async function removePlugin(stage: Stage): Promise<void> {
  stage.step("A plugin goes: session-ttl.ts is removed from the plugin folder");
  await stage.parts.folder.removeFile("session-ttl");
  await stage.expectKind("Session runs by inventory alone again", "Session", ({ state, runs }) => state === "Running" && runs.length === 1);
}

/** Takes the foreign finalizer away, where it is. */
async function release(stage: Stage): Promise<void> {
  const { client, namespace, signal } = stage.parts;
  const held = await stage.get(apps(stage), { namespace, name: "wiki" });
  if (held?.metadata.finalizers?.includes(FOREIGN_FINALIZER) !== true) return;
  const finalizers = held.metadata.finalizers.filter((name) => name !== FOREIGN_FINALIZER);
  await client.patch(apps(stage), { namespace, name: "wiki" }, { type: "merge", body: { metadata: { finalizers } } }, { signal });
}

const apps = (stage: Stage): Resource => resource(stage, "MyApp", "myapps");
const gadgets = (stage: Stage): Resource => resource(stage, "Gadget", "gadgets");
const sessions = (stage: Stage): Resource => resource(stage, "Session", "sessions");

function resource({ parts: { group } }: Stage, kind: string, plural: string): Resource {
  return { group, version: "v1", kind, plural, resourceScope: "Namespaced" };
}

/** A cluster-scoped one says where its children go. */
function app(group: string, metadata: { readonly namespace?: string; readonly name: string }, targetNamespace?: string): Manifest {
  return {
    apiVersion: `${group}/v1`,
    kind: "MyApp",
    metadata,
    spec: { replicas: 2, image: "registry.example.com/app:1", ...(targetNamespace !== undefined && { targetNamespace }) },
  };
}

function withCategory(crd: Manifest): Manifest {
  const spec = crd["spec"] as { readonly names: object }; // A CRD has names.
  return { ...crd, spec: { ...spec, names: { ...spec.names, categories: ["all"] } } };
}

function gadgetCrd(group: string): Manifest {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "gadgets", singular: "gadget", kind: "Gadget", listKind: "GadgetList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } },
        },
      ],
    },
  };
}
