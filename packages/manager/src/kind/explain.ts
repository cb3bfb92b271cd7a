import type { ResourceScope } from "@polykind/apimachinery";
import type { StopReason } from "@polykind/plugin";
import { type Awaited, awaitsOf } from "./explain-awaits.ts";
import { type Evidence, evidenceOf, type Sight } from "./explain-evidence.ts";
import { evidenceOfFinding } from "./explain-diagnosis.ts";
import type { History, Life, Release } from "./explain-history.ts";
import { pluginNameOf } from "./plugin-key.ts";
import type { KindReport } from "./report.ts";
import type { KindState } from "./state.ts";
import type { Diagnosis } from "./suspicion.ts";

/** What was let go when a plugin's controller on a kind ended: its queue, timers, hold on the cache and series. */
export interface ReleaseReport {
  readonly plugin: string;
  readonly version: string;
  readonly epoch: number;
  readonly reason: StopReason;
  /** RFC 3339: when nothing of it was left. */
  readonly at: string;
  /** From when it was told to stop, in milliseconds. */
  readonly tookMs: number;
  /** Objects in its cache when it was told to stop; absent when it had not come up. */
  readonly objects?: number;
  /** How many of them carried its finalizer; absent when none did. */
  readonly carriers?: number;
  readonly reconciles: number;
  /** Hooks of the plugin that did not end in time. */
  readonly leaked: number;
}

/** One life of a CRD, with what was let go in it. */
export interface LifeReport {
  /** The CRD's uid. */
  readonly incarnation: string;
  readonly resourceScope: ResourceScope;
  /** RFC 3339: when this process saw it first. */
  readonly since: string;
  /** RFC 3339; absent while it lasts. */
  readonly until?: string;
  /** `CRDGone`: there was no CRD after it. `Replaced`: it was seen as another at once. Absent while it lasts. */
  readonly end?: "CRDGone" | "Replaced";
  /** Oldest first; at most ten, the last ones. */
  readonly releases: readonly ReleaseReport[];
  /** How many more there were before those. */
  readonly releasesBefore: number;
}

/** Why a kind is where it is, what it waits for, and what it was. */
export interface KindExplanation extends KindReport {
  /** The facts that led to the state. */
  readonly evidence: readonly Evidence[];
  /** What is to happen before the state changes for the better, and who must act. Empty when nothing is awaited. */
  readonly awaits: readonly Awaited[];
  /** RFC 3339: when something is tried or looked at again, at the earliest. Absent when nothing is. */
  readonly nextAttempt?: string;
  /** The lives of the CRD, oldest first; at most ten, the last ones. */
  readonly lives: readonly LifeReport[];
  /** How many more there were before those. */
  readonly livesBefore: number;
}

/** What is known of a slot besides its report. */
export interface Known extends Sight {
  readonly state: KindState;
  readonly history: History;
  /** The names of CRDs that hold names which this one wants. */
  readonly rivals: readonly string[];
  /** What is known of why the server refuses it; absent where nothing was asked. */
  readonly diagnosis?: Diagnosis | undefined;
}

/** Explains a kind of which there is a slot: pure. */
export function explainKind(report: KindReport, { state, history, rivals, diagnosis, ...sight }: Known): KindExplanation {
  const awaits = awaitsOf({ ...sight, state, judgement: report, dueAt: history.dueAt, rivals, diagnosis });
  const [nextAttempt] = awaits.flatMap(({ at }) => (at === undefined ? [] : [at])).toSorted();
  return {
    ...report,
    evidence: [...evidenceOf(state, sight), ...evidenceOfFinding(diagnosis)],
    awaits,
    ...(nextAttempt !== undefined && { nextAttempt }),
    lives: history.lives.map(reportLife),
    livesBefore: report.incarnations - history.lives.length,
  };
}

/** Explains a kind that a plugin wants and of which no CRD was ever seen: pure. */
export function explainAbsent(report: KindReport): KindExplanation {
  return {
    ...report,
    evidence: [
      { of: "CRD", type: "Installed", status: "False" },
      { of: "manager", type: "Wanted", status: "True", ...(report.message !== undefined && { message: report.message }) },
    ],
    awaits: [{ what: "a CustomResourceDefinition of this kind", who: "whoever installs it" }],
    lives: [],
    livesBefore: 0,
  };
}

function reportLife({ uid, resourceScope, seenAt, ended, releases, releasesBefore }: Life): LifeReport {
  return {
    incarnation: uid,
    resourceScope,
    since: timeOf(seenAt),
    ...(ended !== undefined && { until: timeOf(ended.at), end: ended.by }),
    releases: releases.map(reportRelease),
    releasesBefore,
  };
}

function reportRelease({ plugin, toldAt, at, objects, carriers, ...rest }: Release): ReleaseReport {
  return {
    plugin: pluginNameOf(plugin),
    ...rest,
    at: timeOf(at),
    tookMs: at - toldAt,
    ...(objects !== undefined && { objects }),
    ...(carriers !== undefined && carriers > 0 && { carriers }),
  };
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
