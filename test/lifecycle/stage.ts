import { setTimeout as sleep } from "node:timers/promises";
import { CRD_RESOURCE, type KubeObject, type Manifest, type Resource } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type Scope, systemClock } from "@polykind/core";
import { type KindReport, leakCount, type OpenManager, openManager } from "@polykind/manager";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import type { LineFault, SeenRequest } from "@polykind/testing";
import { silentLog } from "@polykind/telemetry";
import { fastClock } from "../faults/fast-clock.ts";
import type { RealApi } from "../support/real-api.ts";
import { type CrdWishes, crdOf, resourceOf } from "./manifests.ts";
import { openServer, type Server, type User } from "./server.ts";
import { Notebook, type NotingOptions } from "./told.ts";

/** How long anything may take that a row waits for, in milliseconds. */
const PATIENCE_MS = 15_000;
/** How long a server is watched for requests that must not come, in milliseconds. */
const QUIET_MS = 300;

const NAMESPACES: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", resourceScope: "Cluster" };

/** How a stage is opened. */
export interface StageOptions {
  readonly id: string;
  readonly real: RealApi | undefined;
  readonly speed?: number;
  readonly livesAllowed?: number;
  readonly crdSelector?: string;
  readonly user?: User;
}

/** A second manager on the server of a stage. */
export interface OtherProcess {
  readonly manager: OpenManager["manager"];
  readonly notebook: Notebook;
  stop(): Promise<void>;
}

interface Parts {
  readonly scope: Scope;
  readonly server: Server;
  readonly client: Client;
  readonly plugins: PluginHost;
  readonly options: StageOptions;
}

/** Where one case is played: a server, the front before it, and a manager with the plugins of the row. */
export class Stage {
  readonly server: Server;
  readonly client: Client;
  readonly plugins: PluginHost;
  readonly notebook: Notebook = new Notebook();
  /** What was against the expectation. */
  readonly findings: string[] = [];
  /** What was measured, for the line. */
  readonly remarks: string[] = [];
  /** What the row waits for now; told when it waits in vain. */
  waitsFor = "the server";
  /** So many hooks that a plugin never ended the manager tells of when it stops. */
  leaksExpected = 0;
  /** The API group of the row: no other has it. */
  readonly group: string;
  readonly #options: StageOptions;
  readonly #scope: Scope;
  #open: OpenManager;
  #count = 0;

  constructor({ scope, server, client, plugins, options }: Parts) {
    this.server = server;
    this.client = client;
    this.plugins = plugins;
    this.#scope = scope;
    this.#options = options;
    this.group = `${options.id.toLowerCase()}.lifecycle.example.com`;
    this.#open = this.#openManager();
  }

  get manager(): OpenManager["manager"] {
    return this.#open.manager;
  }

  get metrics(): OpenManager["metrics"] {
    return this.#open.metrics;
  }

  /** Whether the server is a real one. */
  get isReal(): boolean {
    return this.#options.real !== undefined;
  }

  /** Begins to follow CRDs. */
  start(): Promise<void> {
    return this.manager.start(this.#scope.signal);
  }

  /** Stops the manager and opens another one in its place, which is not started. */
  async reopen(): Promise<void> {
    await this.stop();
    this.#open = this.#openManager();
  }

  /** Stops the manager, and notes what it left behind. */
  async stop(): Promise<void> {
    const leaks = await this.manager.stop();
    this.expect(leakCount(leaks) === this.leaksExpected, `the manager left behind ${JSON.stringify(leaks)}`);
  }

  /** Adds a plugin that notes what it is told; it manages balls unless told otherwise. */
  add(options: Partial<NotingOptions> = {}): void {
    this.plugins.addPlugin(this.notebook.plugin({ name: "noting", manages: { group: this.group, kind: "Ball" }, ...options }));
  }

  /** Another process on the same server: it deals with the CRDs that `crdSelector` selects, with a plugin for balls that notes into a notebook of its own. */
  async startOther(crdSelector: string, options: Partial<NotingOptions>): Promise<OtherProcess> {
    const notebook = new Notebook();
    const plugins = this.#scope.own(openPluginHost({ hostVersion: "1.0.0", log: silentLog }));
    plugins.addPlugin(notebook.plugin({ name: "noting", manages: { group: this.group, kind: "Ball" }, ...options }));
    const { manager } = openManager({ client: this.client, plugins, crdSelector, log: silentLog });
    const stop = this.#scope.defer(() => manager.stop());
    await manager.start(this.#scope.signal);
    return { manager, notebook, stop: async () => (stop(), void (await manager.stop())) };
  }

  async install(wishes: CrdWishes = {}): Promise<KubeObject> {
    return this.server.hand.create(CRD_RESOURCE, crdOf(this.group, wishes));
  }

  async uninstall(plural: string = "balls"): Promise<void> {
    await this.server.hand.delete(CRD_RESOURCE, { name: `${plural}.${this.group}` });
  }

  async editCrd(body: object, plural: string = "balls"): Promise<KubeObject> {
    return this.server.hand.patch(CRD_RESOURCE, { name: `${plural}.${this.group}` }, { type: "merge", body });
  }

  /** Whether the server has the CRD. */
  async hasCrd(plural: string = "balls"): Promise<boolean> {
    const { items } = await this.server.hand.list(CRD_RESOURCE);
    return items.some(({ metadata }) => metadata.name === `${plural}.${this.group}`);
  }

  /** Waits until the server itself has no such CRD any more. */
  async untilNoCrd(plural: string = "balls"): Promise<void> {
    this.waitsFor = `the server to forget ${plural}`;
    while (await this.hasCrd(plural)) await this.sleep(20);
  }

  /** Creates an object; one of a kind that is new to the server as soon as that takes it. */
  async create(name: string = `o${(this.#count += 1)}`, resource: Resource = this.balls(), metadata: object = {}): Promise<KubeObject> {
    const apiVersion = `${resource.group}/${resource.version}`;
    const namespace = resource.resourceScope === "Namespaced" ? { namespace: "default" } : {};
    const manifest: Manifest = { apiVersion, kind: resource.kind, metadata: { name, ...namespace, ...metadata }, spec: { n: 0 } };
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.server.hand.create(resource, manifest);
      } catch (cause) {
        if (tries === 200) throw cause;
        await this.sleep(20);
      }
    }
  }

  balls(wishes: Parameters<typeof resourceOf>[1] = {}): Resource {
    return resourceOf(this.group, wishes);
  }

  /** What the manager says of a kind now. */
  report(kind: string = "Ball"): KindReport | undefined {
    return this.manager.kinds().find((report) => report.kind === kind && report.group === this.group);
  }

  reportOfCrd(plural: string): KindReport | undefined {
    return this.manager.kinds().find((report) => report.crd === `${plural}.${this.group}`);
  }

  /** Waits until the manager says so of a kind. */
  async untilKind(isSo: (report: KindReport | undefined) => boolean, what: string, kind: string = "Ball"): Promise<KindReport | undefined> {
    const tell = (): string => `${what}; there is ${JSON.stringify(this.report(kind) ?? "none")}`;
    await this.until(() => isSo(this.report(kind)), tell);
    return this.report(kind);
  }

  untilRunning(kind?: string): Promise<KindReport | undefined> {
    return this.untilKind(isRunning, "the kind to run", kind);
  }

  untilGone(kind?: string): Promise<KindReport | undefined> {
    return this.untilKind(isGone, "the kind to be gone", kind);
  }

  /** What the manager has asked of objects of this plural, in any version. */
  requestsTo(plural: string, since: number = 0): readonly SeenRequest[] {
    return this.server.front.requests.filter(({ path, at }) => at >= since && this.#isOf(plural, path));
  }

  /** Whether a request is to objects of this plural. */
  isTo(plural: string): (request: SeenRequest) => boolean {
    return ({ path }) => this.#isOf(plural, path);
  }

  /** Watches of objects of this plural that are open at the server, or at the front where the server does not tell. */
  watchesOf(plural: string): number {
    const { sandbox, front } = this.server;
    if (sandbox === undefined) return front.openWatches(this.isTo(plural));
    return [...sandbox.openWatches()].reduce((sum, [path, open]) => sum + (this.#isOf(plural, path) ? open : 0), 0);
  }

  /** Metric series that carry the name of a kind of the row. */
  async seriesOfKinds(): Promise<number> {
    const text = await this.metrics.text();
    return text.split("\n").filter((line) => !line.startsWith("#") && line.includes(this.group)).length;
  }

  /** The states of a kind from now on, each as often as it is entered. */
  follow(plural: string): () => readonly string[] {
    const phases: string[] = [];
    const look = (): void => {
      const phase = this.reportOfCrd(plural)?.state;
      if (phase !== undefined && phase !== phases.at(-1)) phases.push(phase);
    };
    this.#scope.defer(this.manager.notices.on("changed", look));
    look();
    return () => phases;
  }

  /** Resolves when the server has seen all that was asked before. */
  async flush(): Promise<void> {
    await this.client.get(NAMESPACES, { name: "default" });
  }

  /** Nothing of the kind is left, and for a while no request goes to its URL. */
  async expectEnded(plural: string = "balls", kind: string = "Ball"): Promise<void> {
    await this.expectUrlEnded(plural);
    this.expectEqual(this.report(kind)?.runs.length ?? 0, 0, "controllers left");
  }

  /** No watch of these objects is left, and for a while no request goes to their URL. */
  async expectUrlEnded(plural: string): Promise<void> {
    await this.flush();
    const since = performance.now();
    this.waitsFor = `the end of all watches of ${plural}`;
    const hasEnded = await this.holdsWithin(() => this.watchesOf(plural) === 0, 1_000);
    this.expect(hasEnded, `${this.watchesOf(plural)} watches of ${plural} open at the server`);
    await this.sleep(QUIET_MS);
    const asked = this.requestsTo(plural, since);
    this.expect(asked.length === 0, `${asked.length} requests to ${asked[0]?.method} ${asked[0]?.path} after its end`);
  }

  /** Breaks or rewrites the lines of CRDs on the watches that are open now; those of others are left as they are. */
  rewriteCrds(map: (event: { type: string; object: KubeObject }) => readonly object[]): void {
    const name = `.${this.group}`;
    const mapLine = (line: Buffer): readonly Buffer[] => {
      const event = JSON.parse(line.toString()) as { type: string; object: KubeObject }; // A watch sends nothing else.
      if (event.object.kind !== "CustomResourceDefinition" || !event.object.metadata.name?.endsWith(name)) return [line];
      return map(event).map((changed) => Buffer.from(JSON.stringify(changed)));
    };
    const fault: LineFault = { is: "map", map: mapLine };
    this.server.front.disturb(fault);
  }

  sleep(forMs: number): Promise<void> {
    return sleep(forMs, undefined, { signal: this.#scope.signal });
  }

  /** Whether `holds` comes true in time. */
  async holdsWithin(holds: () => boolean, withinMs: number): Promise<boolean> {
    for (const until = performance.now() + withinMs; !holds(); await this.sleep(5)) if (performance.now() > until) return false;
    return true;
  }

  async until(holds: () => boolean, what: string | (() => string), withinMs: number = PATIENCE_MS): Promise<void> {
    const tell = typeof what === "string" ? (): string => what : what;
    this.waitsFor = tell();
    if (!(await this.holdsWithin(holds, withinMs))) throw new Error(`waited ${withinMs} ms in vain for ${tell()}`);
  }

  /** Notes a breach of the expected behaviour. */
  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.findings.push(otherwise);
  }

  expectEqual(found: unknown, expected: unknown, what: string): void {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    this.expect(a === b, `${what}: ${a} instead of ${b}`);
  }

  #isOf(plural: string, path: string): boolean {
    return path.startsWith(`/apis/${this.group}/`) && path.split("/").includes(plural);
  }

  #openManager(): OpenManager {
    const { speed = 1, livesAllowed, crdSelector } = this.#options;
    const clock = speed === 1 ? systemClock : fastClock(speed);
    return openManager({
      client: this.client,
      plugins: this.plugins,
      clock,
      log: silentLog,
      ...(livesAllowed !== undefined && { livesAllowed }),
      ...(crdSelector !== undefined && { crdSelector }),
    });
  }
}

export const isRunning = (report: KindReport | undefined): boolean => report?.state === "Running";
export const isGone = (report: KindReport | undefined): boolean => report === undefined || report.state === "Absent";

/** Opens what a row is played on; all of it ends with `scope`. */
export async function openStage(scope: Scope, options: StageOptions): Promise<Stage> {
  const server = await openServer(scope, options.real, options.user ?? "anything");
  const client = scope.own(openClient({ credentials: await loadCredentials({ kubeconfig: server.kubeconfig }) }));
  const plugins = openPluginHost({ hostVersion: "1.0.0", log: silentLog });
  scope.defer(() => plugins.close());
  const stage = new Stage({ scope, server, client, plugins, options });
  scope.defer(() => cleanUp(stage));
  return stage;
}

/** A real server is shared: the row takes its CRDs along. */
async function cleanUp({ server, group, isReal }: Stage): Promise<void> {
  if (!isReal) return;
  const { items } = await server.hand.list(CRD_RESOURCE);
  const own = items.filter(({ metadata }) => metadata.name.endsWith(`.${group}`));
  await Promise.all(own.map(({ metadata: { name } }) => server.hand.delete(CRD_RESOURCE, { name })));
}
