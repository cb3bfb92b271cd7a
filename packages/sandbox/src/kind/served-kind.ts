import type { KubeObject, Resource } from "@polykind/apimachinery";
import type { User } from "../auth/user.ts";
import type { Collection } from "../store/collection.ts";
import type { Stored } from "../store/stored.ts";
import type { Column } from "../table/index.ts";
import type { Draft, KindRules, SubresourceName } from "./kind-rules.ts";

/** What can be asked of a kind. */
export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

/** Where the scale subresource finds its numbers: simple JSON paths such as `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** How two forms of one kind become each other. `read` may be asked often for one state: it keeps what it made. */
export interface Conversion {
  /** The object in the served version. Frozen. Throws `StatusError` when a conversion fails. */
  read(stored: Stored): KubeObject;
  /** The object in the stored version; `draft` is not changed. */
  write(draft: Draft): KubeObject;
  /** A copy with the fields in the order in which the server writes this kind. */
  canonical(object: KubeObject): KubeObject;
}

/** Fills in the `status` of what was asked, in place. */
export type Review = (draft: Draft, user: User) => void;

/** One served version of a kind: all that requests to its URL need. */
export interface ServedKind extends Resource, Conversion {
  readonly listKind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  readonly subresources: readonly SubresourceName[];
  readonly scale: ScalePaths | undefined;
  /** The version in which custom objects are stored; absent for built-in kinds. */
  readonly storageVersion: string | undefined;
  readonly collection: Collection;
  /** Answers a create whose object is not stored, such as an access review. */
  readonly review: Review | undefined;
  readonly rules: KindRules;
  /** Another whenever the schema may be. */
  readonly schemaRevision: string;
  /** Whether it is a custom resource: those differ in wording, in the order of fields and in lists. */
  readonly isCustom: boolean;
  /** Whether its CRD is being deleted: nothing can be created. */
  readonly isTerminating: boolean;
  /** In which tables show it; made when first asked for. */
  columns(): readonly Column[];
  /** Said with each answer in a `Warning` header. */
  readonly warnings: readonly string[];
}

/** The plural with its group, for messages. */
export function resourceNameOf({ group, plural }: Pick<Resource, "group" | "plural">): { readonly group: string; readonly what: string } {
  return { group, what: plural };
}

/** The kind with its group, for messages. */
export function kindNameOf({ group, kind }: Pick<Resource, "group" | "kind">): { readonly group: string; readonly what: string } {
  return { group, what: kind };
}
