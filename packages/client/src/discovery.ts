import { compareKubeVersions, groupKindText, type Resource } from "@polykind/apimachinery";
import { type Clock, isPolykindError, PolykindError } from "@polykind/core";
import { SharedRun } from "./shared-run.ts";

/** Which kind is looked for. */
export interface KindQuery {
  readonly group: string;
  readonly kind: string;
  /** Default: the one that the server prefers among those that have the kind. */
  readonly version?: string;
}

/** How discovery asks the server: the JSON value at a path; `KIND_NOT_SERVED` when there is none. */
export type Ask = (path: string, signal: AbortSignal) => Promise<unknown>;

/** How long an answer stands: what was found may have gone, or be served otherwise, without a word to us. */
const KEPT_FOR_MS = 600_000;
/** How long a "not found" stands before the server is asked again. */
const ASK_AGAIN_AFTER_MS = 1_000;

interface Answered {
  readonly value: unknown;
  readonly at: number;
}

/**
 * Finds the resource that serves a kind.
 *
 * Guarantees: only the group that is asked for is looked at, so that a broken one disturbs no other; each document is asked for once by all who wait for it;
 * answers are kept for ten minutes, or until {@link Discovery.forget}, which counts for those on their way, too; what is not found is asked for anew, at most once a second.
 */
export class Discovery {
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #answers = new Map<string, Answered>();
  readonly #runs = new Map<string, SharedRun<unknown>>();

  constructor(ask: Ask, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** Rejects with `KIND_NOT_SERVED`, or with why the server could not be asked. */
  async resourceFor(query: KindQuery, signal: AbortSignal): Promise<Resource> {
    for (const isKept of [true, false]) {
      const found = await this.#search(query, isKept ? KEPT_FOR_MS : ASK_AGAIN_AFTER_MS, signal);
      if (found !== undefined) return found;
    }
    const { group, kind, version } = query;
    const as = version === undefined ? groupKindText({ group, kind }) : `${groupKindText({ group, kind })} at ${version}`;
    throw new PolykindError(
      "KIND_NOT_SERVED",
      `cannot find kind ${as}: the server does not serve it; is its CustomResourceDefinition installed?`,
      {
        facts: { group, kind, ...(version !== undefined && { version }) },
      },
    );
  }

  /** Forgets what was said of a group. */
  forget(group: string): void {
    const base = basePathOf(group);
    const isOfGroup = (path: string): boolean => path === base || path.startsWith(`${base}/`);
    for (const path of [...this.#answers.keys()].filter(isOfGroup)) this.#answers.delete(path);
    for (const path of [...this.#runs.keys()].filter(isOfGroup)) this.#runs.delete(path);
  }

  async #search({ group, kind, version }: KindQuery, maxAgeMs: number, signal: AbortSignal): Promise<Resource | undefined> {
    const versions = version === undefined ? await this.#versionsOf(group, maxAgeMs, signal) : [version];
    for (const version of versions) {
      const list = await this.#document(`${basePathOf(group)}/${encodeURIComponent(version)}`, maxAgeMs, signal);
      const found = findKind(list, { group, version, kind });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #versionsOf(group: string, maxAgeMs: number, signal: AbortSignal): Promise<readonly string[]> {
    const document = await this.#document(basePathOf(group), maxAgeMs, signal);
    return group === "" ? coreVersionsOf(document) : versionsOf(document);
  }

  /** The document at `path`, or `undefined` when there is none. */
  async #document(path: string, maxAgeMs: number, signal: AbortSignal): Promise<unknown> {
    const kept = this.#answers.get(path);
    if (kept !== undefined && this.#clock.elapsed() - kept.at < maxAgeMs) return kept.value;
    return (this.#runs.get(path) ?? this.#begin(path)).join(signal);
  }

  #begin(path: string): SharedRun<unknown> {
    const run: SharedRun<unknown> = new SharedRun(async (signal) => {
      try {
        const value = await this.#fetch(path, signal);
        if (this.#runs.get(path) === run) this.#answers.set(path, { value, at: this.#clock.elapsed() });
        return value;
      } finally {
        if (this.#runs.get(path) === run) this.#runs.delete(path);
      }
    });
    this.#runs.set(path, run);
    return run;
  }

  async #fetch(path: string, signal: AbortSignal): Promise<unknown> {
    try {
      return await this.#ask(path, signal);
    } catch (cause) {
      if (isPolykindError(cause, "KIND_NOT_SERVED", "API_NOT_FOUND")) return undefined;
      throw cause;
    }
  }
}

function basePathOf(group: string): string {
  return group === "" ? "/api" : `/apis/${encodeURIComponent(group)}`;
}

/** Of an `APIGroup`: the preferred version, then the others, newest and most stable first. */
function versionsOf(document: unknown): readonly string[] {
  const group = document as { readonly versions?: unknown; readonly preferredVersion?: { readonly version?: unknown } } | undefined; // fields are checked
  const served = Array.isArray(group?.versions) ? group.versions.map((entry: { readonly version?: unknown } | null) => entry?.version) : [];
  const names = served.filter((name) => typeof name === "string").toSorted(compareKubeVersions);
  const preferred = group?.preferredVersion?.version;
  return typeof preferred === "string" ? [preferred, ...names.filter((name) => name !== preferred)] : names;
}

/** Of the `APIVersions` at `/api`. */
function coreVersionsOf(document: unknown): readonly string[] {
  const { versions } = (document ?? {}) as { readonly versions?: unknown }; // checked in the next line
  return Array.isArray(versions) ? versions.filter((name) => typeof name === "string") : [];
}

/** The resource of an `APIResourceList` that has the kind; subresources, whose names have a slash, do not count. */
function findKind(
  list: unknown,
  wanted: { readonly group: string; readonly version: string; readonly kind: string },
): Resource | undefined {
  const { resources } = (list ?? {}) as { readonly resources?: unknown }; // checked in the next line
  if (!Array.isArray(resources)) return undefined;
  const entries = resources as readonly (Readonly<Record<string, unknown>> | null)[]; // each is checked in the next line
  const entry = entries.find(
    (entry) => entry?.["kind"] === wanted.kind && typeof entry["name"] === "string" && !entry["name"].includes("/"),
  );
  if (!entry) return undefined;
  const { group, version, kind } = wanted;
  return { group, version, kind, plural: String(entry["name"]), resourceScope: entry["namespaced"] === true ? "Namespaced" : "Cluster" };
}
