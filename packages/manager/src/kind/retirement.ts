import type { RunFacts } from "./report.ts";
import type { KindState, Run } from "./state.ts";
import { retiringOf } from "./target.ts";

/** A plugin that does not manage a kind any more, as far as objects still need it. */
export interface Retirement {
  readonly plugin: string;
  /** The version that it works with. */
  readonly version: string;
  /** Where its controller is; `undefined` when none can be there, because the version is not served or this process does not lead. */
  readonly phase: Run["phase"] | undefined;
  /** Objects that carry its finalizer; `undefined` when they cannot be counted now. */
  readonly objects: number | undefined;
  /** Keys of a few of them. */
  readonly carriers: readonly string[];
}

/** The plugins that do not manage the kind any more, and whose finalizers may stand on objects: pure. */
export function retirementsOf(state: KindState, factsOf: (run: Run) => RunFacts | undefined): readonly Retirement[] {
  return retiringOf(state).map(({ plugin, version }) => {
    const run = state.runs.get(plugin);
    const facts = run === undefined ? undefined : factsOf(run)?.facts;
    return {
      plugin,
      version: run?.target.version ?? version,
      phase: run?.phase,
      objects: facts?.finalizersHeld,
      carriers: facts?.carriers ?? [],
    };
  });
}

/** What is told of plugins that still finalize, and who must act; `undefined` when there is none. */
export function retirementText(retirements: readonly Retirement[]): string | undefined {
  if (retirements.length === 0) return undefined;
  return retirements.map((each) => `${each.plugin} does not manage this kind any more, and ${needOf(each)}`).join("; ");
}

/** What is to happen before a plugin is let go of. */
export function releaseTextOf(retirement: Retirement): string {
  return `the end of ${carriersText(retirement)}, or ${retirement.plugin} back`;
}

/** `3 objects that carry its finalizer (n/a, n/b, …)`. */
function carriersText({ objects, carriers }: Retirement): string {
  if (objects === undefined) return "the objects that carry its finalizer";
  const some = carriers.length === 0 ? "" : ` (${carriers.join(", ")}${carriers.length < objects ? ", …" : ""})`;
  return objects === 1 ? `1 object that carries its finalizer${some}` : `${objects} objects that carry its finalizer${some}`;
}

function needOf(retirement: Retirement): string {
  if (retirement.phase === undefined)
    return `nobody serves ${carriersText(retirement)}: ${retirement.version} is not served, or nothing of the kind may run here`;
  const until = `it only finalizes, for ${carriersText(retirement)}`;
  return `${until}: delete them, put the plugin back, or let go of it by force`;
}
