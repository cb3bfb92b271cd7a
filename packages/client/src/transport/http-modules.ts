import type * as Http from "node:http";
import type * as Https from "node:https";

/**
 * `node:http`, once it is needed. An `import` of it reads all that it exports, and so loads the WebSocket of Node's fetch: 50 ms of CPU and 14 MB that nobody here needs; and most
 * servers are spoken to without it.
 */
export function http(): typeof Http {
  return process.getBuiltinModule("node:http");
}

/** `node:https`, likewise. */
export function https(): typeof Https {
  return process.getBuiltinModule("node:https");
}
