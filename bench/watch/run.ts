/**
 * `npm run bench:watch [-- --only "sync watch kinds idle restart"] [--rounds 3] [--objects 50000] [--kinds 200]`: our watch stack beside client-go's dynamic informers, on the same
 * real API server and the same work, in turn; prints the medians and their ratios to client-go's. Without the baseline or the server it says so in one line and ends well.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { isRealApiThere, startRealApi } from "../../test/support/real-api.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const BASELINE = resolve(ROOT, process.env["POLYKIND_BASELINE"] ?? "../shared/baseline");
const SHARED = resolve(ROOT, process.env["POLYKIND_DATA"] ?? "../shared/data");
const HOME = process.env["BASELINE_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "baseline");
const LOADER = join(HOME, "bin/loader");
const WIDGETS = "bench.example.com/v1/widgets Namespaced";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "sync watch kinds idle restart" },
    rounds: { type: "string", default: "3" },
    objects: { type: "string", default: "50000" },
    kinds: { type: "string", default: "200" },
    contenders: { type: "string", default: "client-go ours ours-read" },
  },
});

/** What one scenario is run on. */
interface Load {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}

/** How one scenario fills the server, and what it asks of the baseline's `run`. */
interface Scenario {
  prepare(load: Load): Promise<{ readonly kinds: string; readonly objects: number }>;
  readonly options: readonly string[];
}

const widgets = (objects: number, size: readonly string[]): Scenario["prepare"] => {
  return async ({ env }) => {
    await promisify(execFile)(LOADER, ["widgets", "--count", String(objects), ...size], { env });
    return { kinds: `${WIDGETS} ${objects}\n`, objects };
  };
};

const manyKinds: Scenario["prepare"] = async ({ env, folder }) => {
  const [crds, crs, out] = ["crds", "objects", "kinds"].map((name) => join(folder, `${name}.jsonl`)) as [string, string, string]; // three names
  await writeFile(crds, gunzipSync(await readFile(join(SHARED, "crds.ndjson.gz"))));
  const objects = gunzipSync(await readFile(join(SHARED, "objects.ndjson.gz"))).toString();
  await writeFile(crs, objects.replaceAll(/^\{"source":("[^"]*"),"object":/gm, '{"source":$1,"obj":'));
  await promisify(execFile)(LOADER, ["kinds", "--crds", crds, "--crs", crs, "--count", values.kinds, "--per", "3", "--out", out], { env });
  const kinds = await readFile(out, "utf8");
  return {
    kinds,
    objects: kinds
      .trim()
      .split("\n")
      .reduce((sum, line) => sum + Number(line.split(" ")[2]), 0),
  };
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  sync: { prepare: widgets(Number(values.objects), ["--size", "1700"]), options: [] },
  watch: { prepare: widgets(10_000, []), options: ["--changes", "6000", "--rate", "400", "--over", "10000"] },
  kinds: { prepare: manyKinds, options: [] },
  idle: { prepare: manyKinds, options: ["--idle", "120"] },
  restart: { prepare: manyKinds, options: [] },
};

const say = (text: string): unknown => process.stdout.write(`${text}\n`);

/** Why it cannot be run here, if so. */
function missing(): string | undefined {
  const place = isRealApiThere();
  if (!place.isThere) return place.reason;
  if (!existsSync(join(BASELINE, "run"))) return `no baseline: ${BASELINE} is absent (POLYKIND_BASELINE names it)`;
  return existsSync(LOADER) ? undefined : `no baseline: run ${join(BASELINE, "build")} first`;
}

/** The contender as JavaScript: what strips types in Node would be measured, too. It must lie where our packages are found. */
async function compileContender(): Promise<string> {
  const folder = join(ROOT, "node_modules/.cache/bench-watch");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "contender.mjs");
  await writeFile(file, stripTypeScriptTypes(await readFile(join(import.meta.dirname, "contender.ts"), "utf8")));
  return file;
}

async function kindNames(kubectl: (args: readonly string[]) => Promise<string>): Promise<string> {
  const lines = await kubectl(["get", "crd", "-o", 'jsonpath={range .items[*]}{.metadata.name} {.spec.names.kind}{"\\n"}{end}']);
  return JSON.stringify(
    Object.fromEntries(
      lines
        .trim()
        .split("\n")
        .map((line) => line.split(" ")),
    ),
  );
}

async function runScenario(name: string, scenario: Scenario): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "bench-watch-"));
  try {
    await using api = await startRealApi();
    const env = {
      ...process.env,
      KUBECONFIG: api.kubeconfig,
      REALAPI_DIR: api.dir,
      REALAPI_KUBECTL: api.kubectlPath,
      NODE: process.execPath,
    };
    const { kinds, objects } = await scenario.prepare({ env, folder });
    const [kindsFile, namesFile] = [join(folder, "widgets.kinds"), join(folder, "names.json")];
    await writeFile(kindsFile, kinds);
    await writeFile(namesFile, await kindNames((args) => api.kubectl(args)));
    const ours = `exec ${process.execPath} --expose-gc ${await compileContender()}`;
    const run = spawn(
      join(BASELINE, "run"),
      [name, "--rounds", values.rounds, "--only", values.contenders, "--base", "client-go"].concat(
        ["--add", `ours=${ours}`, "--add", `ours-read=READ=1 ${ours}`],
        scenario.options,
      ),
      { env: { ...env, KINDS: kindsFile, KIND_NAMES: namesFile, OBJECTS: String(objects) }, stdio: "inherit" },
    );
    const [code] = (await once(run, "exit")) as [number | null]; // as node:child_process documents
    if (code !== 0) throw new Error(`the baseline's run of ${name} ended with ${code}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const reason = missing();
if (reason !== undefined) say(`bench:watch is skipped: ${reason}`);
else
  for (const name of values.only.split(" ")) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) throw new Error(`there is no scenario ${name}; there are: ${Object.keys(SCENARIOS).join(", ")}`);
    say(`\n${name}`);
    await runScenario(name, scenario);
  }
