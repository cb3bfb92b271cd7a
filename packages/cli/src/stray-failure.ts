import { dirname, sep } from "node:path";
import { isPolykindError, messageOf } from "@polykind/core";
import { type PluginPlace, type PluginRecord, pluginPlacesOf } from "@polykind/plugin-host";
import type { Log } from "@polykind/telemetry";

/** Where failures come up that nobody waits for: the process. */
export interface FailingProcess {
  on(event: "uncaughtException" | "unhandledRejection", listener: (thrown: unknown) => void): unknown;
  off(event: "uncaughtException" | "unhandledRejection", listener: (thrown: unknown) => void): unknown;
}

/** Options of {@link containStrayFailures}. */
export interface ContainOptions {
  readonly log: Log;
  /** The plugins there are: what a file is told to be of. */
  readonly plugins: () => readonly PluginRecord[];
  /** Ends the process, for what no plugin has to answer for. */
  readonly end: (thrown: unknown) => void;
  /** Default: this one. */
  readonly process?: FailingProcess;
}

/**
 * Keeps a promise that a plugin forgot to await, or a timer of it that throws, from ending the process. Disposing takes it back.
 *
 * *Guarantees.* What leads through a plugin's file is written to the log with the plugin's name and the place. So is a rejected promise with one of our own errors: it is the answer
 * to a call that nobody waits for, and nobody can tell whose. Of each plugin the first, second, fourth, eighth… failure is written. All else ends the process.
 *
 * *Assumptions.* A plugin that throws what is no error, or from below a library of its own, leaves no trace of itself: that ends the process too.
 */
export function containStrayFailures({ log, plugins, end, process: failing = process }: ContainOptions): Disposable {
  const timesByPlugin = new Map<string, number>();
  const tell = (plugin: string, text: string, fields: Readonly<Record<string, unknown>>): void => {
    const times = (timesByPlugin.get(plugin) ?? 0) + 1;
    timesByPlugin.set(plugin, times);
    if (Number.isInteger(Math.log2(times))) log.error(text, { ...fields, times });
  };
  const contain = (thrown: unknown): boolean => {
    const places = pluginPlacesOf(thrown);
    const [place] = places;
    if (place === undefined) return false;
    const plugin = ownerOf(places, plugins()) ?? place.file;
    const text = `plugin ${plugin} failed where nobody waited for it: a promise without await, or a timer; it goes on`;
    tell(plugin, text, { plugin, at: `${place.file}:${place.line}:${place.column}`, cause: messageOf(thrown) });
    return true;
  };
  const thrownAway = (thrown: unknown): void => {
    if (!contain(thrown)) end(thrown);
  };
  const rejected = (thrown: unknown): void => {
    if (contain(thrown)) return;
    if (!isPolykindError(thrown)) return end(thrown);
    // No plugin has an empty name.
    tell("", "a call failed and nobody waited for its answer: a plugin forgot an await; it goes on", {
      code: thrown.code,
      cause: messageOf(thrown),
    });
  };
  failing.on("uncaughtException", thrownAway);
  failing.on("unhandledRejection", rejected);
  return {
    [Symbol.dispose]: () => {
      failing.off("uncaughtException", thrownAway);
      failing.off("unhandledRejection", rejected);
    },
  };
}

/** The plugin that the places are in: by its own file, else by the folder that it is in. One that was removed has none. */
function ownerOf(places: readonly PluginPlace[], records: readonly PluginRecord[]): string | undefined {
  const isOf = (isIt: (file: string, place: string) => boolean): PluginRecord | undefined =>
    records.find(({ file }) => file !== undefined && places.some((place) => isIt(file, place.file)));
  const owner = isOf((file, place) => file === place) ?? isOf((file, place) => place.startsWith(`${dirname(file)}${sep}`));
  return owner?.name;
}
