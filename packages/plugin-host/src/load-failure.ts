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

/** A place in a file. Line and column count from 1. */
export interface PluginPlace {
  /** Absolute. */
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
  const stack = stackOf(thrown);
  const [ranAt] = placesIn(stack);
  if (ranAt === undefined && thrown instanceof SyntaxError) return syntaxFailureOf(thrown, stack, load);
  if (ranAt === undefined && isUnlinked(thrown))
    return refusal("PLUGIN_INVALID", load.label, `what it imports cannot be loaded: ${messageOf(thrown)}`, { cause: thrown });
  const where = ranAt === undefined ? "" : ` (${textOf(ranAt, load.cwd)})`;
  return refusal("PLUGIN_FAILED", load.label, `it threw while loading: ${messageOf(thrown)}${where}`, {
    cause: thrown,
    facts: { ...ranAt },
  });
}

async function syntaxFailureOf(thrown: SyntaxError, stack: string, { label, files, cwd }: FailedLoad): Promise<PolykindError> {
  const place = placeOfHead(stack) ?? (await placeByCheck(files));
  const where = place === undefined ? "" : `${textOf(place, cwd)}: `;
  const hint = isCode(thrown, "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    ? "; types are stripped, nothing is compiled: write without enums, namespaces, parameter properties and decorators"
    : "";
  return refusal("PLUGIN_INVALID", label, `${where}${thrown.message}${hint}`, { cause: thrown, facts: { ...place } });
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

/** How deep causes are looked into. */
const MAX_CAUSES = 5;

/**
 * Where the stack of `thrown`, or of what caused it, leads through files of plugins, innermost first. Empty when it leads through none: then it is no plugin's, or nobody can tell.
 *
 * Knows the plugins of every host in this process by the mark that their modules carry. Never throws, whatever was thrown.
 */
export function pluginPlacesOf(thrown: unknown): readonly PluginPlace[] {
  let level: readonly unknown[] = [thrown];
  for (let depth = 0; depth < MAX_CAUSES; depth += 1) {
    const errors = level.filter((each) => each instanceof Error);
    const places = errors.flatMap((error) => placesIn(stackOf(error)));
    if (places.length > 0) return places;
    level = errors.flatMap((error) => read(() => [error.cause, ...(error instanceof AggregateError ? error.errors : [])], []));
  }
  return [];
}

/** Empty where it is no text: an error of a plugin may hold anything. */
function stackOf(thrown: unknown): string {
  const stack: unknown = thrown instanceof Error ? read<unknown>(() => thrown.stack, "") : "";
  return typeof stack === "string" ? stack : "";
}

/** A plugin may have made a getter that throws of any field of its error. */
function read<T>(field: () => T | undefined, otherwise: T): T {
  try {
    return field() ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** The frames of a stack that are in a plugin's file: those carry the loader's mark. */
function placesIn(stack: string): readonly PluginPlace[] {
  const frames = Array.from(stack.matchAll(/(file:\/\/\/[^\s?]+)\?[^\s:]*polykind=[\w.]+:(\d+):(\d+)/g));
  // What only looks like the address of a file, in the text of an error, names none.
  return frames.flatMap(([, url = "", line, column]) =>
    read(() => [{ file: fileURLToPath(url), line: Number(line), column: Number(column) }], []),
  );
}

/** The place that Node writes above a stack: the file with its line, the text up to that line, and marks below what is wrong; no marks where the text ends too early. */
function placeOfHead(text: string): PluginPlace | undefined {
  const [head = "", path, line] = /^(\S.*?)(?:\?\S*?)?:(\d+)\n/.exec(text) ?? [];
  const before = textBefore(text.slice(head.length));
  if (path === undefined || before === undefined) return undefined;
  return { file: path.startsWith("file:") ? fileURLToPath(path) : path, line: Number(line), column: before.length + 1 };
}

/** What stands before the mistake on its line, or is as long as that. Empty where Node marks several lines, and no column. */
function textBefore(below: string): string | undefined {
  const marked = /^(?:[^\n]*\n){1,4}?([^\S\n]*)\^/.exec(below)?.[1];
  const last = /^(?:[^\n]*\n)*?([^\n]*)\n(?:[^\S\n]*\n)+\w*Error/.exec(below)?.[1];
  return marked ?? (last?.startsWith("  > ") === true ? "" : last);
}

/** Node tells the place of a mistake in JavaScript only to those who ask it to check a file, which runs nothing of it. */
async function placeByCheck(files: readonly string[]): Promise<PluginPlace | undefined> {
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

function textOf({ file, line, column }: PluginPlace, cwd: string): string {
  return `${pathForPeople(file, cwd)}:${line}:${column}`;
}
