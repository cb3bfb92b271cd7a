import {
  CRD_RESOURCE,
  type CrdDescriptor,
  type CustomResourceDefinition,
  groupKindText,
  type Resource,
  resourceOf,
  servedVersionsOf,
} from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { type Controller, type ControllerOptions, startController } from "@polykind/controller";
import { type Clock, isPolykindError, messageOf, PolykindError, type Timer } from "@polykind/core";
import type { InformerPool, Lease } from "@polykind/informer";
import type { LoadedPlugin, PluginHost } from "@polykind/plugin-host";
import type { Log } from "@polykind/telemetry";
import { explainAbsent, type KindExplanation } from "./kind/explain.ts";
import type { CrdSelector } from "./kind/exclusion.ts";
import type { Turn } from "./kind/explain-history.ts";
import { findKind, type Lookup } from "./kind/explain-lookup.ts";
import { absentReports, wantedBy } from "./kind/absent.ts";
import { namesOf, rivalsOf } from "./kind/crd-names.ts";
import { pluginNameOf } from "./kind/plugin-key.ts";
import { byName, type KindReport } from "./kind/report.ts";
import type { Unbinding, Verdict } from "./kind/state.ts";
import { addTotals, type Root, type RunTotals, type StartCall } from "./kind/controllers.ts";
import { Supervisor } from "./kind/supervisor.ts";
import { confirm } from "./confirm.ts";
import { inspect } from "./inspector.ts";
import { StandIn } from "./stand-in.ts";
import { verdictOn } from "./verdict.ts";
import { PluginMemory, type PluginNeed } from "./plugin-memory.ts";

/** What the meta-controller needs. */
export interface KindsOptions {
  readonly client: Client;
  readonly informers: InformerPool;
  readonly plugins: PluginHost;
  readonly clock: Clock;
  readonly log: Log;
  /** What every controller gets besides what is its own. */
  readonly controller: Omit<ControllerOptions, "plugin" | "resource" | "incarnation" | "epoch" | "related">;
  /** So many lives of a CRD may end within five minutes; the next ones wait. Default: 3. */
  readonly livesAllowed?: number;
  /** What becomes of a plugin that does not manage a kind any more while objects carry its finalizer. Default: it finalizes on. */
  readonly unbinding?: Unbinding;
  /** Which CRDs this process deals with. Default: all. */
  readonly selector?: CrdSelector;
  /** A controller came up or ended. */
  readonly onTurn?: (turn: Turn) => void;
  /** The kinds of these CRD names have changed; told at most every {@link TELL_EVERY_MS}. */
  readonly onChange: (crds: ReadonlySet<string>) => void;
}

/** Where a plugin was let go of. */
export interface LeftBehind {
  /** The CRD's name. */
  readonly crd: string;
  /** Objects that keep its finalizer; absent where they could not be counted. */
  readonly objects?: number;
}

/** In milliseconds. */
const TELL_EVERY_MS = 50;

/** How a kind is asked for that is not the managed one. */
interface KindQuery {
  readonly group: string;
  readonly kind: string;
  readonly version?: string;
}

/**
 * The meta-controller: its objects are CRDs, and for each it keeps a {@link Supervisor} that runs the plugins of that kind.
 *
 * Guarantees: the CRD object decides, and nothing else; a slot whose CRD has gone and whose runs have ended is forgotten, with its name; once
 * {@link stop} has resolved, nothing is left.
 */
export class Kinds {
  readonly #options: KindsOptions;
  readonly #supervisors = new Map<string, Supervisor>();
  /** Those that may be concerned by what becomes of other kinds: they have stood on one, or missed one. */
  readonly #concerned = new Set<Supervisor>();
  readonly #changed = new Set<string>();
  /** The uids of the CRDs that were there before the start. */
  readonly #oldLives = new Set<string>();
  readonly #ends: (() => void)[] = [];
  readonly #closing = new AbortController();
  readonly #plugins: PluginMemory;
  readonly #standIn: StandIn;
  #lease: Lease<CustomResourceDefinition> | undefined;
  #telling: Timer | undefined;
  #lastEpoch = 0;
  #pastIncarnations = 0;
  #leaked = 0;
  #pastTotals: RunTotals = { reconciles: 0, errors: 0 };
  #isLeading = true;

  constructor(options: KindsOptions) {
    this.#options = options;
    this.#plugins = new PluginMemory(options.plugins);
    const { client, clock, log, plugins, controller } = options;
    this.#standIn = new StandIn({
      client,
      clock,
      log,
      random: controller.random ?? Math.random,
      wanted: () => plugins.records.flatMap(wantedBy),
      isKnown: (name) => this.#isRead(name),
      onKind: (crd) => this.#observe(crd),
      onGone: (name, uid) => this.#lose(name, uid),
    });
  }

  /** Begins to follow CRDs and plugins. Resolves when all present CRDs have been seen; rejects with the signal's reason. */
  async start(signal: AbortSignal): Promise<void> {
    const { informers, plugins } = this.#options;
    this.#plugins.renew();
    this.#lease = await informers.acquire<CustomResourceDefinition>({ resource: CRD_RESOURCE });
    for (const notice of ["loaded", "removed"] as const) this.#ends.push(plugins.notices.on(notice, () => this.#rejudge()));
    const registration = this.#lease.informer.addHandler({
      added: (crd, { isInitial }) => {
        if (isInitial) this.#oldLives.add(crd.metadata.uid);
        this.#observe(this.#standIn.adopt(crd));
      },
      changed: (crd) => this.#observe(this.#standIn.adopt(crd)),
      deleted: ({ metadata: { name, uid } }) => this.#lose(name, this.#standIn.uidOf(name, uid)),
    });
    this.#ends.push(() => registration.remove(), ...this.#followRights(this.#lease.informer));
    await Promise.race([registration.synced(signal), this.#standIn.looked]);
  }

  /** All kinds: those whose CRD is there, those that still stop, and those that a plugin wants and no CRD serves. */
  reports(): readonly KindReport[] {
    const present = this.reportsOf(this.#supervisors.keys());
    const absent = absentReports(this.#options.plugins.records, new Set(present.map(({ name }) => name)));
    return [...present, ...absent].toSorted(byName);
  }

  /** The kinds of these CRDs: those of {@link reports} that have one of them. */
  reportsOf(crds: Iterable<string>): readonly KindReport[] {
    const reports: KindReport[] = [];
    for (const crd of crds) {
      const supervisor = this.#supervisors.get(crd);
      if (supervisor?.isOver === false) reports.push(supervisor.report());
    }
    return reports.toSorted(byName);
  }

  /** The names of the kinds that plugins name, be there a CRD or not; as often as they are named. */
  get wanted(): readonly string[] {
    return this.#options.plugins.records.flatMap(wantedBy).map(groupKindText);
  }

  /** Explains the kind that is meant by `query`: any of {@link reports}, and any whose CRD went so lately that it is remembered. */
  explain(query: string): Lookup<KindExplanation> {
    const known = [...this.#supervisors.values()].map((supervisor) => ({
      names: namesOf(supervisor.name, supervisor.names),
      explain: () => supervisor.explain(this.#rivalsOf(supervisor)),
    }));
    const slots = new Set(known.map(({ names }) => `${names.kind}.${names.group}`));
    const absent = absentReports(this.#options.plugins.records, slots).map((report) => ({
      names: { crd: "", group: report.group, kind: report.kind, others: [] },
      explain: () => explainAbsent(report),
    }));
    const lookup = findKind([...known, ...absent], query);
    return lookup.type === "found" ? { type: "found", found: lookup.found.explain() } : lookup;
  }

  /** Explains the kind of this CRD, while there is one. */
  explanationOf(crd: string): KindExplanation | undefined {
    const supervisor = this.#supervisors.get(crd);
    return supervisor?.explain(this.#rivalsOf(supervisor));
  }

  /** How many lives of CRDs were seen in all. */
  get incarnations(): number {
    return [...this.#supervisors.values()].reduce((sum, { state }) => sum + state.incarnations, this.#pastIncarnations);
  }

  /** What could not be released of controllers that have stopped, and the controllers that are there although nothing wants them. */
  get leaked(): number {
    return this.#supervisors.values().reduce((sum, supervisor) => sum + supervisor.leaked, this.#leaked);
  }

  /** What all controllers have done, also those that have ended. */
  get totals(): RunTotals {
    return [...this.#supervisors.values()].reduce((sum, { totals }) => addTotals(sum, totals), this.#pastTotals);
  }

  /** The number of slots. */
  get size(): number {
    return this.#supervisors.size;
  }

  /** Whether this process may run anything. Until it may, no write is sent, and no controller is there. */
  lead(isLeading: boolean): void {
    this.#isLeading = isLeading;
    for (const supervisor of this.#supervisors.values()) supervisor.lead(isLeading);
  }

  /** Plugins that are removed, and serve some kind's finalizers on. */
  get retired(): readonly LoadedPlugin[] {
    return this.#plugins.removed;
  }

  /** Has a plugin finalize no more where it does not manage a kind any more; says where that was, and how many objects keep its finalizer. */
  letGo(plugin: string): readonly LeftBehind[] {
    const serving = [...this.#supervisors.values()].flatMap((supervisor) =>
      supervisor.retirements.flatMap(({ plugin: key, objects }) => (pluginNameOf(key) === plugin ? [{ supervisor, key, objects }] : [])),
    );
    return serving.map(({ supervisor, key, objects }) => {
      supervisor.letGo(key);
      return { crd: supervisor.name, ...(objects !== undefined && { objects }) };
    });
  }

  /** Stops all controllers, then gives the CRDs' informer back. */
  async stop(): Promise<void> {
    this.#closing.abort();
    for (const end of this.#ends.splice(0)) end();
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor.shutDown()));
    for (const supervisor of this.#supervisors.values()) this.#forget(supervisor);
    this.#telling?.cancel();
    await this.#lease?.release();
  }

  /** While CRDs may not be read, discovery stands in for them. */
  #followRights({ notices, store }: Lease<CustomResourceDefinition>["informer"]): readonly (() => void)[] {
    return [
      notices.on("failed", (error) => {
        if (isPolykindError(error, "API_FORBIDDEN")) this.#standIn.begin(messageOf(error));
      }),
      notices.on("state", ({ phase }) => {
        if (phase === "watching" && this.#standIn.isStanding) this.#standIn.end((name) => store.get({ name }) !== undefined);
      }),
      () => this.#standIn.stop(),
    ];
  }

  #isRead(name: string): boolean {
    const crd = this.#supervisors.get(name)?.state.crd;
    return crd !== undefined && crd.isAssumed !== true;
  }

  #observe(crd: CrdDescriptor): void {
    this.#supervisorOf(crd.name).observe(crd, this.#judge(crd));
    if (crd.isEstablished) this.#tellOthers(crd.name, crd.uid);
  }

  #lose(name: string, uid: string): void {
    this.#standIn.forget(name, uid);
    this.#oldLives.delete(uid);
    const supervisor = this.#supervisors.get(name);
    if (supervisor === undefined) return;
    supervisor.lose(uid);
    this.#tellOthers(name, undefined);
    this.#forgetIfOver(name);
  }

  #tellOthers(name: string, uid: string | undefined): void {
    for (const other of this.#concerned) if (other.name !== name) other.observeOther(name, uid);
  }

  #supervisorOf(name: string): Supervisor {
    const known = this.#supervisors.get(name);
    if (known !== undefined) return known;
    const { client, clock, log, informers, livesAllowed, unbinding, selector, onTurn } = this.#options;
    const supervisor: Supervisor = new Supervisor({
      name,
      clock,
      log: log.child({ crd: name }),
      epochsBefore: this.#lastEpoch,
      isLeading: this.#isLeading,
      ...(livesAllowed !== undefined && { livesAllowed }),
      ...(unbinding !== undefined && { unbinding }),
      selector,
      ...(onTurn !== undefined && { onTurn }),
      start: (call) => this.#startController(call),
      acquire: (crd, { version, uid }) => this.#acquire(resourceOf(crd, version), uid),
      confirm: (uid) => confirm({ client, log, standIn: this.#standIn, signal: this.#closing.signal }, name, uid),
      diagnose: (suspicion, signal) => inspect(client, suspicion, AbortSignal.any([signal, this.#closing.signal])),
      // Whoever stands on this kind watches it, too.
      expectDisconnect: (uid, expected) => informers.expectDisconnect(uid, expected),
      onChange: () => {
        if (supervisor.isMissingKind) this.#concerned.add(supervisor);
        this.#noteChange(name);
        this.#forgetIfOver(name);
        this.#plugins.keep(() => this.#needs());
      },
    });
    this.#supervisors.set(name, supervisor);
    return supervisor;
  }

  /** The server has nothing to stream yet of a kind that has just appeared, and takes its time to say so. */
  #acquire(resource: Resource, uid: string): Promise<Lease> {
    return this.#options.informers.acquire({ resource, incarnation: uid }, { firstList: this.#oldLives.has(uid) ? "stream" : "auto" });
  }

  #forget(supervisor: Supervisor): void {
    if (this.#supervisors.get(supervisor.name) !== supervisor) return;
    this.#supervisors.delete(supervisor.name);
    this.#concerned.delete(supervisor);
    this.#lastEpoch = Math.max(this.#lastEpoch, supervisor.state.epoch);
    this.#pastIncarnations += supervisor.state.incarnations;
    this.#leaked += supervisor.leaked;
    this.#pastTotals = addTotals(this.#pastTotals, supervisor.totals);
    this.#noteChange(supervisor.name);
  }

  /** A slot is remembered as long as the watch may still tell of a life that is over, or its former lives count. */
  #forgetIfOver(name: string): void {
    const supervisor = this.#supervisors.get(name);
    if (supervisor?.isBlank === true && this.#lease?.informer.store.get({ name }) === undefined) this.#forget(supervisor);
  }

  #judge(crd: CrdDescriptor): Verdict {
    return verdictOn(crd, this.#options.plugins.records);
  }

  #rejudge(): void {
    this.#standIn.hurry();
    this.#plugins.renew();
    for (const supervisor of this.#supervisors.values()) {
      const { crd } = supervisor.state;
      if (crd !== undefined) supervisor.rejudge(this.#judge(crd));
    }
    this.#plugins.keep(() => this.#needs());
  }

  /** The plugins that a kind may start again, or has not done with. */
  #needs(): readonly PluginNeed[] {
    return [...this.#supervisors.values()].flatMap(({ state: { owing, runs } }) => [
      ...owing.values(),
      ...Array.from(runs.values(), ({ target }) => target),
    ]);
  }

  #startController({ crd, target, epoch, isRetiring, signal, standsOn }: StartCall): Promise<Controller> {
    const record = this.#plugins.find(target);
    const plugin = pluginNameOf(target.plugin);
    if (record === undefined) {
      throw new PolykindError("PLUGIN_NOT_FOUND", `cannot start ${plugin} on ${crd.name}: the plugin is not loaded any more`);
    }
    const options: ControllerOptions = {
      ...this.#options.controller,
      log: this.#options.log.child({ kind: groupKindText({ group: crd.group, kind: crd.names.kind }), plugin, epoch }),
      plugin: record.plugin,
      resource: resourceOf(crd, target.version),
      incarnation: target.uid,
      epoch,
      isRetiring,
      canWrite: () => this.#isLeading,
      related: async (kind) => {
        const root = await this.#rootOf(kind, signal);
        const slot = this.#supervisors.get(crd.name);
        if (slot !== undefined) this.#concerned.add(slot);
        standsOn(root);
        return root;
      },
    };
    return startController(options, signal);
  }

  /** Custom kinds are known by their CRDs; only for the others is discovery asked. */
  async #rootOf({ group, kind, version }: KindQuery, signal: AbortSignal): Promise<Root> {
    for (const { state } of this.#supervisors.values()) {
      const { crd } = state;
      if (crd === undefined || crd.group !== group || crd.names.kind !== kind || !crd.isEstablished) continue;
      const served = servedVersionsOf(crd);
      const chosen = version ?? served[0];
      if (chosen !== undefined && served.includes(chosen))
        return { crd: crd.name, incarnation: crd.uid, resource: resourceOf(crd, chosen) };
    }
    return { resource: await this.#options.client.resourceFor({ group, kind, ...(version !== undefined && { version }) }, { signal }) };
  }

  #rivalsOf({ state: { crd } }: Supervisor): readonly string[] {
    const others = this.#supervisors.values().map(({ state }) => state.crd);
    return crd === undefined ? [] : rivalsOf(crd, others);
  }

  #noteChange(name: string): void {
    this.#changed.add(name);
    if (this.#closing.signal.aborted) return;
    this.#telling ??= this.#options.clock.setTimer(TELL_EVERY_MS, () => {
      this.#telling = undefined;
      const changed = new Set(this.#changed);
      this.#changed.clear();
      this.#options.onChange(changed);
    });
  }
}
