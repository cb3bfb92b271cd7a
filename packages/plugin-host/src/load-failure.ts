import { execFile } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { isPolykindError, messageOf, type PolykindError } from "@polykind/core";
import { pathForPeople } from "./file-state.ts";
import { refusal } from "./refusal.ts";

/** What was being loaded when it failed. */
export interface FailedLoad {
  readonly label: string;
  /** The files of the plugin that had been read. */
  readonly files: readonly string[];
  /** Where people stand, for paths in messages. */
  readonly cwd: string;
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The error for what an `import` was rejected with: `PLUGIN_INVALID` when nothing of the plugin ran, since it does not parse or does not link;
 * `PLUGIN_FAILED` when it threw. Its message and its facts (`file`, `line`, `column`) tell the place in the plugin.
 */
export async function failureOf(thrown: unknown, load: FailedLoad): Promise<PolykindError> {
  if (isPolykindError(thrown) && thrown.facts["plugin"] === load.label) return thrown;
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  const ranAt = placeOfFrame(stack);
  if (ranAt === undefined && thrown instanceof SyntaxError) return syntaxFailureOf(thrown, stack, load);
  if (ranAt === undefined && isUnlinked(thrown))
    return refusal("PLUGIN_INVALID", load.label, `what it imports cannot be loaded: ${messageOf(thrown)}`, { cause: thrown });
  const where = ranAt === undefined ? "" : ` (${textOf(ranAt, load.cwd)})`;
  return refusal("PLUGIN_FAILED", load.label, `it threw while loading: ${messageOf(thrown)}${where}`, {
    cause: thrown,
    facts: ranAt ?? {},
  });
}

async function syntaxFailureOf(thrown: SyntaxError, stack: string, { label, files, cwd }: FailedLoad): Promise<PolykindError> {
  const place = placeOfHead(stack) ?? (await placeByCheck(files));
  const where = place === undefined ? "" : `${textOf(place, cwd)}: `;
  const hint = isCode(thrown, "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    ? "; types are stripped, nothing is compiled: write without enums, namespaces, parameter properties and decorators"
    : "";
  return refusal("PLUGIN_INVALID", label, `${where}${thrown.message}${hint}`, { cause: thrown, facts: place ?? {} });
}

/** Of Node, for an import that leads to nothing it can load. */
const UNLINKED: readonly string[] = [
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_IMPORT_NOT_DEFINED",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
];

function isUnlinked(thrown: unknown): boolean {
  return UNLINKED.some((code) => isCode(thrown, code));
}

function isCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}

/** The first frame of a stack that is in a plugin's file: those carry the loader's mark. */
function placeOfFrame(stack: string): Place | undefined {
  const [, url, line, column] = /(file:\/\/\/[^\s?]+)\?[^\s:]*polykind=[\w.]+:(\d+):(\d+)/.exec(stack) ?? [];
  return url === undefined ? undefined : { file: fileURLToPath(url), line: Number(line), column: Number(column) };
}

/** The place that Node writes above a stack: the file with its line, the text up to that line, and marks below what is wrong. */
function placeOfHead(text: string): Place | undefined {
  const [, file, line, indent] = /^(\S.*?)(?:\?\S*?)?:(\d+)\n(?:[^\n]*\n){1,4}?([^\S\n]*)\^/.exec(text) ?? [];
  if (file === undefined || indent === undefined) return undefined;
  return { file: file.startsWith("file:") ? fileURLToPath(file) : file, line: Number(line), column: indent.length + 1 };
}

/** Node tells the place of a mistake in JavaScript only to those who ask it to check a file, which runs nothing of it. */
async function placeByCheck(files: readonly string[]): Promise<Place | undefined> {
  for (const file of files.filter((each) => [".js", ".mjs"].includes(extname(each)))) {
    const place = placeOfHead(await checked(file));
    if (place !== undefined) return place;
  }
  return undefined;
}

function checked(file: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--check", file], { timeout: 5000, env: {} }, (_, __, stderr) => resolve(stderr));
  });
}

function textOf({ file, line, column }: Place, cwd: string): string {
  return `${pathForPeople(file, cwd)}:${line}:${column}`;
}
