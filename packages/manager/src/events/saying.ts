import type { KindExplanation } from "../kind/explain.ts";
import type { Awaited } from "../kind/explain-awaits.ts";
import type { KindPhase } from "../kind/report.ts";

/** What is said of a CRD in a Kubernetes event. */
export interface Saying {
  /** The CRD's name and uid. */
  readonly crd: string;
  readonly uid: string;
  readonly type: "Normal" | "Warning";
  /** CamelCase: why. */
  readonly reason: string;
  /** CamelCase: what polykind does about it. */
  readonly action: string;
  /** For people: what is wrong, and who must act. */
  readonly note: string;
}

/** A note of more bytes is refused by the API server. */
const LONGEST_NOTE = 1024;

/** What polykind does in each state that is worth an event. The others pass by themselves, or there is no CRD to tell it of. */
const ACTIONS: Readonly<Partial<Record<KindPhase, string>>> = {
  Pending: "Wait",
  Settling: "Hold",
  Running: "Run",
  Switching: "Switch",
  Degraded: "Retry",
  Draining: "Finalize",
  Dormant: "Rest",
  Parked: "Park",
};

/** Reasons that are no news: every CRD is installed at first, and of many processes all but one do not lead. */
const UNSAID: ReadonlySet<string> = new Set(["Installing", "NotLeader"]);

/** Reasons of which nobody has to take care, although there is one. */
const NORMAL: ReadonlySet<string> = new Set(["Terminating", "NoPlugin", "NotSelected", "Disabled"]);

/**
 * The event for a kind that has come into this state: pure. `undefined` when there is nothing to say.
 *
 * @param isFirst whether nothing was said of this life of the CRD yet: that no plugin manages a kind, or that it is none of this process's, is only news where one did, and where it was.
 */
export function sayingOf(explanation: KindExplanation, { isFirst }: { readonly isFirst: boolean }): Saying | undefined {
  const { crd, incarnation, state, reason } = explanation;
  const action = ACTIONS[state];
  if (action === undefined || incarnation === undefined || UNSAID.has(reason ?? "")) return undefined;
  if (isFirst && (state === "Dormant" || reason === "NotSelected")) return undefined;
  const type = reason === undefined || NORMAL.has(reason) ? "Normal" : "Warning";
  return { crd, uid: incarnation, type, reason: reason ?? state, action, note: noteOf(explanation) };
}

function noteOf({ name, version, state, message, runs, awaits }: KindExplanation): string {
  const plugins = runs.map(({ plugin }) => plugin).join(", ");
  const by = plugins === "" ? "" : ` by ${plugins}`;
  const what = message ?? (version === undefined ? name : `${name} in ${version}${by}`);
  const awaited = awaits.length === 0 ? "" : `; awaits ${awaits.map(textOf).join("; ")}`;
  return cut(`${state}: ${what}${awaited}`);
}

function cut(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= LONGEST_NOTE) return note;
  // A character of which only a part is left does not count.
  return `${bytes
    .subarray(0, LONGEST_NOTE - Buffer.byteLength("…"))
    .toString()
    .replace(/\uFFFD+$/, "")}…`;
}

function textOf({ what, who }: Awaited): string {
  return `${what} (${who})`;
}
