import type { CrdNames, CustomResourceDefinition } from "@polykind/apimachinery";
import { equalJson } from "../json.ts";

/** What is decided on the names that a CRD wishes for. */
export interface NamesDecision {
  readonly acceptedNames: CrdNames;
  readonly isAccepted: boolean;
  readonly reason: string;
  readonly message: string;
}

/**
 * Decides on the names of `crd` among the other CRDs of its group: each name that is free becomes its own, the others stay as they were.
 *
 * Pure. Source: `apiextensions-apiserver/pkg/controller/status/naming_controller.go`: the reason is that of the last conflict, in the order
 * plural, singular, short names, kind, list kind.
 */
export function decideNames(crd: CustomResourceDefinition, others: readonly CustomResourceDefinition[]): NamesDecision {
  const wished = crd.spec.names;
  const accepted: Partial<CrdNames> = crd.status?.acceptedNames ?? {};
  const names = { resources: takenResources(others), kinds: takenKinds(others) };
  const next: Record<string, unknown> = { ...accepted };
  let conflict: Pick<NamesDecision, "message" | "reason"> | undefined;
  const decide = (field: "kind" | "listKind" | "plural" | "singular", reason: string): void => {
    const [wish = "", own = ""] = [wished[field], accepted[field]];
    const taken = field === "plural" || field === "singular" ? names.resources : names.kinds;
    if (wish !== own && taken.has(wish)) conflict = { reason, message: inUse(wish) };
    else next[field] = wish;
  };
  decide("plural", "PluralConflict");
  decide("singular", "SingularConflict");
  const { shortNames = [] } = wished;
  const clashing = shortNames.filter((each) => accepted.shortNames?.includes(each) !== true && names.resources.has(each));
  if (clashing.length > 0) conflict = { reason: "ShortNamesConflict", message: aggregate(clashing.map(inUse)) };
  else next["shortNames"] = wished.shortNames;
  decide("kind", "KindConflict");
  decide("listKind", "ListKindConflict");
  next["categories"] = wished.categories;
  const acceptedNames = namesFrom(next);
  if (conflict !== undefined) return { acceptedNames, isAccepted: false, ...conflict };
  return { acceptedNames, isAccepted: true, reason: "NoConflicts", message: "no conflicts found" };
}

/** Whether the accepted names are those wished for: then nothing is to decide. */
export function hasAllNames({ spec, status }: CustomResourceDefinition): boolean {
  return equalJson(namesFrom({ ...spec.names }), namesFrom({ ...status?.acceptedNames }));
}

/** The names in the order in which the server writes them, without those that are absent. */
function namesFrom(names: Readonly<Record<string, unknown>>): CrdNames {
  const { plural = "", singular, shortNames, kind = "", listKind, categories } = names;
  const isSet = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== "");
  const optional = (name: string, value: unknown): object => (isSet(value) ? { [name]: value } : {});
  return {
    plural,
    ...optional("singular", singular),
    ...optional("shortNames", shortNames),
    kind,
    ...optional("listKind", listKind),
    ...optional("categories", categories),
  } as CrdNames; // Both required names are there, the others as they came.
}

function takenResources(others: readonly CustomResourceDefinition[]): ReadonlySet<string> {
  return new Set(
    others.flatMap(({ status }) => [
      status?.acceptedNames?.plural ?? "",
      status?.acceptedNames?.singular ?? "",
      ...(status?.acceptedNames?.shortNames ?? []),
    ]),
  );
}

function takenKinds(others: readonly CustomResourceDefinition[]): ReadonlySet<string> {
  return new Set(others.flatMap(({ status }) => [status?.acceptedNames?.kind ?? "", status?.acceptedNames?.listKind ?? ""]));
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

function aggregate(messages: readonly string[]): string {
  return messages.length === 1 ? (messages[0] ?? "") : `[${[...new Set(messages)].join(", ")}]`;
}
