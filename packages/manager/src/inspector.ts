import type { KubeObject, Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { isPolykindError, messageOf } from "@polykind/core";
import type { Finding, Suspicion } from "./kind/suspicion.ts";

/** Of a client. */
type Asked = Pick<Client, "canI" | "get">;

/** What an informer needs of a collection. */
const NEEDED_VERBS = ["list", "watch"] as const;

const API_SERVICES: Resource = {
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  resourceScope: "Cluster",
};

interface ApiService extends KubeObject {
  readonly spec?: { readonly service?: { readonly namespace?: string; readonly name?: string } | null };
}

/**
 * Asks the server why it refuses a kind: of rights one SelfSubjectAccessReview for each verb that is needed, of identity the APIService of the version. Rejects only with the
 * signal's reason.
 */
export async function inspect(client: Asked, suspicion: Suspicion, signal: AbortSignal): Promise<Finding> {
  try {
    return suspicion.of === "rights" ? await inspectRights(client, suspicion, signal) : await inspectIdentity(client, suspicion, signal);
  } catch (cause) {
    signal.throwIfAborted();
    return { is: "untold", why: messageOf(cause) };
  }
}

async function inspectRights(client: Asked, { group, plural }: Suspicion, signal: AbortSignal): Promise<Finding> {
  const answers = await Promise.all(
    NEEDED_VERBS.map(async (verb) => ({ verb, isAllowed: await client.canI({ verb, group, plural }, { signal }) })),
  );
  const verbs = answers.flatMap(({ verb, isAllowed }) => (isAllowed ? [] : [verb]));
  return verbs.length === 0 ? { is: "allowed" } : { is: "forbidden", verbs };
}

async function inspectIdentity(client: Asked, { group, version }: Suspicion, signal: AbortSignal): Promise<Finding> {
  try {
    const { spec } = await client.get<ApiService>(API_SERVICES, { name: `${version}.${group}` }, { signal });
    const service = spec?.service ?? undefined;
    if (service === undefined) return { is: "itself" };
    return { is: "shadowed", by: `APIService ${version}.${group}, which sends requests to ${service.namespace}/${service.name}` };
  } catch (cause) {
    // A server without aggregation has none of them.
    if (isPolykindError(cause, "KIND_NOT_SERVED", "API_NOT_FOUND")) return { is: "itself" };
    throw cause;
  }
}
