import type * as Pino from "pino";
import type * as PromClient from "prom-client";

/** Node's module of modules is loaded with them. */
function load(name: string): unknown {
  return process.getBuiltinModule("node:module").createRequire(import.meta.url)(name);
}

/**
 * pino, loaded when the first log is opened: it and prom-client take 60 ms of CPU and 20 MB, which nobody should pay who imports this package for its interfaces. Both
 * are CommonJS, so this is the very module that an `import` gives.
 */
export function loadPino(): typeof Pino {
  return load("pino") as typeof Pino; // pino's own types
}

/** prom-client, loaded when the first metrics are opened: see {@link loadPino}. */
export function loadPromClient(): typeof PromClient {
  return load("prom-client") as typeof PromClient; // prom-client's own types
}
