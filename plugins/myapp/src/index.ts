import { definePlugin, type KubeObject, type Manifest, type ObjectName, type ReconcileContext } from "@polykind/plugin";
import type { Deployment, MyApp } from "./app.ts";
import { childrenOf, isAsWanted } from "./children.ts";
import { appsIn, appsNamed, isRegistry, register, unregister } from "./registry.ts";
import { statusOf } from "./status.ts";

const GROUP = "demo.example.com";

/** Runs a MyApp as a Deployment, a Service and a ConfigMap, and enters it in the registry of its namespace. */
export default definePlugin<MyApp>({
  name: "myapp",
  engines: { polykind: "^1.0" },
  manages: { group: GROUP, kind: "MyApp", versions: ["v1"] },
  watches: [
    { group: "apps", kind: "Deployment" },
    { group: "", kind: "Service" },
    { group: "", kind: "ConfigMap", map: (object) => (isRegistry(object) ? appsIn(object) : ownersOf(object)) },
  ],

  setup: () => ({
    async reconcile(app, context) {
      const { settings, service, deployment } = childrenOf(app);
      await register(app, context);
      // The settings first: pods that start need them.
      await ensure(settings, app, context);
      await ensure(service, app, context);
      const running = await ensure<Deployment>(deployment, app, context);
      await context.client.patchStatus(app, statusOf(app, running, timeText(context.now())), { signal: context.signal });
      return undefined;
    },
    async finalize(app, context) {
      await unregister(app, context);
      return undefined;
    },
  }),
});

/** As Kubernetes writes times: RFC 3339, in seconds. */
function timeText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Makes a child such as it is wanted. Nothing is sent when it is: what was deleted or edited by others is put right. */
async function ensure<T extends KubeObject>(
  wanted: Manifest,
  app: MyApp,
  { related, client, signal }: ReconcileContext<MyApp>,
): Promise<T> {
  const { namespace, name = "" } = wanted.metadata;
  const group = wanted.apiVersion.includes("/") ? wanted.apiVersion.replace(/\/.*$/, "") : "";
  const actual = related<T>({ group, kind: wanted.kind }).get({ ...(namespace !== undefined && { namespace }), name });
  return actual !== undefined && isAsWanted(wanted, actual, app) ? actual : client.apply<T>(wanted, { owner: app, signal });
}

function ownersOf({ metadata: { namespace, ownerReferences = [] } }: KubeObject): readonly ObjectName[] {
  return ownerReferences
    .filter(({ apiVersion, kind, controller }) => controller === true && kind === "MyApp" && apiVersion.startsWith(`${GROUP}/`))
    .flatMap(({ name }) => appsNamed(name, namespace));
}
