import type { KubeObject, Manifest, ObjectName, PluginClient, Reader, ReconcileContext } from "@polykind/plugin";
import type { MyApp } from "../src/app.ts";

/** One request that was sent, as `verb Kind/name`. */
export type Sent = string;

/**
 * The objects of a cluster, with a client and readers that see each write at once. It knows as much of an API server as this plugin needs: apply keeps
 * what others set, a merge patch follows RFC 7386.
 */
export class FakeCluster {
  readonly objects = new Map<string, KubeObject>();
  readonly sent: Sent[] = [];
  now = Date.UTC(2026, 0, 1);

  /** What is there now. */
  get<T extends KubeObject>(kind: string, name: string): T | undefined {
    return this.objects.get(`${kind} default/${name}`) as T | undefined;
  }

  put(object: KubeObject): void {
    this.objects.set(`${object.kind} default/${object.metadata.name}`, object);
  }

  drop(kind: string, name: string): void {
    this.objects.delete(`${kind} default/${name}`);
  }

  /** The context of a run. */
  context(): ReconcileContext<MyApp> {
    const context: Partial<ReconcileContext<MyApp>> = {
      client: this.#client,
      related: <R extends KubeObject>({ kind }: { readonly kind: string }) =>
        ({ get: ({ name }: ObjectName) => this.get<R>(kind, name) }) as Reader<R>,
      now: () => this.now,
      signal: new AbortController().signal,
    };
    return context as ReconcileContext<MyApp>;
  }

  get #client(): PluginClient {
    const client: Partial<PluginClient> = {
      get: async <T extends KubeObject>({ kind }: { readonly kind: string }, { name }: ObjectName) => this.get<T>(kind, name),
      apply: async <T extends KubeObject>(manifest: Manifest, { owner }: { readonly owner?: KubeObject } = {}) =>
        this.#apply(manifest, owner) as T,
      patch: async <T extends KubeObject>(object: KubeObject, patch: object) =>
        this.#write("patch", merged(object, patch) as KubeObject) as T,
      patchStatus: async (object, status) => this.#patchStatus(object, status),
    };
    return client as PluginClient;
  }

  #apply(manifest: Manifest, owner: KubeObject | undefined): KubeObject {
    const name = manifest.metadata.name ?? "";
    const before = this.get(manifest.kind, name) ?? {
      metadata: { uid: `uid-${name}`, resourceVersion: "1", generation: 1, creationTimestamp: "2026-01-01T00:00:00Z" },
    };
    const owned =
      owner === undefined
        ? {}
        : {
            ownerReferences: [
              { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true },
            ],
          };
    // What was applied before and is left out now goes: of this plugin's children that is only `data`.
    const kept = owner !== undefined && "data" in before ? { ...before, data: {} } : before;
    return this.#write("apply", merged(merged(kept, manifest), { metadata: owned }) as KubeObject);
  }

  #patchStatus(object: KubeObject & { readonly status?: object }, status: object): boolean {
    const next = { ...object, status: { ...object.status, ...status } };
    if (JSON.stringify(next.status) === JSON.stringify(object.status)) return false;
    this.#write("status", next);
    return true;
  }

  #write(verb: string, object: KubeObject): KubeObject {
    this.sent.push(`${verb} ${object.kind}/${object.metadata.name}`);
    this.put(object);
    return object;
  }
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const fields = typeof target === "object" && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(fields, key);
    else Reflect.set(fields, key, merged(Reflect.get(fields, key), value));
  }
  return fields;
}
