import type { RunFacts } from "./report.ts";
import type { KindState, Run } from "./state.ts";
import { retiringOf } from "./target.ts";

/** A plugin that does not manage a kind any more, as far as objects still need it. */
export interface Retirement {
  readonly plugin: string;
  /** The version that it works with. */
  readonly version: string;
  /** Whether the CRD serves that version. */
  readonly isServed: boolean;
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
    const works = run?.target.version ?? version;
    return {
      plugin,
      version: works,
      isServed: state.crd?.versions.some(({ name, isServed }) => name === works && isServed) ?? false,
      phase: run?.phase,
      objects: facts?.finalizersHeld,
      carriers: facts?.carriers ?? [],
    };
  });
}

/** What is told of plugins that still finalize, and who must act; `undefined` when there is none. */
export function retirementText(retirements: readonly Retirement[]): string | undefined {
  return retirements.length === 0 ? undefined : retirements.map(textOf).join("; ");
}

/** What is to happen before a plugin is let go of, and who must act. */
export function releaseOf(retirement: Retirement): { readonly what: string; readonly who: string } {
  const { plugin, version } = retirement;
  if (isStranded(retirement))
    return { what: `${version} to be served again, or the end of ${carriersText(retirement)}`, who: "the CRD's owner" };
  return { what: `the end of ${carriersText(retirement)}, or ${plugin} back`, who: `whoever took ${plugin} away` };
}

/** Whether it is the CRD, and not the plugin, that has changed so that nobody finalizes. */
function isStranded({ phase, isServed }: Retirement): boolean {
  return phase === undefined && !isServed;
}

/** `3 objects that carry its finalizer (n/a, n/b, …)`. */
function carriersText({ objects, carriers }: Retirement): string {
  if (objects === undefined) return "the objects that carry its finalizer";
  const some = carriers.length === 0 ? "" : ` (${carriers.join(", ")}${carriers.length < objects ? ", …" : ""})`;
  return objects === 1 ? `1 object that carries its finalizer${some}` : `${objects} objects that carry its finalizer${some}`;
}

function textOf(retirement: Retirement): string {
  const { plugin, version, phase } = retirement;
  const carriers = carriersText(retirement);
  if (isStranded(retirement))
    return `${version}, in which ${plugin} works with this kind, is not served any more: nobody serves ${carriers}`;
  const gone = `${plugin} does not manage this kind any more, and`;
  if (phase === undefined) return `${gone} nobody serves ${carriers}: nothing of the kind may run here`;
  return `${gone} it only finalizes, for ${carriers}: delete them, put the plugin back, or let go of it by force`;
}
