import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { isRealApiThere, type RealApi, startRealApi } from "../../test/support/real-api.ts";
import { writeManyKinds } from "./many-kinds.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const BASELINE = resolve(ROOT, process.env["POLYKIND_BASELINE"] ?? "../shared/baseline");
const DATA = resolve(ROOT, process.env["POLYKIND_DATA"] ?? "../shared/data");
const HOME = process.env["BASELINE_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "baseline");
const LOADER = join(HOME, "bin/loader");
const PROGRAM = join(import.meta.dirname, "contender.ts");

/** client-go's contender, which is to have `QPS=-1` in its environment. */
export const CLIENT_GO: string = join(HOME, "bin/clientgo");

/** The contender that the others are measured by. */
export const BASE = "client-go";

/** The same that asks for lists instead of streams of what is there. */
export const BASE_LISTING = "client-go-list";

/** What was measured of one contender in one round, under the names of the baseline's README. */
export interface Measured {
  readonly contender: string;
  readonly [field: string]: unknown;
}

/** One run of a scenario of the baseline. */
export interface Run {
  readonly scenario: string;
  /** One kind a line: `group/version/plural Namespaced|Cluster objects`. */
  readonly kinds: readonly string[];
  readonly rounds: string;
  readonly contenders: string;
  /** Of the scenario. */
  readonly options?: readonly string[];
  /** The contender `ours`, a file in TypeScript. Default: that of the watch stack. */
  readonly program?: string;
}

/** Why nothing can be measured here, if so. */
export function whyNot(): string | undefined {
  const place = isRealApiThere();
  if (!place.isThere) return place.reason;
  if (!existsSync(join(BASELINE, "run"))) return `no baseline: ${BASELINE} is absent (POLYKIND_BASELINE names it)`;
  return existsSync(LOADER) ? undefined : `no baseline: run ${join(BASELINE, "build")} first`;
}

/** A real API server that contenders are measured on, and its folder for what they are told. */
export class Stage implements AsyncDisposable {
  readonly #api: RealApi;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  static async open(): Promise<Stage> {
    return new Stage(await startRealApi(), await mkdtemp(join(tmpdir(), "bench-watch-")));
  }

  private constructor(api: RealApi, folder: string) {
    this.#api = api;
    this.#folder = folder;
    const { kubeconfig, dir, kubectlPath } = api;
    this.#env = { ...process.env, KUBECONFIG: kubeconfig, REALAPI_DIR: dir, REALAPI_KUBECTL: kubectlPath, NODE: process.execPath };
  }

  /** Fills the server with objects of one kind; those that are there already stay. */
  async loadWidgets(count: number, size: readonly string[]): Promise<readonly string[]> {
    await this.#load(["widgets", "--count", String(count), ...size]);
    return [`bench.example.com/v1/widgets Namespaced ${count}`];
  }

  /** Fills the server with real kinds, of each up to three real objects. */
  async loadKinds(count: number): Promise<readonly string[]> {
    const file = (name: string): string => join(this.#folder, name);
    const files = { crds: file("crds.jsonl"), objects: file("objects.jsonl") };
    await writeManyKinds({ crds: join(DATA, "crds.ndjson.gz"), objects: join(DATA, "objects.ndjson.gz") }, files);
    const args = ["--crds", files.crds, "--crs", files.objects, "--count", String(count), "--per", "3", "--out", file("loaded")];
    await this.#load(["kinds", ...args]);
    return (await readFile(file("loaded"), "utf8")).trim().split("\n");
  }

  /** Measures the contenders in turn, printing what the baseline prints. */
  async run({ scenario, kinds, rounds, contenders, options = [], program = PROGRAM }: Run): Promise<readonly Measured[]> {
    const out = await mkdtemp(join(this.#folder, "results-"));
    const [kindsFile, namesFile] = [join(out, "kinds"), join(out, "names.json")];
    await writeFile(kindsFile, kinds.map((line) => `${line}\n`).join(""));
    await writeFile(namesFile, JSON.stringify(await this.#kindNames()));
    const file = await compileContender(program);
    const ours = `exec ${process.execPath} --expose-gc ${file}`;
    // With less room for young objects, as our documentation recommends where memory counts.
    const small = `exec ${process.execPath} --max-semi-space-size=4 --expose-gc ${file}`;
    const added = ["--add", `ours=${ours}`, "--add", `ours-read=READ=1 ${ours}`, "--add", `ours-small=${small}`];
    const args = [scenario, "--rounds", rounds, "--only", contenders, "--base", BASE, "--out", out, ...added, ...options];
    const env = { ...this.#env, KINDS: kindsFile, KIND_NAMES: namesFile, OBJECTS: String(objectsOf(kinds)) };
    const [code] = (await once(spawn(join(BASELINE, "run"), args, { env, stdio: "inherit" }), "exit")) as [number | null]; // as node:child_process documents
    if (code !== 0) throw new Error(`the baseline's run of ${scenario} ended with ${code}`);
    const text = await readFile(join(out, "results.jsonl"), "utf8");
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Measured); // as the baseline writes it
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #load(args: readonly string[]): Promise<void> {
    await promisify(execFile)(LOADER, args, { env: this.#env, maxBuffer: 2 ** 26 });
  }

  /** The kind of each CRD, by the CRD's name: what a manager knows of it. */
  async #kindNames(): Promise<Readonly<Record<string, string>>> {
    const format = 'jsonpath={range .items[*]}{.metadata.name} {.spec.names.kind}{"\\n"}{end}';
    const lines = (await this.#api.kubectl(["get", "crd", "-o", format])).trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(" ")));
  }
}

/** How many objects there are of these kinds. */
export function objectsOf(kinds: readonly string[]): number {
  return kinds.reduce((sum, line) => sum + Number(line.split(" ")[2]), 0);
}

/** The contender as JavaScript: what strips types in Node would be measured, too. It must lie where our packages are found. */
export async function compileContender(program: string): Promise<string> {
  const folder = join(ROOT, "node_modules/.cache", `bench-${basename(dirname(program))}`);
  await mkdir(folder, { recursive: true });
  return await compile(program, folder);
}

/** A file of ours as it is in what is left of an import when types have been stripped. */
const IMPORTED = /(?<= from ")\.[^"]+\.ts(?=";$)/gm;

/** Into `folder`, with those of our files that it imports. */
async function compile(program: string, folder: string): Promise<string> {
  const text = stripTypeScriptTypes(await readFile(program, "utf8"));
  const imported = Array.from(text.matchAll(IMPORTED), ([path]) => resolve(dirname(program), path));
  await Promise.all(imported.map((path) => compile(path, folder)));
  const file = join(folder, compiledName(program));
  await writeFile(
    file,
    text.replaceAll(IMPORTED, (path) => `./${compiledName(path)}`),
  );
  return file;
}

function compiledName(path: string): string {
  return `${basename(path, ".ts")}.mjs`;
}
