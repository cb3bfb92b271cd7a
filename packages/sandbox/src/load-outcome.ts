/** What became of a document that was loaded. */
export type LoadOutcome =
  | { readonly isAccepted: true; readonly kind: string; readonly namespace?: string; readonly name: string }
  | { readonly isAccepted: false; readonly reason: string; readonly kind: string; readonly name: string };
