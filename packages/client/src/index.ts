export type { CallOptions, Client, DeleteOptions, Patch, Selection, WriteOptions } from "./types.ts";
