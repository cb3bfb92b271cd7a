import { type Client, loadCredentials, openClient } from "@polykind/client";
import { messageOf, PolykindError, Scope, untilAborted } from "@polykind/core";
import { Endpoint, leakCount, type Manager, openManager, type Unbinding } from "@polykind/manager";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type Log, openLog } from "@polykind/telemetry";
import { DEFAULT_ENDPOINT, type EndpointAddress } from "../endpoint-address.ts";
import { EXIT, strayFailureText } from "../exit.ts";
import { loadFiles } from "../load.ts";
import { containStrayFailures } from "../stray-failure.ts";
import { countOf } from "../output/table.ts";
import { say, type Terminal } from "../terminal.ts";
import { HOST_VERSION } from "../version.ts";
import { writeKubeconfig } from "../kubeconfig-file.ts";

/** What `run` is called with. */
export interface RunCall {
  /** Directories, files and package names. */
  readonly plugins: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly isSandbox: boolean;
  /** Where the sandbox's kubeconfig goes. Default: a file of its own, removed at the end. */
  readonly sandboxKubeconfig?: string;
  readonly sandboxPort: number;
  /** Files to load into the sandbox. */
  readonly crds: readonly string[];
  readonly objects: readonly string[];
  /** What becomes of a plugin that is removed while objects carry its finalizer. */
  readonly unbinding: Unbinding;
  /** Which CRDs it deals with, by their labels. Default: all. */
  readonly crdSelector?: string;
  /** Whether Kubernetes events tell of the life of each kind. */
  readonly hasEvents: boolean;
  /** `undefined`: none. */
  readonly endpoint: EndpointAddress | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFormat: "text" | "json";
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
}

/** How long a server may take to answer for the first time, in milliseconds. */
const FIRST_ANSWER_MS = 10_000;

/**
 * Runs a manager until `signal` aborts, then drains and releases everything. One that aborts before it runs ends what has begun, and is no failure.
 *
 * @returns the number of things left behind: 0.
 * @throws PolykindError when nothing can run: no server, no plugin, a file that cannot be read.
 */
export async function run(call: RunCall, terminal: Terminal): Promise<number> {
  const leaked = await runUntilStopped(call, terminal).catch((thrown: unknown) => {
    if (!call.signal.aborted || thrown !== call.signal.reason) throw thrown;
    return 0;
  });
  say(terminal.err, "stopped");
  return leaked;
}

async function runUntilStopped(call: RunCall, terminal: Terminal): Promise<number> {
  await using scope = new Scope();
  const log = openLog({ level: call.logLevel, format: call.logFormat });
  const plugins = openPlugins(log, scope, terminal);
  const sandbox = call.isSandbox ? await startSandbox(call, scope, terminal) : undefined;
  const client = await connect(sandbox === undefined ? call : { ...call, kubeconfig: sandbox.path }, log, scope);
  say(terminal.err, `API server ${client.host}: ${await client.serverVersion({ timeoutMs: FIRST_ANSWER_MS, signal: call.signal })}`);
  if (sandbox !== undefined) await loadAll(call, sandbox.server, terminal);
  await loadPlugins(call, plugins, terminal);
  const { manager, metrics } = openManager({
    client,
    plugins,
    log,
    unbinding: call.unbinding,
    hasEvents: call.hasEvents,
    ...(call.crdSelector !== undefined && { crdSelector: call.crdSelector }),
  });
  const stopManager = scope.defer(() => manager.stop());
  if (call.endpoint !== undefined) {
    const endpoint = scope.own(await Endpoint.open({ ...call.endpoint, metrics, shown: manager, log }));
    say(terminal.err, `endpoint ${endpoint.url}: try \`polykind get kinds${flagFor(endpoint.url)}\``);
  }
  await followUntilStopped(manager, call.signal, terminal);
  stopManager();
  const leaks = await manager.stop();
  if (leakCount(leaks) > 0) say(terminal.err, `left behind: ${JSON.stringify(leaks)}`);
  return leakCount(leaks);
}

/** What `get` must be told to find the endpoint; nothing where it looks by itself. */
function flagFor(url: string): string {
  const { host } = new URL(url);
  return host === DEFAULT_ENDPOINT ? "" : ` --endpoint ${host}`;
}

async function followUntilStopped(manager: Manager, signal: AbortSignal, terminal: Terminal): Promise<void> {
  try {
    await manager.start(signal);
    const { kinds, plugins } = manager.report();
    const loaded = plugins.filter(({ state }) => state === "loaded").length;
    say(terminal.err, `running: ${countOf(kinds, "kind")}, ${countOf(loaded, "plugin")}`);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}

async function startSandbox(call: RunCall, scope: Scope, terminal: Terminal): Promise<{ readonly server: Sandbox; readonly path: string }> {
  const server = scope.own(await openSandbox({ port: call.sandboxPort }));
  const { path } = scope.own(writeKubeconfig(server.kubeconfig, call.sandboxKubeconfig));
  say(terminal.err, `sandbox ${server.url}: try \`kubectl --kubeconfig ${path} get crd\``);
  return { server, path };
}

async function connect(
  { kubeconfig, context, signal }: Pick<RunCall, "kubeconfig" | "context" | "signal">,
  log: Log,
  scope: Scope,
): Promise<Client> {
  const named = { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
  const credentials = await untilAborted(loadCredentials(named), signal);
  return scope.own(openClient({ credentials, log: log.child({ component: "client" }), userAgent: `polykind/${HOST_VERSION}` }));
}

async function loadAll({ crds, objects, signal }: RunCall, sandbox: Sandbox, terminal: Terminal): Promise<void> {
  await loadFiles(sandbox, crds, { what: "CRDs", terminal, signal });
  await loadFiles(sandbox, objects, { what: "objects", terminal, signal });
}

/** A host without plugins, beside which nothing that a plugin leaves to itself ends the process. */
function openPlugins(log: Log, scope: Scope, terminal: Terminal): PluginHost {
  const host = openPluginHost({ hostVersion: HOST_VERSION, log: log.child({ component: "plugins" }) });
  const end = (thrown: unknown): void => {
    say(terminal.err, strayFailureText(thrown));
    process.exit(EXIT.failed);
  };
  scope.own(containStrayFailures({ log: log.child({ component: "plugins" }), plugins: () => host.records, end }));
  scope.defer(() => host.close());
  return host;
}

async function loadPlugins({ plugins, signal }: RunCall, host: PluginHost, terminal: Terminal): Promise<void> {
  const failures: unknown[] = [];
  for (const source of plugins) {
    try {
      const records = await untilAborted(host.add(source), signal);
      for (const record of records) if (record.state === "rejected") throw record.error;
      if (records.length === 0) throw noneIn(source);
    } catch (cause) {
      signal.throwIfAborted();
      failures.push(cause);
      say(terminal.err, `polykind: ${messageOf(cause)}`);
    }
  }
  if (host.records.some(({ state }) => state === "loaded")) return;
  throw new PolykindError("PLUGIN_NOT_FOUND", `cannot run: no plugin of ${plugins.join(", ")} could be loaded`, { cause: failures[0] });
}

function noneIn(source: string): PolykindError {
  return new PolykindError(
    "PLUGIN_NOT_FOUND",
    `cannot find a plugin in ${source}: it has no package that is a plugin, no folder with an index file, and no .ts, .mts, .js or .mjs file of its own`,
    { facts: { source } },
  );
}
