import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { messageOf, Scope, systemClock } from "@polykind/core";
import { Endpoint, leakCount, type Manager, openManager } from "@polykind/manager";
import type { Plugin } from "@polykind/plugin";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { openLog } from "@polykind/telemetry";
import { EXIT, exitCodeOf, failureText, usageError } from "../exit.ts";
import { writeKubeconfig } from "../kubeconfig-file.ts";
import { stopSignals } from "../stop-signals.ts";
import { say, type Terminal } from "../terminal.ts";
import { HOST_VERSION } from "../version.ts";
import { keyPresses } from "./keys.ts";
import { PluginFolder, WRITTEN_GROUP } from "./plugin-folder.ts";
import { cleanUp, playScenario } from "./scenario.ts";
import { movingScreen, plainScreen, type Screen } from "./screen.ts";
import { Stage } from "./stage.ts";

const HELP = `npm start -- [--kubeconfig FILE] [--context NAME]

Shows the life of kinds: CRDs and plugins come, change and go while their objects are reconciled.
Without --kubeconfig on an embedded API server, in this process; with it on that cluster, in a
namespace and an API group of the demo's own, which are removed at the end.
On a terminal it stays until q is pressed; else it ends by itself.`;

/** How long an expectation is waited for: a real server looks after a CRD that is being deleted every five seconds. */
const PATIENCE_MS = { sandbox: 5_000, cluster: 30_000 } as const;

/** The plugins of the repository that this file stands in. */
const PLUGINS = new URL("../../../../plugins/", import.meta.url);

interface DemoCall {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Where the demo is played. */
interface Place {
  readonly client: Client;
  readonly sandbox: Sandbox | undefined;
  readonly kubeconfig: string;
  readonly group: string;
  readonly namespace: string;
}

/** Runs the demo and sets the exit code: 0 only if every expectation held and nothing leaked. Never throws. */
export async function main(args: readonly string[], terminal: Terminal): Promise<void> {
  using stop = stopSignals(() => {});
  try {
    const call = parseCall(args);
    if (call === undefined) return say(terminal.out, HELP);
    process.exitCode = (await play(call, terminal, stop.signal)) ? EXIT.ok : EXIT.failed;
  } catch (thrown) {
    say(terminal.err, failureText(thrown));
    process.exitCode = exitCodeOf(thrown);
  }
}

function parseCall(args: readonly string[]): DemoCall | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { kubeconfig: { type: "string" }, context: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    const { help, kubeconfig, context } = values;
    return help === true ? undefined : { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
  } catch (cause) {
    throw usageError(`cannot start the demo: ${messageOf(cause)} (npm start -- --help shows what there is)`);
  }
}

async function play(call: DemoCall, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  await using scope = new Scope();
  const place = await openPlace(call, scope, signal);
  const log = openLog({ level: "error", format: "text" });
  const folder = scope.own(await PluginFolder.open(PLUGINS, place.group));
  const plugins = openPluginHost({ hostVersion: HOST_VERSION, log });
  scope.defer(() => plugins.close());
  await fillPlugins(plugins, folder, place.group);
  const { manager, metrics } = openManager({ client: place.client, plugins, log });
  scope.defer(() => manager.stop());
  const endpoint = scope.own(await Endpoint.open({ port: 0, metrics, shown: manager }));
  await manager.start(signal);
  const screen = terminal.isInteractive ? movingScreen(terminal) : plainScreen(terminal);
  scope.defer(() => screen.end());
  introduce(screen, place, endpoint);
  const patienceMs = place.sandbox === undefined ? PATIENCE_MS.cluster : PATIENCE_MS.sandbox;
  const parts = { client: place.client, manager, folder, screen, group: place.group, namespace: place.namespace, patienceMs };
  return await playOn(parts, { manager, terminal, place, signal });
}

interface Run {
  readonly manager: Manager;
  readonly terminal: Terminal;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** Plays, waits on a terminal for `q`, cleans up whatever happened, and sums up. */
async function playOn(
  parts: Omit<ConstructorParameters<typeof Stage>[0], "signal">,
  { manager, terminal, place, signal }: Run,
): Promise<boolean> {
  const stage = new Stage({ ...parts, signal });
  let kinds = 0;
  try {
    await playScenario(stage);
    kinds = stage.kinds().length;
    if (terminal.isInteractive) await stay(stage, place, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    const last = new Stage({ ...parts, signal: AbortSignal.timeout(60_000) });
    await cleanUp(last);
    stage.adopt(last);
  }
  const { incarnations, reconciles, errors } = manager.report();
  const leaks = await manager.stop();
  const watches = place.sandbox === undefined ? 0 : await watchesLeft(place.sandbox);
  const leaked = leakCount(leaks) + watches;
  const failed = stage.outcomes.filter(({ isMet }) => !isMet).length;
  parts.screen.end();
  parts.screen.say(
    `\nkinds ${kinds}, incarnations ${incarnations}, reconciles ${reconciles}, errors ${errors}, expectations ${stage.outcomes.length - failed} of ${stage.outcomes.length}, leaked ${leaked}`,
  );
  if (leaked > 0) parts.screen.say(JSON.stringify({ ...leaks, watches }));
  return failed === 0 && leaked === 0 && !signal.aborted;
}

/** Watches that the server still has after it has had time to hear of their end. */
async function watchesLeft(sandbox: Sandbox): Promise<number> {
  const until = systemClock.elapsed() + 2_000;
  while (sandbox.openWatches().size > 0 && systemClock.elapsed() < until) await systemClock.sleep(5);
  return [...sandbox.openWatches().values()].reduce((sum, count) => sum + count, 0);
}

async function stay(stage: Stage, place: Place, signal: AbortSignal): Promise<void> {
  const { screen } = stage.parts;
  screen.say(
    `\nThat was all. It goes on running; try in another terminal:\n  KUBECONFIG=${place.kubeconfig} kubectl -n ${place.namespace} get myapps,sessions,gadgets\nand press q to end.`,
  );
  using keys = keyPresses(process.stdin);
  using _ = { [Symbol.dispose]: stage.parts.manager.notices.on("changed", () => stage.show()) };
  await keys.pressed(["q", "Q", "\u0003"], signal);
}

async function openPlace(call: DemoCall, scope: Scope, signal: AbortSignal): Promise<Place> {
  if (call.kubeconfig === undefined && call.context === undefined) return openSandboxPlace(scope);
  const id = randomBytes(3).toString("hex");
  const client = scope.own(openClient({ credentials: await loadCredentials(call), userAgent: `polykind-demo/${HOST_VERSION}` }));
  await client.serverVersion({ signal, timeoutMs: 10_000 });
  return {
    client,
    sandbox: undefined,
    kubeconfig: call.kubeconfig ?? process.env["KUBECONFIG"] ?? "~/.kube/config",
    group: `demo-${id}.polykind.dev`,
    namespace: `polykind-demo-${id}`,
  };
}

async function openSandboxPlace(scope: Scope): Promise<Place> {
  const sandbox = scope.own(await openSandbox());
  const { path } = scope.own(writeKubeconfig(sandbox.kubeconfig));
  const client = scope.own(
    openClient({ credentials: await loadCredentials({ kubeconfig: path }), userAgent: `polykind-demo/${HOST_VERSION}` }),
  );
  return { client, sandbox, kubeconfig: path, group: WRITTEN_GROUP, namespace: "polykind-demo" };
}

/** The generic plugin is held to the demo's own group: on a cluster it would take in every kind there is. */
async function fillPlugins(plugins: PluginHost, folder: PluginFolder, group: string): Promise<void> {
  await folder.addPackage("myapp");
  for (const record of await plugins.add(folder.path)) {
    if (record.state === "rejected") throw record.error;
  }
  const inventory = (await import(new URL("inventory/dist/index.js", PLUGINS).href)) as { readonly default: Plugin }; // The repository's own plugin.
  plugins.addPlugin({ ...inventory.default, manages: { selector: { group } } });
}

function introduce(screen: Screen, { client, sandbox, kubeconfig, namespace }: Place, endpoint: Endpoint): void {
  screen.say(
    `Polykind ${HOST_VERSION} on ${sandbox === undefined ? `the API server ${client.host}` : `the embedded API server ${sandbox.url}`}`,
  );
  screen.say(`  KUBECONFIG=${kubeconfig} kubectl -n ${namespace} get myapps -w`);
  screen.say(`  npx polykind get kinds -w --endpoint ${new URL(endpoint.url).host}`);
}

await main(process.argv.slice(2), { out: process.stdout, err: process.stderr, isInteractive: process.stdout.isTTY && process.stdin.isTTY });
