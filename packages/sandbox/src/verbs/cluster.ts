import type { Clock, Random } from "@polykind/core";
import type { Kinds } from "../kind/kinds.ts";
import type { Store } from "../store/store.ts";
import type { Admission } from "./admission.ts";

/** What verbs work on. */
export interface Cluster {
  readonly store: Store;
  readonly kinds: Kinds;
  readonly clock: Clock;
  readonly random: Random;
  /** Who has a word before an object is stored, in order. */
  readonly admission: readonly Admission[];
}

/** The time as objects carry it: RFC 3339, whole seconds. */
export function timestampOf(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}
