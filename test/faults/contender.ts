import type { KubeObject } from "@polykind/apimachinery";

/** What a contender said of an object: as a handler sees it. */
export interface Said {
  readonly is: "add" | "update" | "delete";
  readonly plural: string;
  readonly key: string;
  readonly uid: string;
  readonly version: string;
  readonly at: number;
}

/** A watch stack under test: it keeps copies of kinds of one namespace. */
export interface Contender {
  readonly name: "ours" | "client-node";
  readonly said: Said[];
  /** Errors that it told its user, in short. */
  readonly errors: string[];
  /** How often its user had to start it again. */
  readonly restarts: number;
  /** `uid@version` by name. */
  cache(plural: string): ReadonlyMap<string, string>;
  object(plural: string, name: string): KubeObject | undefined;
  /** Whether a first list is complete. */
  hasSynced(plural: string): boolean;
  /** In one word, where it is; for messages. */
  state(plural: string): string;
  stop(): Promise<void>;
}

/** How a contender reaches the server. */
export interface ContenderOptions {
  /** YAML. */
  readonly kubeconfig: string;
  readonly namespaces: readonly string[];
  readonly plurals: readonly string[];
  /** How many times faster than the real one its clock is, where it has one. */
  readonly speed: number;
  readonly maxLineBytes?: number;
  /** Of its random numbers, where it takes any. */
  readonly seed: number;
}

export type OpenContender = (options: ContenderOptions) => Promise<Contender>;

/** `uid@version`. */
export function stampOf({ metadata }: KubeObject): string {
  return `${metadata.uid}@${metadata.resourceVersion}`;
}
