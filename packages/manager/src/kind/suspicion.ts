import { isPolykindError, type PolykindError } from "@polykind/core";
import { type InformerState, isStranger } from "@polykind/informer";
import type { Sight } from "./explain-evidence.ts";
import type { KindState, Run } from "./state.ts";

/** Why a kind may be refused, as far as an error tells; worth a question to the server. */
export interface Suspicion {
  /** `rights`: it may not be read. `identity`: something else answers in its place. */
  readonly of: "rights" | "identity";
  /** The uid of the CRD. */
  readonly uid: string;
  /** Of the refused collection. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** What the server said when it was asked why it refuses a kind. */
export type Finding =
  /** We may not do these. */
  | { readonly is: "forbidden"; readonly verbs: readonly string[] }
  /** It says that we may do all that is needed. */
  | { readonly is: "allowed" }
  /** `by`: what answers in place of the CRD. */
  | { readonly is: "shadowed"; readonly by: string }
  /** Nothing is known to answer in place of the CRD. */
  | { readonly is: "itself" }
  | { readonly is: "untold"; readonly why: string };

/** What was asked, and what was found; the latter is absent while nobody has answered. */
export interface Diagnosis {
  readonly suspicion: Suspicion;
  readonly finding?: Finding;
}

/** What is to be asked of the server because of how the runs are; `undefined` when nothing is. */
export function suspicionOf(state: KindState, sight: Sight): Suspicion | undefined {
  const { crd } = state;
  if (crd === undefined) return undefined;
  for (const run of state.runs.values()) {
    const error = troubleOf(run, sight);
    const of = error && natureOf(error);
    if (error === undefined || of === undefined) continue;
    const own = { group: crd.group, version: versionOf(run), plural: crd.names.plural };
    return { of, uid: crd.uid, ...(of === "rights" ? (refusedBy(error) ?? own) : own) };
  }
  return undefined;
}

/** Whether nothing of what was suspected is left to be seen. While a start is tried again that is not known. */
export function isAtEase({ runs }: KindState, { factsOf }: Sight): boolean {
  return [...runs.values()].every(
    (run) => run.phase === "running" && run.successor === undefined && factsOf(run)?.informer.phase === "watching",
  );
}

/** Whether both are about the same refusal. */
export function isSameSuspicion(a: Suspicion, b: Suspicion): boolean {
  return a.of === b.of && a.uid === b.uid && a.group === b.group && a.version === b.version && a.plural === b.plural;
}

function natureOf(error: PolykindError): Suspicion["of"] | undefined {
  if (isPolykindError(error, "API_FORBIDDEN")) return "rights";
  return isStranger(error) || isPolykindError(error, "KIND_NOT_SERVED") ? "identity" : undefined;
}

/** A server that has just established a kind may not route it yet. */
const MISSES_TO_SUSPECT = 3;

function troubleOf(run: Run, { factsOf, fillingOf }: Sight): PolykindError | undefined {
  if (run.phase === "cooling") return run.error;
  if (run.phase === "running" && run.successor?.phase === "cooling") return run.successor.error;
  return errorOf(factsOf(run)?.informer ?? fillingOf(run.epoch));
}

function errorOf(informer: InformerState | undefined): PolykindError | undefined {
  if (informer?.phase !== "waiting" || informer.error === undefined) return undefined;
  return informer.error.code === "KIND_NOT_SERVED" && informer.failures < MISSES_TO_SUSPECT ? undefined : informer.error;
}

function versionOf(run: Run): string {
  return run.phase === "running" && run.successor?.phase === "cooling" ? run.successor.target.version : run.target.version;
}

/** The collection that was refused: it may be that of another kind, which the plugin takes objects of. */
function refusedBy({ facts }: PolykindError): Pick<Suspicion, "group" | "version" | "plural"> | undefined {
  const parts =
    String(facts["path"] ?? "")
      .split("?", 1)[0]
      ?.split("/")
      .slice(1) ?? [];
  const [root, ...rest] = parts;
  const [group, version, ...under] = root === "apis" ? rest : ["", ...rest];
  const plural = under[0] === "namespaces" && under.length > 2 ? under[2] : under[0];
  if (root !== "apis" && root !== "api") return undefined;
  return group === undefined || version === undefined || plural === undefined ? undefined : { group, version, plural };
}
