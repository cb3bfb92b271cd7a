import { createHash } from "node:crypto";
import {
  compareResourceVersions,
  groupKindText,
  keyOf,
  type KubeObject,
  type Manifest,
  type ObjectName,
  type Resource,
} from "@polykind/apimachinery";
import { holdsJson } from "./json.ts";

interface Applied {
  readonly digest: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * What was applied last to each cached object, so that applying it again is no request while the object still is such.
 *
 * Only for kinds that are cached: without seeing the object, nothing can be known of it.
 */
export class AppliedManifests {
  readonly #applied = new Map<string, Applied>();

  get size(): number {
    return this.#applied.size;
  }

  /** `manifest` was applied, and the server answered `answer`. */
  note(resource: Resource, manifest: Manifest, answer: KubeObject): void {
    const { uid, resourceVersion } = answer.metadata;
    this.#applied.set(keyIn(resource, answer.metadata), { digest: digestOf(manifest), uid, resourceVersion });
  }

  /** Whether applying `manifest` would change nothing: it was applied last, and `cached`, which is no older than that, has all of it. */
  holds(resource: Resource, manifest: Manifest, cached: KubeObject): boolean {
    const applied = this.#applied.get(keyIn(resource, cached.metadata));
    if (applied === undefined || applied.uid !== cached.metadata.uid || applied.digest !== digestOf(manifest)) return false;
    const order = compareResourceVersions(cached.metadata.resourceVersion, applied.resourceVersion);
    return order !== undefined && order >= 0 && holdsJson(cached, JSON.parse(JSON.stringify(manifest)));
  }

  /** The object is gone. */
  forget(resource: Resource, name: ObjectName): void {
    this.#applied.delete(keyIn(resource, name));
  }

  clear(): void {
    this.#applied.clear();
  }
}

function keyIn(resource: Resource, name: ObjectName): string {
  return `${groupKindText(resource)} ${keyOf(name)}`;
}

function digestOf(manifest: Manifest): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("base64url");
}
