import { keyOf, type Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";

/** One request that was sent. */
export interface Request {
  readonly verb: string;
  readonly kind: string;
  readonly key: string;
  /** What it carries, such as a patch. */
  readonly body?: unknown;
  readonly fieldManager?: string | undefined;
}

/** Asked before a request. */
export type Intercept = (request: Request) => Promise<void> | void;

/** A client that writes down its requests, and lets a test step in front of each. */
export function interceptedClient(
  client: Client,
  { requests, intercept }: { readonly requests: Request[]; readonly intercept: Intercept },
): Client {
  const pass = async <T>(request: Request, send: () => Promise<T>): Promise<T> => {
    requests.push(request);
    await intercept(request);
    return send();
  };
  const requestOf = (verb: string, resource: Resource, name: Parameters<Client["get"]>[1], body?: unknown): Request => ({
    verb,
    kind: resource.kind,
    key: keyOf(name),
    ...(body !== undefined && { body }),
  });
  return {
    ...bound(client),
    get: (resource, name, options) => pass(requestOf("get", resource, name), () => client.get(resource, name, options)),
    create: (resource, manifest, options) =>
      pass(requestOf("create", resource, { name: manifest.metadata.name ?? "" }, manifest), () =>
        client.create(resource, manifest, options),
      ),
    patch: (resource, name, patch, options) =>
      pass({ ...requestOf(options?.subresource ?? patch.type, resource, name, patch), fieldManager: options?.fieldManager }, () =>
        client.patch(resource, name, patch, options),
      ),
    delete: (resource, name, options) => pass(requestOf("delete", resource, name), () => client.delete(resource, name, options)),
  };
}

function bound(client: Client): Client {
  return {
    host: client.host,
    get: client.get.bind(client),
    list: client.list.bind(client),
    create: client.create.bind(client),
    patch: client.patch.bind(client),
    delete: client.delete.bind(client),
    deleteCollection: client.deleteCollection.bind(client),
    listWatch: client.listWatch.bind(client),
    resourceFor: client.resourceFor.bind(client),
    resourcesOf: client.resourcesOf.bind(client),
    forgetDiscovery: client.forgetDiscovery.bind(client),
    canI: client.canI.bind(client),
    serverVersion: client.serverVersion.bind(client),
    openStreams: client.openStreams.bind(client),
    close: client.close.bind(client),
    [Symbol.asyncDispose]: client[Symbol.asyncDispose].bind(client),
  };
}
