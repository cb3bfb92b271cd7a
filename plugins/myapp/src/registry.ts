import type { KubeObject, ObjectName, PluginContext } from "@polykind/plugin";
import type { ConfigMap, MyApp } from "./app.ts";

/**
 * The name of the ConfigMap in which each namespace lists its applications with their images. It belongs to no application, so that nothing collects an
 * application's entry when it goes: that is what the plugin's finalizer is for.
 */
export const REGISTRY = "myapp-registry";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;

/** Enters the application with its image; nothing is sent when that is what the registry says. */
export async function register(
  { metadata: { name, namespace }, spec: { image } }: MyApp,
  { client, related, signal }: PluginContext,
): Promise<void> {
  const at = nameIn(namespace);
  const cached = related<ConfigMap>({ group: "", kind: "ConfigMap" }).get(at);
  if (cached?.data?.[name] === image) return;
  // Without fields of its own, an apply makes sure that it is there, and leaves to others what is theirs.
  const registry = await client.apply<ConfigMap>({ ...CONFIG_MAP, metadata: at }, { signal });
  await client.patch(registry, { data: { [name]: image } }, { signal });
}

/** Takes the application's entry out. What others entered stays. */
export async function unregister({ metadata: { name, namespace } }: MyApp, { client, signal }: PluginContext): Promise<void> {
  const registry = await client.get<ConfigMap>(CONFIG_MAP, nameIn(namespace), { signal });
  if (registry?.data === undefined || !Object.hasOwn(registry.data, name)) return;
  await client.patch(registry, { data: { [name]: null } }, { signal });
}

/** The applications whose entries are in a registry: a registry that is edited or deleted concerns them all. */
export function appsIn({ metadata: { namespace }, data = {} }: ConfigMap): readonly ObjectName[] {
  return Object.keys(data).map((name) => ({ ...(namespace !== undefined && { namespace }), name }));
}

/** Whether it is a registry. */
export function isRegistry({ metadata: { name } }: KubeObject): boolean {
  return name === REGISTRY;
}

function nameIn(namespace: string | undefined): { readonly namespace?: string; readonly name: string } {
  return { ...(namespace !== undefined && { namespace }), name: REGISTRY };
}
