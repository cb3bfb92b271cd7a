import type { SubresourceName } from "../kind/kind-rules.ts";
import { resourceNameOf, type ServedKind, type Verb } from "../kind/served-kind.ts";
import { badRequest, methodNotAllowed, notFound, notServed } from "../status/index.ts";
import type { Answer, Call } from "../verbs/call.ts";
import type { Cluster } from "../verbs/cluster.ts";
import { create } from "../verbs/create.ts";
import { removeCollection } from "../verbs/delete-collection.ts";
import { remove } from "../verbs/delete.ts";
import { get } from "../verbs/get.ts";
import { list } from "../verbs/list.ts";
import { patch } from "../verbs/patch.ts";
import { review } from "../verbs/review.ts";
import { changeScale, getScale } from "../verbs/scale.ts";
import { update } from "../verbs/update.ts";
import type { Target } from "./target.ts";

/** A path that nobody serves: answered with 404 in plain text, as the real server does for CRDs that are not there. */
export class NotRouted extends Error {
  override readonly name = "NotRouted";
}

type ResourceTarget = Extract<Target, { readonly type: "resource" }>;

/** What a method does to an object, and to a collection. */
const OBJECT_VERBS: Readonly<Record<string, Verb>> = { GET: "get", HEAD: "get", PUT: "update", PATCH: "patch", DELETE: "delete" };
const COLLECTION_VERBS: Readonly<Record<string, Verb>> = { GET: "list", HEAD: "list", POST: "create", DELETE: "deletecollection" };

/** The verb of a request, as access control and metrics name it. @throws StatusError 400 and 405. */
export function verbOf(method: string, { name, isWatchPath }: ResourceTarget, { isCustom }: ServedKind, isWatching: boolean): Verb {
  const verb = (name === "" ? COLLECTION_VERBS : OBJECT_VERBS)[method];
  if (verb === undefined) {
    if (isCustom && name === "" && (method === "PUT" || method === "PATCH")) throw badRequest("name must be provided");
    throw methodNotAllowed();
  }
  return (verb === "get" || verb === "list") && (isWatching || isWatchPath) ? "watch" : verb;
}

/** The kind that a path addresses in this way. @throws StatusError and {@link NotRouted} 404. */
export function kindAt(
  target: ResourceTarget,
  { kinds }: Cluster,
  verb: (kind: ServedKind) => Verb,
): { readonly kind: ServedKind; readonly verb: Verb } {
  const kind = kinds.find(target);
  const absent = (): Error => (kinds.isBuiltinGroup(target.group) ? notServed() : new NotRouted());
  if (kind === undefined) throw absent();
  if (kind.resourceScope === "Cluster" ? target.namespace !== "" : false) throw absent();
  const asked = verb(kind);
  const isAcrossNamespaces = target.name === "" && (asked === "list" || asked === "watch");
  if (kind.resourceScope === "Namespaced" && target.namespace === "" && !isAcrossNamespaces) throw absent();
  return { kind, verb: asked };
}

/** The part of an object that a path names. @throws StatusError 404 when the kind has none such. */
export function subresourceOf({ subresource, name }: ResourceTarget, kind: ServedKind): SubresourceName | undefined {
  if (subresource === "") return undefined;
  const found = kind.subresources.find((each) => each === subresource);
  if (found === undefined) throw kind.isCustom ? notFound(resourceNameOf(kind), name) : notServed();
  return found;
}

/** Runs a verb other than watch. @throws StatusError. */
export function answer(verb: Verb, call: Call, cluster: Cluster): Answer | Promise<Answer> {
  if (call.subresource !== undefined) return answerPart(verb, call, cluster);
  if (!isAllowed(verb, call.kind)) throw methodNotAllowed();
  switch (verb) {
    case "create":
      return call.kind.review === undefined ? create(call, cluster) : review(call, cluster, call.kind.review);
    case "update":
      return update(call, cluster);
    case "patch":
      return patch(call, cluster);
    case "delete":
      return remove(call, cluster);
    case "deletecollection":
      return removeCollection(call, cluster);
    case "get":
      return get(call);
    default:
      return list(call, cluster);
  }
}

/** What discovery does not tell while a CRD is terminating is served all the same: finalizers must be removable. */
function isAllowed(verb: Verb, kind: ServedKind): boolean {
  return kind.isCustom || kind.verbs.includes(verb);
}

function answerPart(verb: Verb, call: Call, cluster: Cluster): Answer | Promise<Answer> {
  const isScale = call.subresource === "scale";
  switch (verb) {
    case "get":
      return isScale ? getScale(call) : get(call);
    case "update":
      return isScale ? changeScale(call, cluster) : update(call, cluster);
    case "patch":
      return isScale ? changeScale(call, cluster) : patch(call, cluster);
    default:
      throw methodNotAllowed();
  }
}
