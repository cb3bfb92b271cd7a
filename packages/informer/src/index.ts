export type {
  Handler,
  HandlerRegistration,
  Informer,
  InformerKey,
  InformerNotices,
  InformerPool,
  InformerState,
  Lease,
  Store,
} from "./types.ts";
