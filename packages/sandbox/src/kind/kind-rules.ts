import type { KubeObject } from "@polykind/apimachinery";
import type { JsonObject } from "../json.ts";
import type { FieldError, NameRule } from "../schema/index.ts";

/** The parts of an object that can be written apart. `undefined` in a request: the object itself. */
export type SubresourceName = "finalize" | "scale" | "status";

/** An object of a request, complete enough to be written, still to be changed. */
export type Draft = JsonObject & {
  apiVersion: string;
  kind: string;
  metadata: JsonObject;
};

/** What a write is about to do to one object. */
export interface WriteStep {
  readonly draft: Draft;
  /** The object as it is, in the version of the request; absent when it is created. */
  readonly before: KubeObject | undefined;
  readonly subresource: SubresourceName | undefined;
}

/** What became of a body: the paths of what was dropped, as field validation names them, or why it cannot be read at all. */
export type Decoded = { readonly unknown: readonly string[] } | { readonly problem: string };

/**
 * What distinguishes the writes of one kind from those of others. Pure but for `draft`, which is changed in place.
 */
export interface KindRules {
  /** Whether a PUT or an apply to a name that is free creates the object. */
  readonly canCreateOnUpdate: boolean;
  /** Whether an update must name the version on which it is based. */
  readonly needsVersion: boolean;
  /** The OpenAPI v3 schema by which patches and field ownership understand lists. */
  readonly schema: JsonObject;
  /** The names that `metadata.name` may be; default: a DNS subdomain. */
  readonly nameRule?: NameRule;
  /** The fields by which a field selector may select, besides name and namespace. */
  readonly selectableFields: readonly string[];
  /** Whether {@link validate} looks at the metadata, too. */
  readonly checksMetadata?: boolean;
  /** Drops what the kind does not know and fills in defaults, in place. */
  decode(draft: Draft): Decoded;
  /** Sets what the server decides, such as `metadata.generation` and the parts that this request cannot write. */
  prepare(step: WriteStep): void;
  /** Notes in an object that it is being deleted, besides its `deletionTimestamp`. */
  markDeleted(draft: Draft): void;
  /** What is said of a write that is taken all the same. Default: nothing. */
  warningsOf?(step: WriteStep): readonly string[];
  /** What is wrong with the draft, besides `others`, which were found wrong with its metadata. */
  validate(step: WriteStep, others: readonly FieldError[]): readonly FieldError[];
}
