import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { messageOf, PolykindError } from "@polykind/core";
import { isInside, pathForPeople } from "./file-state.ts";
import { isPluginPackage } from "./manifest.ts";
import { refusal } from "./refusal.ts";

/** What a candidate is. Paths are absolute, links resolved. */
export type CandidateForm =
  /** One file; what it imports by path must be in `root`. */
  | { readonly type: "file"; readonly file: string; readonly root: string }
  | { readonly type: "package"; readonly folder: string }
  /** Nothing that may be loaded. */
  | { readonly type: "refused"; readonly error: PolykindError };

/** Something that should be a plugin, by where it lies and what it is called. Nothing of it was run. */
export interface Candidate {
  /** Where it was found, absolute: the same as long as it stays there. */
  readonly path: string;
  /** How messages call it. */
  readonly label: string;
  /** Its name as long as it has not told its own. */
  readonly name: string;
  readonly form: CandidateForm;
}

/** What is at a source now. */
export interface Discovery {
  readonly candidates: readonly Candidate[];
  /** The folders that were looked into, links resolved. What comes, goes or changes in one of them may make or unmake a candidate. */
  readonly folders: readonly string[];
}

const EXTENSIONS: readonly string[] = [".ts", ".mts", ".js", ".mjs"];
const NO_PLUGIN_FILE = /(?:^[._#~]|\.d\.m?ts$|\.(?:test|spec|config)\.m?[jt]s$)/;
const NO_PLUGIN_FOLDER = /^(?:[._#~].*|node_modules|dist|test|tests)$/;

/** What `path` is, looked at without running it. `undefined` when it is not there. */
export async function discover(path: string, cwd: string): Promise<Discovery | undefined> {
  const found = await look(path);
  if (found === undefined) return undefined;
  const { type, real } = found;
  const label = pathForPeople(path, cwd);
  if (type === "file") return { candidates: [fileCandidate(path, label, { file: real, root: dirname(real) })], folders: [] };
  const one = await folderCandidate(path, label, { folder: real, root: real });
  return one === undefined ? discoverAll(path, real, cwd) : { candidates: [one], folders: [real] };
}

/** A package by the folder it is installed in; what it must be is checked when it is loaded. */
export async function discoverPackage(path: string, name: string): Promise<Discovery> {
  const folder = await realpath(path);
  return { candidates: [{ path, label: name, name, form: { type: "package", folder } }], folders: [folder] };
}

/**
 * The plugins of a directory, by name: folders that are packages or hold an `index` file, and single files. Left out are names that begin with
 * `.`, `_`, `#` or `~`, declarations, tests, configurations, `node_modules`, `dist` and `test`.
 */
async function discoverAll(directory: string, root: string, cwd: string): Promise<Discovery> {
  const paths = (await namesIn(directory)).toSorted().map((name) => join(directory, name));
  const found = await Promise.all(paths.map((path) => discoverOne(path, root, cwd)));
  return {
    candidates: found.flatMap(({ candidate }) => candidate ?? []),
    folders: [root, ...found.flatMap(({ folder }) => folder ?? [])],
  };
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    throw new PolykindError("PLUGIN_NOT_FOUND", `cannot read the plugins in ${directory}: ${messageOf(cause)}`, {
      cause,
      facts: { path: directory },
    });
  }
}

/** What one entry of a directory is, and the folder that it is if that was looked into. */
async function discoverOne(
  path: string,
  root: string,
  cwd: string,
): Promise<{ readonly candidate?: Candidate | undefined; readonly folder?: string }> {
  const name = basename(path);
  const [canBeFile, canBeFolder] = [EXTENSIONS.includes(extname(name)) && !NO_PLUGIN_FILE.test(name), !NO_PLUGIN_FOLDER.test(name)];
  const found = canBeFile || canBeFolder ? await look(path) : undefined;
  if (found === undefined || !(found.type === "file" ? canBeFile : canBeFolder)) return {};
  const label = pathForPeople(path, cwd);
  const candidate =
    found.type === "file"
      ? fileCandidate(path, label, { file: found.real, root })
      : await folderCandidate(path, label, { folder: found.real, root });
  if (isInside(root, found.real)) return { candidate, ...(found.type === "folder" && { folder: found.real }) };
  const reason = "it is a link that leads out of the directory; add what it points to by its own path";
  return { candidate: candidate && refused(candidate, reason) };
}

function fileCandidate(path: string, label: string, form: { readonly file: string; readonly root: string }): Candidate {
  const candidate: Candidate = { path, label, name: basename(path, extname(path)), form: { type: "file", ...form } };
  return EXTENSIONS.includes(extname(path))
    ? candidate
    : refused(candidate, `a plugin is a folder or a file that ends in ${EXTENSIONS.join(", ")}`);
}

async function folderCandidate(
  path: string,
  label: string,
  at: { readonly folder: string; readonly root: string },
): Promise<Candidate | undefined> {
  const candidate: Candidate = { path, label, name: basename(path), form: { type: "package", folder: at.folder } };
  const json = await readJson(join(at.folder, "package.json"));
  if (json.type === "broken") return refused(candidate, `its package.json cannot be read: ${json.message}`);
  if (json.type === "read" && isPluginPackage(json.value)) return candidate;
  for (const extension of EXTENSIONS) {
    const index = await look(join(at.folder, `index${extension}`));
    if (index?.type === "file") return { ...candidate, form: { type: "file", file: index.real, root: at.root } };
  }
  return undefined;
}

function refused(candidate: Candidate, reason: string): Candidate {
  return { ...candidate, form: { type: "refused", error: refusal("PLUGIN_INVALID", candidate.label, reason) } };
}

/** A JSON file that may be missing or broken. */
export type JsonFile =
  | { readonly type: "missing" }
  | { readonly type: "broken"; readonly message: string }
  | { readonly type: "read"; readonly value: unknown; readonly bytes: Uint8Array };

/** Reads a JSON file. Never throws. */
export async function readJson(path: string): Promise<JsonFile> {
  if ((await look(path)) === undefined) return { type: "missing" };
  try {
    const bytes = await readFile(path);
    return { type: "read", value: JSON.parse(bytes.toString("utf8")), bytes };
  } catch (cause) {
    return { type: "broken", message: messageOf(cause) };
  }
}

/** A file or a folder. */
export interface Found {
  readonly type: "file" | "folder";
  /** Links resolved. */
  readonly real: string;
}

/** What is at `path`. Nothing where it is not there, is a link to nothing, or is neither a file nor a folder. */
export async function look(path: string): Promise<Found | undefined> {
  try {
    const [stats, real] = await Promise.all([stat(path), realpath(path)]);
    if (stats.isFile()) return { type: "file", real };
    return stats.isDirectory() ? { type: "folder", real } : undefined;
  } catch {
    return undefined;
  }
}
