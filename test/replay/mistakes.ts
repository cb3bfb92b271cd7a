import type { Planted } from "../model/mistakes.ts";

/** A mistake of the driver, which the model cannot know of. */
export interface DriverMistake extends Planted {
  /** A trace that must catch it. */
  readonly caughtBy: string;
  /** What its story must end with. */
  readonly says: RegExp;
}

/** The mistakes that the replay must find. */
export const DRIVER_MISTAKES: readonly DriverMistake[] = [
  {
    name: "an effect is dropped: no controller is told that its CRD is being deleted",
    file: "supervisor.ts",
    find: `return this.#controllers.drain(effect.plugin);`,
    replace: `return;`,
    caughtBy: "Absent: NoCrd, by lose foreign",
    says: /draining: the model has "p", the manager ""/,
  },
  {
    name: "an effect is dropped: a cache that nobody will use is never given back",
    file: "supervisor.ts",
    find: `return this.#controllers.release(effect.epoch);`,
    replace: `return void effect.epoch;`,
    caughtBy: "Running, by reload",
    says: /I8: the manager did not stop/,
  },
  {
    name: "a controller is told to have stopped while it still stops",
    file: "controllers.ts",
    find: `const { leaked } = await held.controller.stop(reason);`,
    replace: `const { leaked } = { leaked: 0 };
      void held.controller.stop(reason);`,
    caughtBy: "Absent: NoCrd, by describe",
    says: /I8: left behind after the stop/,
  },
  {
    name: "the lease of a filled cache is never released",
    file: "cache.ts",
    find: `await lease?.release();`,
    replace: `void lease;`,
    caughtBy: "Absent: NoCrd, by describe",
    says: /I8: the manager did not stop/,
  },
  {
    name: "a timer outlives what was waited for",
    file: "supervisor.ts",
    find: `this.#timers.keep(state);`,
    replace: `void state;`,
    caughtBy: "Draining: Terminating, by shut down",
    says: /timers: the model has "", the manager "blocked"/,
  },
  {
    name: "the answer of the server is not told",
    file: "supervisor.ts",
    find: `this.#post({ type: "confirmed", uid, is });`,
    replace: `void is;`,
    caughtBy: "Starting, by answer",
    says: /asks: the model has "", the manager "asks"/,
  },
  {
    name: "a 404 of a running controller is not told",
    file: "controllers.ts",
    find: `if (code === "KIND_NOT_SERVED") post({ type: "notServed", plugin, epoch });`,
    replace: `void code;`,
    caughtBy: "Running, by answer",
    says: /asks: the model has "asks", the manager ""/,
  },
  {
    name: "that a plugin wants to be set up anew is not told",
    file: "controllers.ts",
    find: `controller.notices.on("outgrown", () => post({ type: "outgrown", plugin, epoch })),`,
    replace: ``,
    caughtBy: "Switching, by outgrow",
    says: /p #2 to acquire v2 of life 1/,
  },
  {
    name: "a kind forgets what else it stands on",
    file: "controllers.ts",
    find: `roots.set(root.crd, root.incarnation);`,
    replace: `void roots;`,
    caughtBy: "Stopping: Replaced, by uproot",
    says: /the model has "p #1 stopping v2", the manager "p #1 starting v2"/,
  },
  {
    name: "the end of a CRD is not passed on",
    file: "../kinds.ts",
    find: `    supervisor.lose(uid);
`,
    replace: ``,
    caughtBy: "Absent: NoCrd, by lose foreign",
    says: /the model has "p #1 stopping v2", the manager "p #1 running v2"/,
  },
  {
    name: "kinds that are there do not hear of leadership",
    file: "../kinds.ts",
    find: `for (const supervisor of this.#supervisors.values()) supervisor.lead(isLeading);`,
    replace: ``,
    caughtBy: "Parked: NotLeader, by stop",
    says: /kind: the model has "(?:Parked|Stopping): NotLeader"/,
  },
];
