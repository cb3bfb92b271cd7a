import type { Cause } from "@polykind/plugin";

/** So many causes of one run are told; further ones run just as well, unnamed. */
const MOST = 32;

/** Why each key wants work: what is merged into its next run. */
export class Causes {
  readonly #byKey = new Map<string, Map<string, Cause>>();

  /** Keys with causes. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Merges `cause` into the next run of `key`. */
  note(key: string, cause: Cause): void {
    const causes = this.#byKey.get(key) ?? new Map<string, Cause>();
    if (causes.size < MOST) causes.set(textOf(cause), cause);
    this.#byKey.set(key, causes);
  }

  /** Takes the causes of the run that begins now. */
  take(key: string): readonly Cause[] {
    const causes = this.#byKey.get(key);
    this.#byKey.delete(key);
    return [...(causes?.values() ?? [])];
  }

  clear(): void {
    this.#byKey.clear();
  }
}

function textOf(cause: Cause): string {
  return cause.type === "related" ? `related ${cause.group} ${cause.kind} ${cause.key}` : cause.type;
}
