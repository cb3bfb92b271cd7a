import type { KubeObject, LabelSelectorObject, Manifest, ObjectName } from "@polykind/apimachinery";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call early; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** How a call names a kind that it did not get an object of. */
export interface KindReference {
  /** `group/version`, or `v1`. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** Options of {@link PluginClient.apply}. */
export interface ApplyOptions extends CallOptions {
  /** Becomes the controlling owner: when it goes, what was applied is collected; when what was applied changes, it is reconciled. */
  readonly owner?: KubeObject;
  /** Takes fields over from other managers. Default: true, as controllers do (KEP-555). */
  readonly force?: boolean;
}

/** Options of {@link PluginClient.delete}. */
export interface DeleteOptions extends CallOptions {
  /** What becomes of dependents. Default: the server's, `Background` for most kinds. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

/**
 * Writes to, and reads live from, the API server.
 *
 * *Guarantees.* Each call is fenced: once the kind's controller has stopped, nothing is sent and the call is rejected with
 * `FENCED`. Writes name the plugin as field manager. Nothing is ever overwritten as a whole: there is no update.
 *
 * *Errors.* `PolykindError` with the server's code; see `PolykindErrorCode`.
 */
export interface PluginClient {
  /** The object as the server has it now, or `undefined`. Readers are cheaper where they suffice. */
  get<T extends KubeObject = KubeObject>(kind: KindReference, name: ObjectName, options?: CallOptions): Promise<T | undefined>;
  /** Creates the object. A name that is taken is `API_ALREADY_EXISTS`. */
  create<T extends KubeObject = KubeObject>(manifest: Manifest, options?: ApplyOptions): Promise<T>;
  /** Makes the object such as `manifest` says, by server-side apply: fields left out since the last apply are removed. */
  apply<T extends KubeObject = KubeObject>(manifest: Manifest, options?: ApplyOptions): Promise<T>;
  /** Changes a few fields by a JSON merge patch (RFC 7386). */
  patch<T extends KubeObject = KubeObject>(object: KubeObject, patch: object, options?: CallOptions): Promise<T>;
  /**
   * Sets fields of `status`, by a merge patch of the status subresource that names the version of `object` read last.
   * Nothing is sent when the cached object has these fields already.
   *
   * @returns whether a request was sent.
   */
  patchStatus<T extends KubeObject & { readonly status?: object }>(
    object: T,
    status: Partial<NonNullable<T["status"]>>,
    options?: CallOptions,
  ): Promise<boolean>;
  /** Deletes this very object: another of the same name is left alone. One that is gone already is no error. */
  delete(object: KubeObject, options?: DeleteOptions): Promise<void>;
}

/** Reads a cache. Never a request, never a wait; what is read is frozen and shared. */
export interface Reader<T extends KubeObject = KubeObject> {
  get(name: ObjectName): T | undefined;
  /** All objects, or those of one namespace, or those whose labels match. */
  list(filter?: { readonly namespace?: string; readonly labels?: LabelSelectorObject }): readonly T[];
  /** Objects whose controlling owner has this uid. */
  ownedBy(uid: string): readonly T[];
  readonly size: number;
}
