import type { LoadedPlugin, PluginHost, PluginRecord } from "@polykind/plugin-host";
import { pluginKeyOf } from "./kind/plugin-key.ts";

/** What tells one state of a plugin's code from another. */
export function digestOf({ digest, version }: PluginRecord): string {
  return `${version}@${digest}`;
}

/** A plugin in one state of its code, as a kind knows it that needs it: see {@link pluginKeyOf}. */
export interface PluginNeed {
  readonly plugin: string;
  readonly digest: string;
}

/**
 * The plugins of a host, and those that it has no more but that a kind still needs: a plugin that was removed finalizes what carries its finalizer.
 */
export class PluginMemory {
  readonly #host: Pick<PluginHost, "records">;
  #last: readonly PluginRecord[];
  #removed: readonly LoadedPlugin[] = [];

  constructor(host: Pick<PluginHost, "records">) {
    this.#host = host;
    this.#last = host.records;
  }

  /** Those that the host has no more. */
  get removed(): readonly LoadedPlugin[] {
    return this.#removed;
  }

  /** Plugins came or went: those that went are remembered. */
  renew(): void {
    const now = this.#host.records;
    const isThere = (record: PluginRecord): boolean => now.some((other) => isSame(other, record));
    const went = this.#last.filter((record): record is LoadedPlugin => record.state === "loaded");
    this.#removed = [...this.#removed, ...went].filter((record) => !isThere(record));
    this.#last = now;
  }

  /** The plugin that is needed, be it one that the host has no more. */
  find({ plugin, digest }: PluginNeed): LoadedPlugin | undefined {
    const isIt = (record: PluginRecord): record is LoadedPlugin =>
      record.state === "loaded" && pluginKeyOf(record.plugin) === plugin && digestOf(record) === digest;
    return this.#host.records.find(isIt) ?? this.#removed.find(isIt);
  }

  /** Forgets those that the host has no more and nobody needs. */
  keep(needs: () => readonly PluginNeed[]): void {
    if (this.#removed.length === 0) return;
    const needed = needs();
    this.#removed = this.#removed.filter((record) =>
      needed.some(({ plugin, digest }) => plugin === pluginKeyOf(record.plugin) && digest === digestOf(record)),
    );
  }
}

function isSame(a: PluginRecord, b: PluginRecord): boolean {
  return a.state === "loaded" && a.name === b.name && digestOf(a) === digestOf(b);
}
