import { keyOf, type KubeObject, type Manifest, type ObjectName, type Resource } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import type { ApplyOptions, CallOptions, DeleteOptions, KindReference, PluginClient } from "@polykind/plugin";
import type { AppliedManifests } from "./applied.ts";
import { withOwner } from "./owner.ts";
import type { Sender, Sending } from "./sender.ts";
import type { StatusWriter } from "./status-writer.ts";
import type { Targets } from "./targets.ts";

/** What {@link writerFor} needs. */
export interface WriterParts {
  readonly sender: Sender;
  readonly targets: Targets;
  readonly applied: AppliedManifests;
  readonly statuses: StatusWriter;
}

/** The client that a plugin has in one run, or outside of runs. Every call ends when `sending.signal` aborts. */
export function writerFor({ sender, targets, applied, statuses }: WriterParts, sending: Sending): PluginClient {
  const during = ({ signal }: CallOptions = {}): Sending =>
    signal === undefined ? sending : { ...sending, signal: AbortSignal.any([signal, sending.signal]) };

  return {
    async get<T extends KubeObject>(kind: KindReference, name: ObjectName, options?: CallOptions): Promise<T | undefined> {
      const scope = during(options);
      const resource = await targets.resourceOf(kind, scope.signal);
      try {
        return await sender.read({ verb: "get", resource, name, send: (client, call) => client.get<T>(resource, name, call) }, scope);
      } catch (cause) {
        if (isPolykindError(cause, "API_NOT_FOUND")) return undefined;
        throw cause;
      }
    },

    async create<T extends KubeObject>(manifest: Manifest, options: ApplyOptions = {}): Promise<T> {
      const scope = during(options);
      const resource = await targets.resourceOf(manifest, scope.signal);
      const owned = withOwner(manifest, options.owner, resource);
      const name = nameIn(owned);
      sender.checkCreate(resource, name);
      return sender.write({ verb: "create", resource, name, send: (client, call) => client.create<T>(resource, owned, call) }, scope);
    },

    async apply<T extends KubeObject>(manifest: Manifest, options: ApplyOptions = {}): Promise<T> {
      const scope = during(options);
      const resource = await targets.resourceOf(manifest, scope.signal);
      const owned = withOwner(manifest, options.owner, resource);
      const name = nameIn(owned);
      const cached = cachedIn(sender, resource, name);
      if (cached === undefined) sender.checkCreate(resource, name);
      else if (applied.holds(resource, owned, cached)) return cached as T; // The caller says what its kind looks like, as for what the server answers.
      const patch = { type: "apply", body: owned, force: options.force ?? true } as const;
      const answer = await sender.write(
        { verb: "apply", resource, name, send: (client, call) => client.patch<T>(resource, name, patch, call) },
        scope,
      );
      if (sender.caches.informerOf(resource) !== undefined) applied.note(resource, owned, answer);
      return answer;
    },

    async patch<T extends KubeObject>(object: KubeObject, patch: object, options?: CallOptions): Promise<T> {
      const scope = during(options);
      const resource = await targets.resourceOf(object, scope.signal);
      const body = { ...patch, metadata: { ...("metadata" in patch && (patch.metadata as object)), uid: object.metadata.uid } }; // A patch of metadata is an object.
      const name = object.metadata;
      return sender.write(
        { verb: "patch", resource, name, send: (client, call) => client.patch<T>(resource, name, { type: "merge", body }, call) },
        scope,
      );
    },

    async patchStatus(object: KubeObject & { readonly status?: object }, status: object, options?: CallOptions): Promise<boolean> {
      const scope = during(options);
      const resource = await targets.resourceOf(object, scope.signal);
      return statuses.write(resource, { object, status }, scope);
    },

    async delete(object: KubeObject, { propagationPolicy, ...options }: DeleteOptions = {}): Promise<void> {
      const scope = during(options);
      const resource = await targets.resourceOf(object, scope.signal);
      const only = { uid: object.metadata.uid, ...(propagationPolicy !== undefined && { propagationPolicy }) };
      const name = object.metadata;
      try {
        await sender.write(
          {
            verb: "delete",
            resource,
            name,
            send: (client, { signal }) => client.delete(resource, name, { ...only, ...(signal && { signal }) }),
          },
          scope,
        );
      } catch (cause) {
        // Gone already, or another object has its name now: either way this one is no more.
        if (!isPolykindError(cause, "API_NOT_FOUND", "API_CONFLICT")) throw cause;
      }
    },
  };
}

function nameIn({ metadata: { name = "", namespace } }: Manifest): ObjectName {
  return { name, ...(namespace !== undefined && { namespace }) };
}

function cachedIn(sender: Sender, resource: Resource, name: ObjectName): KubeObject | undefined {
  return sender.caches.informerOf(resource)?.store.byKey(keyOf(name));
}
