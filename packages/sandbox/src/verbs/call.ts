import type { SubresourceName } from "../kind/kind-rules.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import type { User } from "../auth/user.ts";

/** The body of a request. */
export interface Body {
  readonly bytes: Uint8Array;
  /** Without parameters, lower case; `""` when the request named none. */
  readonly mediaType: string;
}

/** One request to a kind, as far as it does not depend on how it came. */
export interface Call {
  readonly kind: ServedKind;
  /** `""` for cluster-scoped kinds, and for all namespaces. */
  readonly namespace: string;
  /** `""` for the collection. */
  readonly name: string;
  readonly subresource: SubresourceName | undefined;
  readonly query: URLSearchParams;
  readonly user: User;
  /** Who owns the fields written when the request names nobody: the first part of the user agent. */
  readonly manager: string;
  readonly body: Body;
  /** What is told in `Warning` headers; verbs add to it. */
  readonly warnings: Set<string>;
}

/** What a verb answers: an object, a list or a `Status`, as JSON. */
export interface Answer {
  readonly code: number;
  readonly object: unknown;
}

/** The key of the object that a call names. */
export function keyOfCall({ namespace, name }: Pick<Call, "namespace" | "name">): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}
