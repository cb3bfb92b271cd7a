import type { Proof, ProofSource } from "../../src/credentials/types.ts";

/** A proof that a test changes. */
export function proofOf(first: Proof, { renewed }: { readonly renewed?: Proof } = {}) {
  let now = first;
  let forgotten = 0;
  const source: ProofSource = {
    current: () => Promise.resolve(now),
    isFresh: () => false, // the test changes it
    forget() {
      forgotten += 1;
      if (renewed !== undefined) now = renewed;
    },
  };
  return {
    source,
    becomes(proof: Proof): void {
      now = proof;
    },
    get forgotten(): number {
      return forgotten;
    },
  };
}
