import type { KubeObject, ObjectName, PluginContext } from "@polykind/plugin";
import { type ConfigMap, type MyApp, namespaceOf } from "./app.ts";

/**
 * The name of the ConfigMap in which each namespace lists its applications with their images. It belongs to no application, so that nothing collects an
 * application's entry when it goes: that is what the plugin's finalizer is for.
 */
export const REGISTRY = "myapp-registry";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;

/** Enters the application with its image; nothing is sent when that is what the registry says. */
export async function register(app: MyApp, { client, related, signal }: PluginContext): Promise<void> {
  const {
    metadata: { name },
    spec: { image },
  } = app;
  const at = { namespace: namespaceOf(app), name: REGISTRY };
  const cached = related<ConfigMap>({ group: "", kind: "ConfigMap" }).get(at);
  if (cached?.data?.[name] === image) return;
  // Without fields of its own, an apply makes sure that it is there, and leaves to others what is theirs.
  const registry = await client.apply<ConfigMap>({ ...CONFIG_MAP, metadata: at }, { signal });
  await client.patch(registry, { data: { [name]: image } }, { signal });
}

/** Takes the application's entry out. What others entered stays. */
export async function unregister(app: MyApp, { client, signal }: PluginContext): Promise<void> {
  const { name } = app.metadata;
  const registry = await client.get<ConfigMap>(CONFIG_MAP, { namespace: namespaceOf(app), name: REGISTRY }, { signal });
  if (registry?.data === undefined || !Object.hasOwn(registry.data, name)) return;
  await client.patch(registry, { data: { [name]: null } }, { signal });
}

/** The applications whose entries are in a registry: a registry that is edited or deleted concerns them all. */
export function appsIn({ metadata: { namespace }, data = {} }: ConfigMap): readonly ObjectName[] {
  return Object.keys(data).flatMap((name) => appsNamed(name, namespace));
}

/** The applications that a child in `namespace` may be of: the kind may be namespaced or not, and one that is not there is no harm. */
export function appsNamed(name: string, namespace: string | undefined): readonly ObjectName[] {
  return namespace === undefined ? [{ name }] : [{ namespace, name }, { name }];
}

/** Whether it is a registry. */
export function isRegistry({ metadata: { name } }: KubeObject): boolean {
  return name === REGISTRY;
}
