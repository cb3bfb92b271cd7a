import type { KubeObject } from "@polykind/apimachinery";
import type { Stamp } from "@polykind/testing";

/** One write. */
export interface Written {
  readonly version: number;
  readonly plural: string;
  readonly namespace: string;
  readonly is: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: SimObject;
}

/** An object of the simulation. */
export type SimObject = KubeObject & { readonly spec: { readonly n: string }; readonly padding?: string; readonly reading?: number };

/** A storage with one version for all kinds, which remembers every write. */
export class Etcd {
  log: Written[] = [];
  version = 10;
  compactedTo = 0;
  /** The highest version that was ever given, also before a restore. */
  highest = 10;
  #uids = 0;
  #restores = 0;
  readonly #objects = new Map<string, SimObject>();
  onWrite: (written: Written) => void = () => {};

  /** @param bytes how long the line of the change shall be at the least. */
  put(plural: string, namespace: string, name: string, bytes = 0): void {
    const id = `${plural}/${namespace}/${name}`;
    const present = this.#objects.get(id);
    this.#step();
    const uid = present?.metadata.uid ?? `uid-${(this.#uids += 1)}`;
    const is = present === undefined ? "ADDED" : "MODIFIED";
    const object = grown(this.#objectOf(plural, { namespace, name, uid }), { is, bytes });
    this.#objects.set(id, object);
    this.#append({ version: this.version, plural, namespace, is, object });
  }

  delete(plural: string, namespace: string, name: string): void {
    const id = `${plural}/${namespace}/${name}`;
    const present = this.#objects.get(id);
    if (present === undefined) return;
    this.#step();
    this.#objects.delete(id);
    const object = { ...present, metadata: { ...present.metadata, resourceVersion: String(this.version) } };
    this.#append({ version: this.version, plural, namespace, is: "DELETED", object });
  }

  /** Some other kind is written to. */
  touch(): void {
    this.#step();
  }

  compact(keep: number): void {
    this.compactedTo = Math.max(this.compactedTo, this.version - keep);
  }

  /** A backup from `back` versions ago is put in place; versions are given again. */
  restore(back: number): number {
    this.version = Math.max(this.compactedTo, this.version - back, 1);
    this.#restores += 1;
    this.log = this.log.filter(({ version }) => version <= this.version);
    this.#objects.clear();
    for (const written of this.log) this.#replay(written);
    return this.version;
  }

  at(version: number, { plural, namespace }: { readonly plural: string; readonly namespace: string | undefined }): readonly SimObject[] {
    const present = new Map<string, SimObject>();
    for (const written of this.log) {
      if (written.version > version) break;
      if (written.plural !== plural || (namespace !== undefined && written.namespace !== namespace)) continue;
      const id = `${written.namespace}/${written.object.metadata.name}`;
      if (written.is === "DELETED") present.delete(id);
      else present.set(id, written.object);
    }
    return [...present.values()];
  }

  /** The writes of a scope after one version, up to another. */
  writes(
    { after, until }: { readonly after: number; readonly until: number },
    { plural, namespace }: { readonly plural: string; readonly namespace: string | undefined },
  ): readonly Written[] {
    return this.log.filter(
      (written) =>
        written.version > after &&
        written.version <= until &&
        written.plural === plural &&
        (namespace === undefined || written.namespace === namespace),
    );
  }

  #replay({ plural, namespace, is, object }: Written): void {
    const id = `${plural}/${namespace}/${object.metadata.name}`;
    if (is === "DELETED") this.#objects.delete(id);
    else this.#objects.set(id, object);
  }

  #step(): void {
    this.version += 1;
    this.highest = Math.max(this.highest, this.version);
  }

  #objectOf(
    plural: string,
    { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  ): SimObject {
    const n = `${this.#restores}.${this.version} \u2028 žluťoučký`;
    return {
      apiVersion: "sim.example.com/v1",
      kind: plural === "gizmos" ? "Gizmo" : "Gadget",
      metadata: {
        name,
        namespace,
        uid,
        resourceVersion: String(this.version),
        creationTimestamp: "2026-01-01T00:00:00Z",
        labels: { ["constructor"]: "x" },
        annotations: { n },
      },
      spec: JSON.parse(`{"n":${JSON.stringify(n)},"__proto__":{"polluted":true}}`) as SimObject["spec"], // As a server's bytes would be read.
    };
  }

  #append(written: Written): void {
    this.log.push(written);
    this.onWrite(written);
  }
}

/** `object` with so much in it that the line of its change is `bytes` long, if it is not longer anyway. */
function grown(object: SimObject, { is, bytes }: { readonly is: Written["is"]; readonly bytes: number }): SimObject {
  const padded = { ...object, padding: "" };
  const missing = bytes - Buffer.byteLength(JSON.stringify({ type: is, object: padded }));
  return missing > 0 ? { ...padded, padding: "x".repeat(missing) } : object;
}

/** `object` as it is sent to those who ask for its metadata only. */
export function partialOf({ metadata }: SimObject): KubeObject {
  return { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata };
}

/** What a trace tells of `object`. */
export function stampOf({ metadata, ...rest }: KubeObject): Stamp {
  const { spec, reading } = rest as { readonly spec?: { readonly n?: string }; readonly reading?: number }; // Objects of the simulation have it.
  // Where there is metadata only, it tells the same.
  const n = rest.kind === "PartialObjectMetadata" ? metadata.annotations?.["n"] : spec?.n;
  return {
    key: metadata.name === undefined ? "" : `${metadata.namespace}/${metadata.name}`,
    uid: metadata.uid ?? "",
    version: metadata.resourceVersion,
    content: n?.split(" ", 1)[0] ?? "",
    ...(reading !== undefined && { reading }),
  };
}
