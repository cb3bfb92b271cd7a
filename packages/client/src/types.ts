import type { KubeObject, ListPage, ListWatch, Manifest, ObjectName, Resource, Shard } from "@polykind/apimachinery";
import type { DiscoveredResource } from "./group-resources.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call early; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Default: 30,000. */
  readonly timeoutMs?: number;
}

/** What every write takes. */
export interface WriteOptions extends CallOptions {
  /** Who owns the fields written. Default: `polykind`. */
  readonly fieldManager?: string;
  /** Evaluates everything and stores nothing. */
  readonly dryRun?: boolean;
  /** Default: `Strict`: unknown and duplicate fields are refused. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  readonly subresource?: "status" | "scale";
}

/** How an existing object is changed. */
export type Patch =
  /** RFC 6902. */
  | { readonly type: "json"; readonly operations: readonly object[] }
  /** RFC 7386. */
  | { readonly type: "merge"; readonly body: object }
  /** Built-in kinds only. */
  | { readonly type: "strategic"; readonly body: object }
  /** Server-side apply (KEP-555). */
  | { readonly type: "apply"; readonly body: Manifest; readonly force?: boolean };

/** Which objects of a resource to take in. */
export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only objects of this part. Servers that do not offer ShardedListAndWatch ignore it silently. */
  readonly shard?: Shard;
  /** `metadata`: `PartialObjectMetadata` only. */
  readonly shape?: "full" | "metadata";
}

/** Which object may be deleted, and what becomes of its dependents. */
export interface DeleteOptions extends CallOptions {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** Only this very object; another is `API_CONFLICT`. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
}

/**
 * The verbs of an API server.
 *
 * *Errors.* `PolykindError`: `API_…` and `KIND_NOT_SERVED`, with the server's `Status`. Reads are retried within a budget when they failed
 * before an answer or with 429 and 503; writes are never retried blindly.
 */
export interface Client extends AsyncDisposable {
  /** The server's host and port, for messages. */
  readonly host: string;
  get<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: ObjectName,
    options?: CallOptions & { readonly subresource?: string },
  ): Promise<T>;
  list<T extends KubeObject = KubeObject>(
    resource: Resource,
    options?: CallOptions & Selection & { readonly limit?: number; readonly continue?: string },
  ): Promise<ListPage<T>>;
  create<T extends KubeObject = KubeObject>(resource: Resource, manifest: Manifest, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject = KubeObject>(resource: Resource, name: ObjectName, patch: Patch, options?: WriteOptions): Promise<T>;
  /** Resolves with what the server answered: the object while it waits for finalizers, or nothing. */
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<KubeObject | undefined>;
  deleteCollection(resource: Resource, options?: DeleteOptions & Selection): Promise<void>;
  /** The objects of one resource as an informer needs them. */
  listWatch(resource: Resource, selection?: Selection): ListWatch;
  /**
   * The resource that serves a kind, by discovery; without a version the one that the server prefers. Answers are kept; a kind that is not found is looked up
   * anew, at most once a second. Rejects with `KIND_NOT_SERVED`.
   */
  resourceFor(kind: { readonly group: string; readonly kind: string; readonly version?: string }, options?: CallOptions): Promise<Resource>;
  /**
   * All resources of a group in all its versions, as discovery tells now; none where there is no such group. Rejects unless all of it could be read, so that what is missing is not
   * served.
   */
  resourcesOf(group: string, options?: CallOptions): Promise<readonly DiscoveredResource[]>;
  /** Forgets what discovery said of a group. */
  forgetDiscovery(group: string): void;
  /** Whether we may do this, by a SelfSubjectAccessReview. */
  canI(
    access: { readonly verb: string; readonly group: string; readonly plural: string; readonly namespace?: string },
    options?: CallOptions,
  ): Promise<boolean>;
  /** The server's version, such as `v1.36.4`. */
  serverVersion(options?: CallOptions): Promise<string>;
  /** What is open now, for leak checks. */
  openStreams(): { readonly sessions: number; readonly streams: number };
  /** Ends all calls with `STOPPED` and closes all sessions. */
  close(): Promise<void>;
}
