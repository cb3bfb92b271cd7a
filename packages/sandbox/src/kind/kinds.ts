import type { Collection } from "../store/collection.ts";
import type { ServedKind } from "./served-kind.ts";

/** Where a request to `/apis/GROUP/VERSION/.../PLURAL` may go. */
export interface KindName {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** All kinds that are served at this moment. */
export interface Kinds {
  /** The namespaces: whoever creates must know which there are. */
  readonly namespaces: Collection;
  find(name: KindName): ServedKind | undefined;
  /** The kind of objects that name themselves so. */
  named(name: { readonly group: string; readonly version: string; readonly kind: string }): ServedKind | undefined;
  /** The kind of the objects in `collection`, in the version in which they are stored, whether that is served or not. */
  storedAs(collection: Collection): ServedKind | undefined;
  /** Every kind in every served version. */
  all(): readonly ServedKind[];
  /** Whether the group belongs to the built-in ones: what it does not serve is a 404 with a `Status`. */
  isBuiltinGroup(group: string): boolean;
}
