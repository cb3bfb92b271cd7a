/** Points from a dependent to what owns it, as in `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The part of `metadata` that this project reads. Servers send more, and it is kept. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent for objects of a cluster-scoped kind. */
  readonly namespace?: string;
  readonly generateName?: string;
  /** Identity: another uid under the same name is another object. */
  readonly uid: string;
  /** Grows with every write. A decimal integer of any length: see {@link compareResourceVersions}. */
  readonly resourceVersion: string;
  /** Grows with every change of the desired state (`spec`). */
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  /** RFC 3339; set while the object waits for its finalizers. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any Kubernetes object, as the API server sends it. Objects that are handed out are frozen and shared. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object as someone writes it down: what the server fills in may be missing. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta>;
  readonly [field: string]: unknown;
}

/** Names one object of a kind. */
export interface ObjectName {
  /** Absent for objects of a cluster-scoped kind. */
  readonly namespace?: string;
  readonly name: string;
}

/**
 * The key of an object in stores and queues: `namespace/name`, or `name` where there is no namespace.
 *
 * Unique within a kind, since no name contains a slash.
 *
 * @example
 * keyOf({ namespace: "default", name: "web" });
 * // => "default/web"
 */
export function keyOf({ namespace, name }: ObjectName): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** The inverse of {@link keyOf}. */
export function nameOfKey(key: string): ObjectName {
  const slash = key.indexOf("/");
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Freezes `value` and all that it contains, in place. Takes any depth of nesting without recursion. */
export function freezeDeep<T>(value: T): T {
  const left: unknown[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (!isUnfrozen(next)) continue;
    Object.freeze(next);
    if (Array.isArray(next)) for (const member of next) pushUnfrozen(left, member);
    else for (const key in next) pushUnfrozen(left, next[key]);
  }
  return value;
}

function pushUnfrozen(left: unknown[], value: unknown): void {
  if (isUnfrozen(value)) left.push(value);
}

function isUnfrozen(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Object.isFrozen(value);
}
