import {
  compareKubeVersions,
  type CrdDescriptor,
  type CustomResourceDefinition,
  describeCrd,
  type GroupKind,
} from "@polykind/apimachinery";
import type { Client, DiscoveredResource } from "@polykind/client";
import { type Clock, isPolykindError, messageOf, type Random, type Timer } from "@polykind/core";
import type { Log } from "@polykind/telemetry";

/** What {@link StandIn} needs. */
export interface StandInOptions {
  readonly client: Pick<Client, "list" | "resourcesOf">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The kinds that are looked for. */
  readonly wanted: () => readonly GroupKind[];
  /** Whether the kind of this CRD is known better than by discovery. */
  readonly isKnown: (name: string) => boolean;
  readonly onKind: (crd: CrdDescriptor) => void;
  readonly onGone: (name: string, uid: string) => void;
}

/** A kind as discovery has told of it. */
interface Assumed {
  /** Stands for the uid of the CRD, as long as this life lasts. */
  readonly uid: string;
  readonly seenAt: number;
  readonly resource: DiscoveredResource;
  /** The CRD's own, once that could be read. */
  readonly realUid?: string;
}

/** In milliseconds, a quarter more or less. */
const LOOK_EVERY_MS = 30_000;

/**
 * Stands in for the informer of CRDs while we may not read them: looks for the wanted kinds in discovery, and makes CRDs of what it finds.
 *
 * Guarantees: a kind goes only when its whole group could be read, does not have it, and its collection answers 404; when its CRD can be read at last, it stays the life that it was.
 */
export class StandIn {
  readonly #options: StandInOptions;
  readonly #assumed = new Map<string, Assumed>();
  readonly #first = Promise.withResolvers<void>();
  #looking: AbortController | undefined;
  #timer: Timer | undefined;
  #lives = 0;

  constructor(options: StandInOptions) {
    this.#options = options;
  }

  /** Resolves when it has looked once. */
  get looked(): Promise<void> {
    return this.#first.promise;
  }

  get isStanding(): boolean {
    return this.#looking !== undefined;
  }

  /** Begins to look, unless it does already. */
  begin(why: string): void {
    if (this.#looking !== undefined) return;
    this.#options.log.warn("cannot read CustomResourceDefinitions: the kinds that plugins name are looked for in discovery", { why });
    this.#looking = new AbortController();
    void this.#look(this.#looking.signal); // It never rejects.
  }

  /** Looks at once, if it looks at all. */
  hurry(): void {
    if (this.#looking === undefined) return;
    this.#timer?.cancel();
    void this.#look(this.#looking.signal); // It never rejects.
  }

  /** The CRDs can be read again, and these are there: what discovery told besides is gone. */
  end(has: (name: string) => boolean): void {
    this.stop();
    for (const [name, { uid, realUid }] of this.#assumed) if (realUid === undefined && !has(name)) this.#lose(name, uid);
  }

  /** Looks no more. */
  stop(): void {
    this.#looking?.abort();
    this.#looking = undefined;
    this.#timer?.cancel();
  }

  /** What is read of a CRD, in the life as which its kind is known. */
  adopt(crd: CustomResourceDefinition): CrdDescriptor {
    const { name, uid, creationTimestamp } = crd.metadata;
    const known = this.#assumed.get(name);
    // A CRD that is younger than what was seen is another life.
    if (known !== undefined && known.realUid === undefined && !(Date.parse(creationTimestamp ?? "") > known.seenAt))
      this.#assumed.set(name, { ...known, realUid: uid });
    return { ...describeCrd(crd), uid: this.uidOf(name, uid) };
  }

  /** This life is over. */
  forget(name: string, uid: string): void {
    if (this.#assumed.get(name)?.uid === uid) this.#assumed.delete(name);
  }

  /** By what the life of this CRD is known. */
  uidOf(name: string, uid: string): string {
    const known = this.#assumed.get(name);
    return known?.realUid === uid ? known.uid : uid;
  }

  /** Whether the kind of this CRD is still served. */
  async confirm(name: string, signal: AbortSignal): Promise<"there" | "absent" | "unknown"> {
    const known = this.#assumed.get(name);
    if (known === undefined) return "unknown";
    const { group, kind } = known.resource;
    try {
      const found = await this.#options.client.resourcesOf(group, { signal });
      if (found.some((resource) => resource.kind === kind)) return "there";
      if (!(await this.#isMissing(known, signal))) return "there";
      // What comes after it is another life.
      if (this.#assumed.get(name) === known) this.#assumed.delete(name);
      return "absent";
    } catch {
      return "unknown";
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const groups = Map.groupBy(this.#options.wanted(), ({ group }) => group);
    await Promise.all([...groups].map(([group, kinds]) => this.#lookInto(group, kinds, signal)));
    if (signal.aborted) return;
    this.#first.resolve();
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(LOOK_EVERY_MS * (0.75 + this.#options.random() / 2), () => void this.#look(signal)); // as above
  }

  /** What a group that cannot be read as a whole does not tell says nothing. */
  async #lookInto(group: string, kinds: readonly GroupKind[], signal: AbortSignal): Promise<void> {
    try {
      const found = await this.#options.client.resourcesOf(group, { signal });
      for (const { kind } of kinds) {
        const served = found.filter((resource) => resource.kind === kind);
        const [first] = served;
        if (first !== undefined) this.#see(first, served);
        else await this.#miss({ group, kind }, signal);
      }
    } catch (cause) {
      if (!signal.aborted) this.#options.log.debug("cannot read discovery of a group", { group, cause: messageOf(cause) });
    }
  }

  #see(resource: DiscoveredResource, served: readonly DiscoveredResource[]): void {
    const name = `${resource.plural}.${resource.group}`;
    if (this.#options.isKnown(name)) return;
    const known = this.#assumed.get(name) ?? { uid: `discovery-${(this.#lives += 1)}`, seenAt: this.#options.clock.now(), resource };
    this.#assumed.set(name, known);
    this.#options.onKind(assumedCrd(known.uid, served));
  }

  async #miss({ group, kind }: GroupKind, signal: AbortSignal): Promise<void> {
    for (const [name, known] of this.#assumed)
      if (known.resource.group === group && known.resource.kind === kind && (await this.#isMissing(known, signal)))
        this.#lose(name, known.uid);
  }

  async #isMissing({ resource }: Assumed, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.client.list(resource, { limit: 1, signal });
      return false;
    } catch (cause) {
      return isPolykindError(cause, "KIND_NOT_SERVED");
    }
  }

  #lose(name: string, uid: string): void {
    this.#assumed.delete(name);
    this.#options.onGone(name, uid);
  }
}

/** The CRD as far as discovery tells of it. */
function assumedCrd(uid: string, served: readonly DiscoveredResource[]): CrdDescriptor {
  const [{ group, kind, plural, resourceScope, verbs }] = served as readonly [DiscoveredResource]; // there is at least one
  return {
    name: `${plural}.${group}`,
    uid,
    resourceVersion: "0",
    generation: 0,
    labels: {},
    annotations: {},
    group,
    names: { plural, kind },
    resourceScope,
    versions: served
      .map(({ version, subresources }) => ({
        name: version,
        isServed: true,
        isStorage: false,
        isDeprecated: false,
        schemaHash: "",
        bodyHash: "",
        hasStatus: subresources.includes("status"),
        hasScale: subresources.includes("scale"),
        selectableFields: [],
      }))
      .toSorted((a, b) => compareKubeVersions(a.name, b.name)),
    storedVersions: [],
    conversion: { strategy: "None", hash: "" },
    isEstablished: true,
    namesAccepted: { status: "True", reason: "", message: "" },
    // While a CRD is deleted its objects can only be read and deleted.
    isTerminating: verbs.includes("deletecollection") && !verbs.includes("create"),
    isAssumed: true,
  };
}
