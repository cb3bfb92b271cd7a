import type * as Http from "node:http";

/**
 * `node:http`, for values. An `import` of it reads all that it exports, and so loads the WebSocket of Node's fetch: 50 ms of CPU and 14 MB that nobody here needs.
 */
export const http: typeof Http = process.getBuiltinModule("node:http");
