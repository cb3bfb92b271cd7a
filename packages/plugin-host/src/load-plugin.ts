import { join, relative } from "node:path";
import type { Clock, PolykindError } from "@polykind/core";
import type { Plugin } from "@polykind/plugin";
import { type Candidate, type CandidateForm, look, readJson } from "./candidate.ts";
import { checkEngine } from "./engine.ts";
import { ABSENT, digestOf, type FileStates, hashOf, isInside } from "./file-state.ts";
import { type PluginPackage, readPluginPackage, undeclaredOf } from "./manifest.ts";
import type { ModuleLoader } from "./module-loader.ts";
import type { PluginRecord } from "./record.ts";
import { entryOf } from "./package-entry.ts";
import { refusal, refusalFor } from "./refusal.ts";
import { isFields, isPlugin, problemsOfPlugin } from "./shape.ts";

/** What loading needs besides the candidate. */
export interface LoadDeps {
  readonly loader: ModuleLoader;
  readonly hostVersion: string;
  readonly clock: Clock;
  /** As it was given to `add`. */
  readonly source: string;
  readonly signal: AbortSignal;
}

/** What came of a candidate, with the files that it depends on as they were. */
export interface Outcome {
  readonly record: PluginRecord;
  readonly files: FileStates;
}

/** The steps of a load so far: filled as they succeed, so that a refusal tells as much as is known. */
interface Progress {
  readonly files: Map<string, string>;
  pack?: PluginPackage;
  file?: string;
}

/**
 * Reads, checks and imports a candidate. A refusal is an outcome too, whatever the plugin throws; only the signal's reason is thrown.
 *
 * What its manifest is refused for keeps every byte of its code from being run.
 */
export async function loadPlugin(candidate: Candidate, deps: LoadDeps): Promise<Outcome> {
  const progress: Progress = { files: new Map() };
  try {
    const plugin = await importPlugin(candidate, progress, deps);
    return outcomeOf(candidate, progress, deps, { state: "loaded", plugin });
  } catch (thrown) {
    if (deps.signal.aborted) throw thrown;
    return outcomeOf(candidate, progress, deps, { state: "rejected", error: refusalFor(thrown, candidate.label) });
  }
}

type Result = { readonly state: "loaded"; readonly plugin: Plugin } | { readonly state: "rejected"; readonly error: PolykindError };

function outcomeOf({ name, form }: Candidate, { files, file, pack }: Progress, { source, clock }: LoadDeps, result: Result): Outcome {
  const told = result.state === "loaded" ? result.plugin : undefined;
  const root = form.type === "file" ? form.root : form.type === "package" ? form.folder : "/";
  const facts = {
    name: told?.name ?? pack?.name ?? name,
    version: told?.version ?? pack?.version ?? "0.0.0",
    source,
    ...(file !== undefined && { file }),
    ...(pack !== undefined && { manifest: pack.manifest }),
    loadedAt: clock.now(),
    digest: digestOf(files, root),
  };
  return { record: { ...facts, ...result }, files };
}

async function importPlugin(candidate: Candidate, progress: Progress, deps: LoadDeps): Promise<Plugin> {
  const { label, form } = candidate;
  const { loader, hostVersion, signal } = deps;
  const { file, root } = await fileOf(form, label, progress, deps);
  progress.file = file;
  const loaded = await loader.load({ label, entry: file, root, signal });
  for (const [path, hash] of loaded.files) progress.files.set(path, hash);
  if (loaded.error !== undefined) throw loaded.error;
  const plugin = defaultExportOf(loaded.exported, label);
  checkEngine(plugin.engines.polykind, label, hostVersion);
  checkDeclared(plugin, label, progress);
  return plugin;
}

async function fileOf(
  form: CandidateForm,
  label: string,
  progress: Progress,
  deps: LoadDeps,
): Promise<{ readonly file: string; readonly root: string }> {
  switch (form.type) {
    case "file":
      return form;
    case "refused":
      throw form.error;
    case "package":
      return packageFileOf(form.folder, label, progress, deps);
  }
}

async function packageFileOf(
  folder: string,
  label: string,
  progress: Progress,
  { loader, hostVersion }: LoadDeps,
): Promise<{ readonly file: string; readonly root: string }> {
  const path = join(folder, "package.json");
  const json = await readJson(path);
  progress.files.set(path, json.type === "read" ? hashOf(json.bytes) : ABSENT);
  if (json.type !== "read")
    throw refusal(
      "PLUGIN_INVALID",
      label,
      `its package.json ${json.type === "missing" ? "is missing" : `cannot be read: ${json.message}`}`,
    );
  const pack = readPluginPackage(json.value, label);
  progress.pack = pack;
  checkEngine(pack.engine, label, hostVersion);
  const entry = entryOf(folder, isFields(json.value) ? json.value : {}, loader.conditions);
  if (entry.type === "none") throw refusal("PLUGIN_INVALID", label, `its package.json exports nothing to import: ${entry.reason}`);
  return { file: await firstThere(entry.files, { folder, label, files: progress.files }), root: folder };
}

/** The first of these files of a package that is there, links resolved. */
async function firstThere(
  wanted: readonly string[],
  { folder, label, files }: { readonly folder: string; readonly label: string; readonly files: Map<string, string> },
): Promise<string> {
  for (const file of wanted) {
    const found = await look(file);
    if (!isInside(folder, found?.real ?? file))
      throw refusal("PLUGIN_INVALID", label, `its package.json leads to ${file}, which is outside of ${folder}`, { facts: { file } });
    if (found?.type === "file") return found.real;
    // It is wanted: when a build makes it, that is a change.
    files.set(file, ABSENT);
  }
  const [file = folder] = wanted;
  throw refusal(
    "PLUGIN_INVALID",
    label,
    `its package.json leads to ./${relative(folder, file)}, which is not there; does it need a build?`,
    {
      facts: { file },
    },
  );
}

function defaultExportOf(exported: unknown, label: string): Plugin {
  const plugin = unwrapped(unwrapped(exported));
  if (plugin === undefined) throw refusal("PLUGIN_INVALID", label, "it has no default export; write export default definePlugin({ … })");
  if (isPlugin(plugin)) return plugin;
  const problems = problemsOfPlugin(plugin);
  throw refusal("PLUGIN_INVALID", label, problems.join("; "), { facts: { problems } });
}

/** The default export; twice for a module that a compiler turned into CommonJS, whose exports are the default of its import. */
function unwrapped(exported: unknown): unknown {
  return typeof exported === "object" && exported !== null && "default" in exported
    ? exported.default
    : isNamespace(exported)
      ? undefined
      : exported;
}

function isNamespace(exported: unknown): boolean {
  return typeof exported === "object" && exported !== null && Reflect.get(exported, Symbol.toStringTag) === "Module";
}

function checkDeclared(plugin: Plugin, label: string, { pack }: Progress): void {
  const undeclared = pack === undefined ? [] : undeclaredOf(plugin, pack.manifest);
  if (undeclared.length === 0) return;
  throw refusal("PLUGIN_INVALID", label, `${undeclared.join(", ")}, and the "polykind" manifest in its package.json does not say so`, {
    facts: { undeclared },
  });
}
