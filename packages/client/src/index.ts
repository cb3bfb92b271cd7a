export type { DiscoveredResource } from "./group-resources.ts";
export { type ClientOptions, openClient } from "./client.ts";
export { type LoadOptions, loadCredentials } from "./credentials/load.ts";
export type { Credentials, Grant, Headers, TlsIdentity } from "./credentials/types.ts";
export { LINE_BYTES_MAX, LineFramer } from "./framing.ts";
export type { UnreachableReason } from "./transport/failure.ts";
export type { Limits } from "./transport/limiter.ts";
export type { TransportTimes } from "./transport/transport.ts";
export type { CallOptions, Client, DeleteOptions, Patch, Selection, WriteOptions } from "./types.ts";
