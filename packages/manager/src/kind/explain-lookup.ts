/** The names by which a kind can be asked for. */
export interface KindNames {
  /** The CRD's name; `""` without a CRD. */
  readonly crd: string;
  readonly group: string;
  readonly kind: string;
  /** Plural, singular and short names. */
  readonly others: readonly string[];
}

/** What became of a question for a kind. */
export type Lookup<T> =
  | { readonly type: "found"; readonly found: T }
  /** `candidates`: what can be asked for instead. `message`: for people. */
  | { readonly type: "ambiguous" | "unknown"; readonly message: string; readonly candidates: readonly string[] };

/** So many names that may have been meant are told. */
const MOST_CANDIDATES = 10;

/**
 * Finds the kind that is meant by a CRD's name, `kind.group`, `plural.group`, kind, plural, singular or short name. Case does not matter, but a CRD's own name comes
 * before all others.
 */
export function findKind<T extends { readonly names: KindNames }>(kinds: readonly T[], query: string): Lookup<T> {
  const asked = query.toLowerCase();
  const exact = kinds.filter(({ names }) => names.crd === asked && asked !== "");
  const found = exact.length > 0 ? exact : kinds.filter(({ names }) => namesOf(names).includes(asked));
  const [first, ...others] = found;
  if (first === undefined) return unknown(kinds, query);
  if (others.length === 0) return { type: "found", found: first };
  const candidates = found.map(({ names }) => bestName(names)).toSorted();
  const message = `cannot tell which kind is meant by ${JSON.stringify(query)}: it may be ${candidates.slice(0, MOST_CANDIDATES).join(" or ")}`;
  return { type: "ambiguous", message, candidates: candidates.slice(0, MOST_CANDIDATES) };
}

function unknown<T extends { readonly names: KindNames }>(kinds: readonly T[], query: string): Lookup<T> {
  const asked = query.toLowerCase();
  const candidates = kinds
    .flatMap(({ names }) => (namesOf(names).some((name) => isNear(name, asked)) ? [bestName(names)] : []))
    .toSorted()
    .slice(0, MOST_CANDIDATES);
  const hint = candidates.length === 0 ? "`polykind get kinds` shows those there are" : `did you mean ${candidates.join(" or ")}?`;
  return { type: "unknown", message: `cannot find a kind ${JSON.stringify(query)}: ${hint}`, candidates };
}

/** All names, in lower case. */
function namesOf({ crd, group, kind, others }: KindNames): readonly string[] {
  const bare = [kind, ...others].map((name) => name.toLowerCase());
  return [...(crd === "" ? [] : [crd]), ...bare, ...bare.map((name) => `${name}.${group}`)];
}

function bestName({ crd, kind, group }: KindNames): string {
  return crd === "" ? `${kind}.${group}` : crd;
}

/** One begins with the other, or a letter makes the difference; two of a long name. */
function isNear(name: string, asked: string): boolean {
  if (asked.length >= 3 && (name.startsWith(asked) || asked.startsWith(`${name}.`))) return true;
  const most = asked.length > 6 ? 2 : 1;
  return asked.length > 3 && Math.abs(name.length - asked.length) <= most && distanceOf(name, asked) <= most;
}

/** The number of letters to insert, remove or replace. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1)
      next.push(Math.min((row[j] ?? 0) + (a[i] === b[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    row = next;
  }
  return row[b.length] ?? 0;
}
