import type { Draft, SubresourceName, WriteStep } from "../kind/kind-rules.ts";
import type { JsonObject } from "../json.ts";
import type { FieldError, NameRule } from "../schema/index.ts";
import type { Review, ScalePaths, Verb } from "../kind/served-kind.ts";

/** How a kind is served whose objects are stored as those of another. Both make a new object of what is given. */
export interface Forms {
  readonly toServed: (stored: Readonly<JsonObject>) => JsonObject;
  readonly toStored: (served: Readonly<JsonObject>) => JsonObject;
}

/** One built-in kind, with what differs from the rest. Absent: no. */
export interface BuiltinRow {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly Verb[];
  readonly isCluster?: boolean;
  readonly hasStatus?: boolean;
  /** Besides status and scale. */
  readonly subresources?: readonly SubresourceName[];
  readonly scale?: ScalePaths;
  /** `metadata.generation` follows the spec. */
  readonly hasGeneration?: boolean;
  readonly canCreateOnUpdate?: boolean;
  readonly needsVersion?: boolean;
  readonly nameRule?: NameRule;
  readonly review?: Review;
  /** Its objects are those of the kind with the same plural in core, in another form. */
  readonly formOfCore?: Forms;
  setDefaults?(draft: Draft): void;
  prepare?(step: WriteStep): void;
  markDeleted?(draft: Draft): void;
  validate?(step: WriteStep): readonly FieldError[];
}
