import { compare } from "semver";
import type { LoadedPlugin, PluginRecord } from "./record.ts";
import { refusal } from "./refusal.ts";

/**
 * The records as they count: of several plugins of one name the one with the highest semver is loaded, of equal ones the first; the others are
 * rejected with `PLUGIN_CONFLICT`, naming the one that is used. One file that two sources hold is one plugin. Loaded ones come first, else the order stays.
 *
 * Pure: a winner that goes lets the next one win.
 */
export function arbitrate(records: readonly PluginRecord[]): readonly PluginRecord[] {
  const winnerByName = new Map<string, LoadedPlugin>();
  for (const record of records) {
    if (record.state !== "loaded") continue;
    const best = winnerByName.get(record.name);
    if (best === undefined || compare(record.version, best.version) > 0) winnerByName.set(record.name, record);
  }
  const counted = records.flatMap((record): readonly PluginRecord[] => {
    const winner = winnerByName.get(record.name);
    if (record.state !== "loaded" || winner === undefined || winner === record) return [record];
    return record.file !== undefined && record.file === winner.file ? [] : [lost(record, winner)];
  });
  return [...counted.filter(({ state }) => state === "loaded"), ...counted.filter(({ state }) => state === "rejected")];
}

function lost(record: LoadedPlugin, winner: LoadedPlugin): PluginRecord {
  const why = compare(record.version, winner.version) < 0 ? "is newer" : "was there before";
  const error = refusal(
    "PLUGIN_CONFLICT",
    placeOf(record),
    `${record.name} ${record.version} gives way to ${winner.version} of ${placeOf(winner)}, which ${why}`,
    {
      facts: { version: record.version, used: winner.version, usedFile: winner.file },
    },
  );
  return { ...record, plugin: undefined, state: "rejected", error };
}

function placeOf({ file, source }: Pick<PluginRecord, "file" | "source">): string {
  return file ?? source;
}

/** What is to be told when `before` became `after`: see {@link PluginNotices}. */
export interface RecordChanges {
  readonly removed: readonly LoadedPlugin[];
  readonly loaded: readonly LoadedPlugin[];
  readonly rejected: readonly PluginRecord[];
}

/** Compares by name what is loaded, and by file and reason what is rejected. Pure. */
export function changesBetween(before: readonly PluginRecord[], after: readonly PluginRecord[]): RecordChanges {
  const isLoaded = (record: PluginRecord): record is LoadedPlugin => record.state === "loaded";
  const names = new Set(after.filter(isLoaded).map(({ name }) => name));
  const known = new Set(before);
  const refused = new Set(before.map(refusalKey));
  return {
    removed: before.filter(isLoaded).filter(({ name }) => !names.has(name)),
    loaded: after.filter(isLoaded).filter((record) => !known.has(record)),
    rejected: after.filter((record) => record.state === "rejected" && !refused.has(refusalKey(record))),
  };
}

function refusalKey({ source, file, error }: PluginRecord): string {
  return JSON.stringify([source, file, error?.message]);
}
