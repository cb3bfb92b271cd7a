import { stat } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PolykindError } from "@polykind/core";
import { type Discovery, discover, discoverPackage } from "./candidate.ts";

/** A source that was found, and how to look again for what is in it. */
export interface FoundSource {
  /** Where it lies, absolute. Two names of one place are one source. */
  readonly path: string;
  readonly find: () => Promise<Discovery | undefined>;
}

/** As npm admits them. */
const PACKAGE_NAME = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/;

/**
 * Finds a source: a path from `cwd`, else the name of a package installed where `cwd` is, else of one installed where this host is.
 *
 * @throws PolykindError `PLUGIN_NOT_FOUND`, telling where was looked.
 */
export async function findSource(source: string, cwd: string): Promise<FoundSource> {
  const path = resolve(cwd, source);
  if (await isThere(path)) return { path, find: () => discover(path, cwd) };
  const isName = PACKAGE_NAME.test(source);
  const folder = isName ? (installedIn(source, join(cwd, "package.json")) ?? installedIn(source, import.meta.filename)) : undefined;
  if (folder !== undefined) {
    return { path: folder, find: async () => ((await isThere(folder)) ? discoverPackage(folder, source) : undefined) };
  }
  const installed = isName ? `, and no package of this name is installed there or beside Polykind; npm install ${source} may help` : "";
  throw new PolykindError("PLUGIN_NOT_FOUND", `cannot find plugin ${source}: there is no file or directory ${path}${installed}`, {
    facts: { source, path },
  });
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The folder of an installed package, as seen from a file. */
function installedIn(name: string, from: string): string | undefined {
  try {
    const json = findPackageJSON(name, pathToFileURL(from));
    return json === undefined ? undefined : dirname(json);
  } catch {
    // Node's way to say that it is not installed.
    return undefined;
  }
}
