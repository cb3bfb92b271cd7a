import type { PolykindError } from "@polykind/core";
import type { Plugin } from "@polykind/plugin";
import type { PluginManifest } from "./manifest.ts";

interface RecordFacts {
  /** The plugin's name; of one that was rejected before it told its name, that of its package or file. */
  readonly name: string;
  /** Semver; `0.0.0` where neither plugin nor package tells one. */
  readonly version: string;
  /** As it was given to `add`, or `in-process`. */
  readonly source: string;
  /** The file whose default export it is, absolute. Absent for plugins made in this process, and where none was found. */
  readonly file?: string;
  /** The static manifest, of plugins that are packages. */
  readonly manifest?: PluginManifest;
  /** Unix milliseconds. */
  readonly loadedAt: number;
  /** Differs when any file of the plugin differs: `sha256-…` of those that were read. Empty when none was. */
  readonly digest: string;
}

/** A plugin that is ready to be matched with kinds. */
export interface LoadedPlugin extends RecordFacts {
  readonly state: "loaded";
  readonly plugin: Plugin;
  readonly error?: undefined;
}

/** A plugin that was found and is not used. */
export interface RejectedPlugin extends RecordFacts {
  readonly state: "rejected";
  readonly plugin?: undefined;
  /**
   * `PLUGIN_INVALID` (does not parse, or is not a plugin), `PLUGIN_INCOMPATIBLE` (asks for another host), `PLUGIN_FAILED` (threw while
   * loading, or did not end) or `PLUGIN_CONFLICT` (another of the same name is used).
   */
  readonly error: PolykindError;
}

/** What became of one plugin that was found. */
export type PluginRecord = LoadedPlugin | RejectedPlugin;
