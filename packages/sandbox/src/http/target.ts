/** What a path of the API asks for. */
export type Target =
  /** Objects of a kind, one of them, or a part of one. */
  | {
      readonly type: "resource";
      readonly group: string;
      readonly version: string;
      readonly plural: string;
      /** `""`: none in the path. */
      readonly namespace: string;
      /** `""`: the collection. */
      readonly name: string;
      readonly subresource: string;
      /** The old form `/watch/…`, which watches whatever the query says. */
      readonly isWatchPath: boolean;
    }
  /** Discovery of groups (`group` absent), of one group, or of one of its versions. */
  | { readonly type: "discovery"; readonly isCore: boolean; readonly group?: string; readonly version?: string }
  /** Anything else. */
  | { readonly type: "other" };

/**
 * Reads a path without its query. Never throws.
 *
 * Source: `k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`.
 */
export function parseTarget(path: string): Target {
  const parts = decoded(path);
  if (parts === undefined) return { type: "other" };
  const [root, ...rest] = parts;
  if (root === "api") return rest.length < 2 ? discovery("", rest) : resource("", rest);
  if (root !== "apis") return { type: "other" };
  const [group, ...inGroup] = rest;
  if (group === undefined) return { type: "discovery", isCore: false };
  return inGroup.length < 2 ? discovery(group, inGroup) : resource(group, inGroup);
}

function decoded(path: string): readonly string[] | undefined {
  try {
    return path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function discovery(group: string, [version]: readonly string[]): Target {
  const isCore = group === "";
  if (version === undefined) return isCore ? { type: "discovery", isCore } : { type: "discovery", isCore, group };
  return { type: "discovery", isCore, group, version };
}

/** Of a namespace these are parts; all else below it are objects in it. */
const PARTS_OF_NAMESPACE: ReadonlySet<string> = new Set(["finalize", "status"]);

function resource(group: string, [version = "", ...path]: readonly string[]): Target {
  const isWatchPath = path[0] === "watch" && path.length > 1;
  const parts = isWatchPath ? path.slice(1) : path;
  const [first = "", second = "", third] = parts;
  const isInNamespace = first === "namespaces" && third !== undefined && !PARTS_OF_NAMESPACE.has(third);
  const [plural = "", name = "", subresource = "", ...more] = isInNamespace ? parts.slice(2) : parts;
  if (more.length > 0) return { type: "other" };
  return { type: "resource", group, version, plural, namespace: isInNamespace ? second : "", name, subresource, isWatchPath };
}
