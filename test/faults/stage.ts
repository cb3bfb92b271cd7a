import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type FaultTarget, type FaultyServer, openFaultyServer, seededRandom, type SeenRequest } from "@polykind/testing";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { type Contender, type ContenderOptions, type OpenContender, stampOf } from "./contender.ts";
import { writeKubeconfig } from "./kubeconfig-file.ts";
import { RESOURCES } from "./ours.ts";

const SPACES = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", resourceScope: "Cluster" } as const;

const STOP_WITHIN_MS = 3_000;

/** How contenders and the server before them are opened. */
export type StageSettings = Pick<ContenderOptions, "speed" | "plurals" | "seed"> & {
  readonly who: Contender["name"];
  readonly maxLineBytes?: number;
  readonly protocol: "h2" | "h1";
};

/** An embedded API server with a hand to change its objects behind the back of the contender. */
export interface Truth {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly target: FaultTarget;
}

/** Opens an API server of its own with these namespaces. */
export async function openTruth(namespaces: readonly string[]): Promise<Truth> {
  const sandbox = await openSandbox();
  const client = openClient({ credentials: await loadCredentials({ kubeconfig: await writeKubeconfig(sandbox.kubeconfig) }) });
  for (const name of namespaces) await client.create(SPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const ca = Buffer.from(/certificate-authority-data: (\S+)/.exec(sandbox.kubeconfig)?.[1] ?? "", "base64").toString();
  const token = /token: (\S+)/.exec(sandbox.kubeconfig)?.[1] ?? "";
  return { sandbox, client, target: { url: sandbox.url, ca, authorization: `Bearer ${token}` } };
}

/** Where one scenario meets one contender: a server, the faults before it, and the contender. */
export class Stage {
  truth: Truth;
  readonly server: FaultyServer;
  readonly namespaces: readonly string[];
  readonly #open: OpenContender;
  readonly #kubeconfig: string;
  readonly #settings: StageSettings;
  readonly #others: Truth[] = [];
  /** `uid@version` of everything that the server has ever stored. */
  readonly known: Set<string> = new Set();
  /** What ours, or anybody, did against the expected behaviour. */
  readonly findings: string[] = [];
  /** What was measured, for the line. */
  readonly remarks: string[] = [];
  contender: Contender | undefined;
  /** What the row waits for now; told when it waits in vain. */
  waitsFor = "the server";
  #count = 0;
  readonly #ending = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(parts: {
    readonly truth: Truth;
    readonly server: FaultyServer;
    readonly namespaces: readonly string[];
    readonly open: OpenContender;
    readonly kubeconfig: string;
    readonly settings: StageSettings;
  }) {
    this.truth = parts.truth;
    this.server = parts.server;
    this.namespaces = parts.namespaces;
    this.#open = parts.open;
    this.#kubeconfig = parts.kubeconfig;
    this.#settings = parts.settings;
  }

  get namespace(): string {
    return this.namespaces[0] ?? "default";
  }

  get isOurs(): boolean {
    return this.#settings.who === "ours";
  }

  /** Opens the contender; waits for its first list unless told otherwise. */
  async start({
    isCold = false,
    kubeconfig = this.#kubeconfig,
  }: {
    readonly isCold?: boolean;
    readonly kubeconfig?: string;
  } = {}): Promise<void> {
    this.contender = await this.#open({ kubeconfig, namespaces: this.namespaces, ...this.#settings });
    if (isCold) return;
    for (const plural of this.#settings.plurals) await this.until(() => this.has(plural), 30_000, `the first list of ${plural}`);
    await this.until(
      () => this.server.openWatches() >= this.#settings.plurals.length * this.namespaces.length,
      15_000,
      "the first watches",
    );
  }

  has(plural: string): boolean {
    return this.contender?.hasSynced(plural) === true;
  }

  cached(plural: string = "configmaps"): ReadonlyMap<string, string> {
    return this.contender?.cache(plural) ?? new Map();
  }

  get kubeconfig(): string {
    return this.#kubeconfig;
  }

  /** Creates so many objects, in the process of the server. */
  async populate(count: number): Promise<void> {
    const { namespace } = this;
    for (let made = 0; made < count; made += 1) {
      const name = `o${(this.#count += 1)}`;
      const outcome = await this.truth.sandbox.load({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: {} });
      if (!outcome.isAccepted) throw new Error(outcome.reason);
    }
    const { items } = await this.truth.client.list(RESOURCES["configmaps"]!, { namespace }); // of the scenarios
    for (const object of items) this.#note(object);
  }

  async create(
    name: string = `o${(this.#count += 1)}`,
    content: Readonly<Record<string, string>> = {},
    plural: string = "configmaps",
  ): Promise<string> {
    const resource = RESOURCES[plural]!; // Only kinds of the scenarios are asked for.
    const metadata = { name, namespace: this.namespace };
    this.#note(await this.truth.client.create(resource, { apiVersion: "v1", kind: resource.kind, metadata, data: content }));
    return name;
  }

  async change(name: string, plural: string = "configmaps"): Promise<void> {
    const body = { metadata: { labels: { n: String((this.#count += 1)) } } };
    const at = { namespace: this.namespace, name };
    this.#note(await this.truth.client.patch(RESOURCES[plural]!, at, { type: "merge", body })); // as above
  }

  async remove(name: string): Promise<void> {
    await this.truth.client.delete(RESOURCES["configmaps"]!, { namespace: this.namespace, name }); // as above
  }

  /** A create, a change and a remove. */
  async stir(): Promise<void> {
    const [first, second] = [await this.create(), await this.create()];
    await this.change(first);
    await this.remove(second);
  }

  /** Puts the contender before another API server, as after a restore of another backup. */
  async swapTruth(): Promise<Truth> {
    const before = this.truth;
    this.#others.push(before);
    this.truth = await openTruth(this.namespaces);
    this.server.retarget(this.truth.target);
    return before;
  }

  /** A list of a single object is none: it only asks where the server is. */
  requests(verb: SeenRequest["verb"], since: number = 0, part: string = "/configmaps"): readonly SeenRequest[] {
    return this.server.requests.filter(
      ({ verb: asked, at, path, query }) => asked === verb && at >= since && path.includes(part) && query.get("limit") !== "1",
    );
  }

  /** Rejects when the stage closes. */
  sleep(forMs: number): Promise<void> {
    return sleep(forMs, undefined, { signal: this.#ending.signal });
  }

  /** Whether `holds` came true in time. */
  async waitFor(holds: () => boolean, withinMs: number): Promise<boolean> {
    const until = performance.now() + withinMs;
    while (!holds()) {
      if (performance.now() > until) return false;
      await this.sleep(10);
    }
    return true;
  }

  async until(holds: () => boolean, withinMs: number, what: string): Promise<void> {
    this.waitsFor = what;
    if (!(await this.waitFor(holds, withinMs))) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
  }

  /** Notes a breach of the expected behaviour. */
  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.findings.push(otherwise);
  }

  async list(plural: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const namespace of this.namespaces) {
      const { items } = await this.truth.client.list(RESOURCES[plural]!, { namespace }); // as above
      for (const object of items) found.set(object.metadata.name, stampOf(object));
    }
    return found;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    // A contender that does not stop must not keep the servers open.
    await Promise.race([this.contender?.stop(), sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    await this.server.close();
    for (const { client, sandbox } of [this.truth, ...this.#others]) {
      await client.close();
      await sandbox.close();
    }
  }

  #note(object: KubeObject): void {
    this.known.add(stampOf(object));
  }
}

/** Opens an API server with faults before it; the contender is not there yet. */
export async function openStage(open: OpenContender, settings: StageSettings & { readonly namespaces: number }): Promise<Stage> {
  const namespaces = Array.from({ length: settings.namespaces }, (_, index) => `faults-${index}`);
  const truth = await openTruth(namespaces);
  const { ca, certificate: cert, key } = makeCertificates("127.0.0.1", Date.now());
  const { seed, protocol } = settings;
  const server = await openFaultyServer({ target: truth.target, certificate: { cert, key }, random: seededRandom(seed), protocol });
  const kubeconfig = truth.sandbox.kubeconfig
    .replace(truth.sandbox.url, server.url)
    .replace(/certificate-authority-data: \S+/, `certificate-authority-data: ${Buffer.from(ca).toString("base64")}`);
  const { namespaces: _, ...rest } = settings;
  return new Stage({ truth, server, namespaces, open, kubeconfig, settings: rest });
}
