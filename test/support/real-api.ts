import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where the repository begins. */
const ROOT = resolve(import.meta.dirname, "../..");

/** What is started besides a plain server. */
export interface RealApiOptions {
  /** More flags of the API server, such as `--etcd-compaction-interval=5s`. */
  readonly flags?: readonly string[];
  /** Users besides alice and bob, as `name` or `name=group,…`. They may do nothing until a binding says so. */
  readonly users?: readonly string[];
  /** The folder of an earlier server, whose objects it goes on with. Default: a new one. */
  readonly dir?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** A real API server on 127.0.0.1, with an etcd of its own. */
export interface RealApi extends AsyncDisposable {
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:port`. */
  readonly server: string;
  /** Holds its data, keys and logs. */
  readonly dir: string;
  /** The path of a kubeconfig for each user, by name. */
  readonly users: Readonly<Record<string, string>>;
  /** The path of the program. */
  readonly kubectlPath: string;
  /** Runs kubectl as the administrator, with `input` to read; resolves with what it printed, rejects when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Ends it. Its folder stays when `keep` is set, for a server that goes on with it; else it is deleted. */
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}

/** Whether there is a real API server to start, and where; else why not. `folder` is set when it is there but was not built. */
export type RealApiPlace =
  | { readonly isThere: true; readonly folder: string }
  | { readonly isThere: false; readonly folder?: string; readonly reason: string };

/** Whether a real API server can be started here; if not, why. */
export function isRealApiThere(): RealApiPlace {
  const folder = resolve(ROOT, process.env["POLYKIND_REALAPI"] ?? "../shared/realapi");
  if (!existsSync(join(folder, "start")))
    return { isThere: false, reason: `no real API server: ${folder} is absent (POLYKIND_REALAPI names it)` };
  const home = process.env["REALAPI_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "realapi");
  const isBuilt = existsSync(join(home, "bin/realapi"));
  return isBuilt ? { isThere: true, folder } : { isThere: false, folder, reason: `no real API server: run ${join(folder, "build")} first` };
}

/** For the `skip` of a suite that needs a real API server: the reason, or `false` where there is one. */
export function skipWithoutRealApi(): string | false {
  const found = isRealApiThere();
  return found.isThere ? false : found.reason;
}

/**
 * Starts a server of one's own. Resolves when it is ready.
 *
 * @throws Error with what the start said, when it fails or when there is none to start.
 */
export async function startRealApi({ flags = [], users = [], dir, port }: RealApiOptions = {}): Promise<RealApi> {
  const found = isRealApiThere();
  if (!found.isThere) throw new Error(`cannot start a real API server: ${found.reason}`);
  const { folder } = found;
  const args = [
    ...(dir === undefined ? [] : ["--data", dir]),
    ...(port === undefined ? [] : ["--port", String(port)]),
    ...users.flatMap((user) => ["--user", user]),
    "--",
    ...flags,
  ];
  const { stdout } = await run(join(folder, "start"), args, { encoding: "utf8" });
  const api = openRealApi(parseAssignments(stdout));
  const stop = async ({ keep = false }: { readonly keep?: boolean } = {}): Promise<void> => {
    await run(join(folder, "stop"), keep ? [api.dir] : ["--delete", api.dir]);
  };
  return { ...api, stop, [Symbol.asyncDispose]: () => stop() };
}

/**
 * The server that the whole run shares, if `npm run test:real` has started one; else one of one's own. Disposing of a shared one leaves it
 * running. Suites on it use names of their own.
 */
export async function useRealApi(): Promise<RealApi> {
  if (process.env["REALAPI_DIR"] === undefined) return startRealApi();
  const stop = (): Promise<void> => Promise.resolve();
  return { ...openRealApi(process.env), stop, [Symbol.asyncDispose]: stop };
}

function openRealApi(variables: Readonly<Record<string, string | undefined>>): Omit<RealApi, "stop" | typeof Symbol.asyncDispose> {
  const need = (name: string): string => {
    const value = variables[name];
    if (value === undefined) throw new Error(`cannot use the real API server: its start did not say ${name}`);
    return value;
  };
  const kubeconfig = need("KUBECONFIG");
  const kubectlPath = need("REALAPI_KUBECTL");
  return {
    kubeconfig,
    kubectlPath,
    server: need("REALAPI_SERVER"),
    dir: need("REALAPI_DIR"),
    users: kubeconfigsIn(need("REALAPI_USERS")),
    async kubectl(args, input = "") {
      const running = run(kubectlPath, ["--kubeconfig", kubeconfig, ...args], { encoding: "utf8", maxBuffer: 2 ** 28 });
      running.child.stdin?.end(input);
      return (await running).stdout;
    },
  };
}

function kubeconfigsIn(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".kubeconfig"));
  return Object.fromEntries(files.map((file) => [file.slice(0, -".kubeconfig".length), join(folder, file)]));
}

/** Reads `NAME=value` lines as bash's `printf %q` writes them. */
function parseAssignments(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1).replaceAll(/\\(.)/g, "$1")]),
  );
}
