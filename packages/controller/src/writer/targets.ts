import { apiVersionOf, groupKindText, parseApiVersion, type Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import type { KindReference } from "@polykind/plugin";
import type { Fence } from "../fence.ts";
import type { Caches } from "../readers/caches.ts";

/** Finds the resource that a plugin means by `apiVersion` and `kind`: among what the controller holds, else by discovery. */
export class Targets {
  readonly #caches: Caches;
  readonly #client: Client;
  readonly #fence: Fence;

  constructor({ caches, client, fence }: { readonly caches: Caches; readonly client: Client; readonly fence: Fence }) {
    this.#caches = caches;
    this.#client = client;
    this.#fence = fence;
  }

  /** @throws PolykindError `KIND_NOT_SERVED` where there is none; `FENCED` once the epoch has ended. */
  async resourceOf({ apiVersion, kind }: KindReference, signal: AbortSignal): Promise<Resource> {
    this.#fence.checkRead(`find ${kind} of ${apiVersion}`);
    for (const { key } of this.#caches.informers) {
      if (key.resource.kind === kind && apiVersionOf(key.resource) === apiVersion) return key.resource;
    }
    return this.#client.resourceFor({ ...parseApiVersion(apiVersion), kind }, { signal });
  }
}

/** `kind.group namespace/name`, for messages. */
export function nameTarget(resource: Resource, key: string): string {
  return `${groupKindText(resource)} ${key}`;
}
