/** What a test file tells while it runs, one JSON text a line. */
export type TestFileEvent =
  | { readonly type: "running"; readonly name: string }
  | { readonly type: "passed"; readonly name: string }
  | { readonly type: "skipped"; readonly name: string; readonly reason: string }
  | { readonly type: "failed"; readonly name: string; readonly at: string; readonly text: string }
  | { readonly type: "remarked"; readonly text: string }
  | { readonly type: "ended" };
