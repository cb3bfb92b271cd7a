import { messageOf, PolykindError } from "@polykind/core";
import { cutJson } from "./json.ts";
import { type Line, readLines } from "./lines.ts";
import { readYaml } from "./yaml.ts";

/** Names the place of a document for people: file, number or line, item of a list, and the source it tells itself. */
interface Place {
  readonly where: string;
}

/** One object of a file, or the reason why a part of the file is none. */
export type ReadDocument = (Place & { readonly document: unknown }) | (Place & { readonly error: PolykindError });

/** The levels of nesting from which on a document is refused: what walks it later may recurse. */
const MAX_DEPTH = 1000;

/**
 * Reads the objects of a file in order: YAML with any number of documents, JSON (objects one after another, an array, a
 * `List`), or one JSON object a line; each also gzipped. The format is told by the name (`.yaml`, `.yml`, `.ndjson`,
 * `.jsonl`, with or without `.gz`), else by the first line. Lists are opened, and `{source, crd}` and `{source, object}` unwrapped.
 *
 * *Guarantees*: every document is an object; a broken one is one error (`CONFIG_INVALID`, with `file` and `line` as facts), and those
 * after it are still read; a file of one object a line is never held as a whole.
 *
 * @throws PolykindError `CONFIG_INVALID` when the file cannot be opened.
 */
export async function* readDocuments(file: string): AsyncGenerator<ReadDocument, void, undefined> {
  let hasBegun = false;
  try {
    for await (const chunk of readChunks(file)) {
      hasBegun = true;
      yield* "reason" in chunk ? [brokenOf(file, chunk.where, chunk.line, chunk.reason)] : openValue(file, chunk, chunk.value, chunk.where);
    }
  } catch (cause) {
    const error = new PolykindError("CONFIG_INVALID", `cannot read ${file}: ${whyUnreadable(cause)}`, { cause, facts: { file } });
    if (!hasBegun) throw error;
    yield { where: file, error };
  }
}

type Chunk =
  | { readonly where: string; readonly line: number; readonly value: unknown }
  | { readonly where: string; readonly line: number; readonly reason: string };

async function* readChunks(file: string): AsyncGenerator<Chunk, void, undefined> {
  const lines = readLines(file);
  try {
    const first = await firstText(lines);
    if (first === undefined) return;
    const read = { ndjson: readJsonLines, json: readJson, yaml: readYamlDocuments }[formatOf(file, first.text)];
    yield* read(file, startingWith(first, lines));
  } finally {
    await lines.return();
  }
}

async function firstText(lines: AsyncGenerator<Line, void, undefined>): Promise<Line | undefined> {
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const { number, text } = next.value;
    const cleaned = number === 1 ? text.replace(/^\uFEFF/, "") : text;
    if (cleaned.trim() !== "") return { number, text: cleaned };
  }
  return undefined;
}

async function* startingWith(first: Line, rest: AsyncIterable<Line>): AsyncGenerator<Line, void, undefined> {
  yield first;
  yield* rest;
}

function formatOf(file: string, firstLine: string): "json" | "ndjson" | "yaml" {
  const name = file.toLowerCase().replace(/\.gz$/, "");
  if (/\.(?:ndjson|jsonl)$/.test(name)) return "ndjson";
  if (/\.ya?ml$/.test(name) || !/^\s*[[{]/.test(firstLine)) return "yaml";
  return firstLine.trimStart().startsWith("{") && "value" in readJsonText(firstLine) ? "ndjson" : "json";
}

async function* readJsonLines(file: string, lines: AsyncIterable<Line>): AsyncGenerator<Chunk, void, undefined> {
  for await (const { number, text } of lines) {
    if (text.trim() !== "") yield { where: `${file} line ${number}`, line: number, ...readJsonText(text) };
  }
}

async function* readJson(file: string, lines: AsyncIterable<Line>): AsyncGenerator<Chunk, void, undefined> {
  const texts: string[] = [];
  let offset: number | undefined;
  for await (const { number, text } of lines) {
    offset ??= number - 1;
    texts.push(text);
  }
  let count = 0;
  for (const { line, text } of cutJson(texts.join("\n"))) {
    count += 1;
    const at = line + (offset ?? 0);
    yield { where: `${file} document ${count} (line ${at})`, line: at, ...readJsonText(text) };
  }
}

function readJsonText(text: string): { readonly value: unknown } | { readonly reason: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (thrown) {
    return { reason: messageOf(thrown) };
  }
}

async function* readYamlDocuments(file: string, lines: AsyncIterable<Line>): AsyncGenerator<Chunk, void, undefined> {
  let count = 0;
  for await (const { line, text } of cutYaml(lines)) {
    const chunk = readYaml(text);
    if (chunk.kind === "nothing") continue;
    count += 1;
    const at = line + (chunk.kind === "broken" ? chunk.line - 1 : 0);
    yield {
      where: `${file} document ${count} (line ${at})`,
      line: at,
      ...(chunk.kind === "broken" ? { reason: chunk.reason } : { value: chunk.value }),
    };
  }
}

/** Cuts at the lines that begin a document, so that a broken one cannot take the next with it. */
async function* cutYaml(lines: AsyncIterable<Line>): AsyncGenerator<{ readonly line: number; readonly text: string }, void, undefined> {
  let begin = 1;
  let texts: string[] = [];
  for await (const { number, text } of lines) {
    if (texts.length === 0) begin = number;
    if (/^---(?:\s|$)/.test(text)) {
      // A chunk of directives alone belongs to the document that this line begins, and says nothing to us.
      yield { line: begin, text: texts.filter((line) => !line.startsWith("%")).join("\n") };
      [texts, begin] = [[text.slice(3)], number];
    } else if (!/^\.\.\.(?:\s|$)/.test(text)) {
      texts.push(text);
    }
  }
  yield { line: begin, text: texts.join("\n") };
}

/** The objects in `value`: itself, the items of an array or a list, or what a line with a source wraps. */
function* openValue(
  file: string,
  { line }: { readonly line: number },
  value: unknown,
  where: string,
): Generator<ReadDocument, void, undefined> {
  if (isTooDeep(value)) {
    yield brokenOf(file, where, line, `it is nested deeper than ${MAX_DEPTH} levels`);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* openValue(file, { line }, item, `${where} item ${index + 1}`);
  } else if (!isRecord(value)) {
    yield brokenOf(file, where, line, `it holds ${value === null ? "null" : `a ${typeof value}`}, not an object`);
  } else if (isList(value)) {
    const kindOfItems = itemKindOf(value);
    for (const [index, item] of value.items.entries()) {
      yield* openValue(file, { line }, isRecord(item) ? { ...kindOfItems, ...item } : item, `${where} item ${index + 1}`);
    }
  } else {
    const wrapped = unwrap(value);
    yield { where: wrapped.source === undefined ? where : `${where} (${wrapped.source})`, document: wrapped.document };
  }
}

function isList(
  value: Readonly<Record<string, unknown>>,
): value is { readonly kind: string; readonly items: readonly unknown[]; readonly apiVersion?: unknown } {
  const isNamed = isRecord(value["metadata"]) && "name" in value["metadata"];
  return typeof value["kind"] === "string" && value["kind"].endsWith("List") && Array.isArray(value["items"]) && !isNamed;
}

/** Lists that a server sends name the kind of their items only in their own kind. */
function itemKindOf({ kind, apiVersion }: { readonly kind: string; readonly apiVersion?: unknown }): object {
  return kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
}

function unwrap(value: Readonly<Record<string, unknown>>): { readonly document: unknown; readonly source?: string } {
  const document = value["crd"] ?? value["object"];
  const { source } = value;
  return "kind" in value || typeof source !== "string" || !isRecord(document) ? { document: value } : { document, source };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}

/** In plain words where the system has only a code. */
function whyUnreadable(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a directory";
  return code === "EACCES" ? "it may not be read by this user" : messageOf(cause);
}

function brokenOf(file: string, where: string, line: number, reason: string): ReadDocument {
  return { where, error: new PolykindError("CONFIG_INVALID", `cannot read ${where}: ${reason}`, { facts: { file, line } }) };
}
