import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type DirectoryObserver, openPluginHost, type PluginHost, type WatchDirectory } from "@polykind/plugin-host";
import { type Log, silentLog } from "@polykind/telemetry";
import { ManualClock } from "@polykind/testing";
import { Folder } from "./folder.ts";

/** When changes that have come together are looked at, and when bad news is told. */
export const QUIET_MS = 100;
export const SETTLE_MS = 300;

/** A system that tells of changes when a test says so. */
export class FakeWatches {
  readonly #observers = new Map<string, Set<DirectoryObserver>>();
  readonly begun: string[] = [];

  readonly watch: WatchDirectory = (directory, observer) => {
    this.begun.push(directory);
    const observers = this.#observers.get(directory) ?? new Set();
    this.#observers.set(directory, observers.add(observer));
    return () => observers.delete(observer);
  };

  get open(): number {
    return Array.from(this.#observers.values(), ({ size }) => size).reduce((sum, size) => sum + size, 0);
  }

  changed(directory: string): void {
    for (const { changed } of this.#observers.get(directory) ?? []) changed();
  }

  fail(directory: string): void {
    for (const { failed } of this.#observers.get(directory) ?? []) failed(new Error("ENOSPC"));
  }
}

/** A host that watches `source` in a folder of its own, with a clock and watches that are moved by hand. */
export class Watched implements AsyncDisposable {
  readonly folder: Folder;
  readonly host: PluginHost;
  readonly clock = new ManualClock();
  readonly watches = new FakeWatches();
  readonly told: string[] = [];
  readonly warnings: string[] = [];
  /** Whether the log cannot be written any more. */
  isLogBroken = false;
  readonly #source: string;

  private constructor(folder: Folder, source: string) {
    this.folder = folder;
    this.#source = source;
    const info = (): void => assert.ok(!this.isLogBroken, "the log is broken");
    const log: Log = { ...silentLog, info, warn: (message) => this.warnings.push(message) };
    this.host = openPluginHost({ hostVersion: "1.2.3", log, clock: this.clock, cwd: folder.path, watchDirectory: this.watches.watch });
    this.host.notices.on("loaded", ({ name, version }) => this.told.push(`loaded ${name} ${version}`));
    this.host.notices.on("rejected", ({ name, error }) => this.told.push(`rejected ${name} ${error.code}`));
    this.host.notices.on("removed", ({ name, version }) => this.told.push(`removed ${name} ${version}`));
  }

  static async open(files: Readonly<Record<string, string | object>>, source = "d"): Promise<Watched> {
    const watched = new Watched(await Folder.open(files), source);
    await watched.host.add(source);
    // Watches that are new are looked behind once more.
    await watched.pass(100);
    watched.told.length = 0;
    return watched;
  }

  /** Lets time pass, and what falls due be done: adding a source again waits for what is being looked at. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.host.add(this.#source);
  }

  /** Changes a file and says so. */
  async write(path: string, content: string | object): Promise<void> {
    const full = await this.folder.write(path, content);
    this.watches.changed(dirname(full));
  }

  async remove(path: string): Promise<void> {
    await this.folder.remove(path);
    this.watches.changed(dirname(join(this.folder.path, path)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close();
    assert.deepEqual([this.watches.open, this.clock.pending], [0, 0], "no watch and no timer is left");
    await this.folder[Symbol.asyncDispose]();
  }
}
