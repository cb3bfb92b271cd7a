export { readDocuments, type ReadDocument } from "./documents/index.ts";
export type { LoadOutcome } from "./load-outcome.ts";
export type { SandboxOptions } from "./options.ts";
export { openSandbox, type Sandbox } from "./sandbox.ts";
