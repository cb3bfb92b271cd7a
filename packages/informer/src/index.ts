export { acquireNamespaces, type NamespacesLease, type NamespacesOptions } from "./namespaces/acquire.ts";
export { keyTextOf } from "./pool/key.ts";
export { type InformerPoolOptions, openInformerPool } from "./pool/pool.ts";
export { type Transform, withoutBookkeeping } from "./store/transform.ts";
export { isStranger } from "./stranger.ts";
export type {
  AcquireOptions,
  ExpectDisconnectOptions,
  FirstList,
  Handler,
  HandlerRegistration,
  Informer,
  InformerKey,
  InformerNotices,
  InformerPool,
  InformerState,
  Lease,
  ObjectNotice,
  Store,
} from "./types.ts";
