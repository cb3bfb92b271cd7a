import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf } from "@polykind/core";
import { type Fields, isFields } from "./shape.ts";

/** What a package gives to those who import it. */
export type PackageEntry =
  /** The first of these that is there, absolute. More than one only where the package has no `exports`. */
  | { readonly type: "files"; readonly files: readonly string[] }
  /** Nothing, and why. */
  | { readonly type: "none"; readonly reason: string };

/**
 * What `json`, the `package.json` of `folder`, gives to those who import the package, by the rules of Node: `exports` with its conditions and lists,
 * else `main`, else an index file.
 *
 * Pure: Node itself keeps every `package.json` that it has read until the process ends, and so does not see that one has changed.
 */
export function entryOf(folder: string, json: Fields, conditions: ReadonlySet<string>): PackageEntry {
  if (json["exports"] === undefined || json["exports"] === null) return { type: "files", files: mainFilesOf(folder, json) };
  const found = targetOf(rootExportOf(json["exports"]), { folder, conditions });
  switch (found.type) {
    case "file":
      return { type: "files", files: [found.file] };
    case "invalid":
      return { type: "none", reason: found.reason };
    default:
      return { type: "none", reason: `"exports" has nothing for "." under the conditions ${[...conditions].join(", ")}` };
  }
}

/** Where the code of a folder begins without `exports`, in the order of Node: by its `main`, with what Node adds to it, then by an index. */
export function mainFilesOf(folder: string, { main }: Fields): readonly string[] {
  const named = typeof main === "string" ? [main, `${main}.js`, join(main, "index.js")] : [];
  return [...named, "index.js"].map((file) => join(folder, file));
}

/** What one value of `exports` comes to. */
type Target =
  | { readonly type: "file"; readonly file: string }
  /** No condition holds: whoever asked looks on. */
  | { readonly type: "unmet" }
  /** It is `null`: withheld on purpose, and nobody looks on. */
  | { readonly type: "withheld" }
  | { readonly type: "invalid"; readonly reason: string };

interface Asked {
  readonly folder: string;
  readonly conditions: ReadonlySet<string>;
}

/** The value for the package itself, of `exports` that name subpaths or are that value. */
function rootExportOf(exported: unknown): unknown {
  return isFields(exported) && Object.keys(exported).some((key) => key.startsWith(".")) ? exported["."] : exported;
}

function targetOf(value: unknown, asked: Asked): Target {
  if (typeof value === "string") return fileTargetOf(value, asked);
  if (Array.isArray(value)) return firstTargetOf(value, asked);
  if (value === undefined) return { type: "unmet" };
  if (value === null) return { type: "withheld" };
  if (!isFields(value)) return { type: "invalid", reason: `"exports" holds ${String(value)}, which is no path` };
  for (const [condition, each] of Object.entries(value)) {
    const found: Target = condition === "default" || asked.conditions.has(condition) ? targetOf(each, asked) : { type: "unmet" };
    if (found.type !== "unmet") return found;
  }
  return { type: "unmet" };
}

/** The first of a list that can be used. Whether it is there is not asked: the list is for what a Node of another version understands. */
function firstTargetOf(values: readonly unknown[], asked: Asked): Target {
  let last: Target = { type: values.length === 0 ? "withheld" : "unmet" };
  for (const value of values) {
    const found = targetOf(value, asked);
    if (found.type === "file") return found;
    if (found.type !== "unmet") last = found;
  }
  return last;
}

/** Parts of a path that lead elsewhere than they say. */
const STRAY_PART = /(?:^|[/\\])(?:\.{1,2}|node_modules)(?:[/\\]|$)/i;

function fileTargetOf(path: string, { folder }: Asked): Target {
  try {
    if (path.startsWith("./") && !STRAY_PART.test(decodeURIComponent(path.slice(2))))
      return { type: "file", file: fileURLToPath(new URL(path, pathToFileURL(join(folder, "package.json")))) };
    return { type: "invalid", reason: `"exports" holds "${path}", which must begin with ./ and stay in the package` };
  } catch (cause) {
    return { type: "invalid", reason: `"exports" holds "${path}", which is no path: ${messageOf(cause)}` };
  }
}
