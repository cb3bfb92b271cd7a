import { type Client, loadCredentials, openClient } from "@polykind/client";
import { messageOf, PolykindError, Scope } from "@polykind/core";
import { Endpoint, leakCount, type Manager, openManager, type Unbinding } from "@polykind/manager";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type Log, openLog } from "@polykind/telemetry";
import type { EndpointAddress } from "../endpoint-address.ts";
import { loadFiles } from "../load.ts";
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
 * Runs a manager until `signal` aborts, then drains and releases everything.
 *
 * @returns the number of things left behind: 0.
 * @throws PolykindError when nothing can run: no server, no plugin, a file that cannot be read.
 */
export async function run(call: RunCall, terminal: Terminal): Promise<number> {
  await using scope = new Scope();
  const log = openLog({ level: call.logLevel, format: call.logFormat });
  const sandbox = call.isSandbox ? await startSandbox(call, scope, terminal) : undefined;
  const client = await connect(sandbox === undefined ? call : { kubeconfig: sandbox.path }, log, scope);
  say(terminal.err, `API server ${client.host}: ${await client.serverVersion({ timeoutMs: FIRST_ANSWER_MS, signal: call.signal })}`);
  if (sandbox !== undefined) await loadAll(call, sandbox.server, terminal);
  const plugins = await loadPlugins(call, log, scope, terminal);
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
    const endpoint = scope.own(await Endpoint.open({ ...call.endpoint, metrics, shown: manager }));
    say(terminal.err, `endpoint ${endpoint.url}: try \`polykind get kinds\``);
  }
  await followUntilStopped(manager, call.signal, terminal);
  stopManager();
  const leaks = await manager.stop();
  if (leakCount(leaks) > 0) say(terminal.err, `left behind: ${JSON.stringify(leaks)}`);
  say(terminal.err, "stopped");
  return leakCount(leaks);
}

async function followUntilStopped(manager: Manager, signal: AbortSignal, terminal: Terminal): Promise<void> {
  try {
    await manager.start(signal);
    const { kinds, plugins } = manager.report();
    say(terminal.err, `running: ${kinds} kinds, ${plugins.filter(({ state }) => state === "loaded").length} plugins`);
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
  const file = await writeKubeconfig(server.kubeconfig, call.sandboxKubeconfig);
  scope.defer(() => file.remove());
  say(terminal.err, `sandbox ${server.url}: try \`kubectl --kubeconfig ${file.path} get crd\``);
  return { server, path: file.path };
}

async function connect({ kubeconfig, context }: Pick<RunCall, "kubeconfig" | "context">, log: Log, scope: Scope): Promise<Client> {
  const credentials = await loadCredentials({ ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) });
  return scope.own(openClient({ credentials, log: log.child({ component: "client" }), userAgent: `polykind/${HOST_VERSION}` }));
}

async function loadAll(call: RunCall, sandbox: Sandbox, terminal: Terminal): Promise<void> {
  await loadFiles(sandbox, call.crds, "CRDs", terminal);
  await loadFiles(sandbox, call.objects, "objects", terminal);
}

async function loadPlugins(call: RunCall, log: Log, scope: Scope, terminal: Terminal): Promise<PluginHost> {
  const host = openPluginHost({ hostVersion: HOST_VERSION, log: log.child({ component: "plugins" }) });
  scope.defer(() => host.close());
  const failures: unknown[] = [];
  for (const source of call.plugins) {
    try {
      for (const record of await host.add(source)) if (record.state === "rejected") throw record.error;
    } catch (cause) {
      failures.push(cause);
      say(terminal.err, `polykind: ${messageOf(cause)}`);
    }
  }
  if (host.records.some(({ state }) => state === "loaded")) return host;
  throw new PolykindError("PLUGIN_NOT_FOUND", `cannot run: no plugin of ${call.plugins.join(", ")} could be loaded`, {
    cause: failures[0],
  });
}
