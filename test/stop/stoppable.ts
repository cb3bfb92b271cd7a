/** Many informers of ConfigMaps, one for each namespace. They are known by their place. */
export interface Stoppables {
  /** How often the handlers of each have been called so far. */
  readonly calls: readonly number[];
  /** Lists and watches that each has begun so far, as its side counts them. */
  readonly requests: readonly number[];
  /** Resolves when everything of this informer has ended, as its makers say. */
  stop(place: number): Promise<void>;
  /** What its side holds open for its informers now. */
  open(): { readonly streams: number; readonly timers: number };
  /** Gives up what the informers shared; resolves with what was then still open. */
  close(): Promise<{ readonly streams: number; readonly timers: number }>;
}

/** Where the informers find their server. */
export interface StoppablesOptions {
  /** The path of a file. */
  readonly kubeconfig: string;
  readonly namespaces: readonly string[];
}

/** Opens one informer for each namespace; resolves when each has its first list. */
export type OpenStoppables = (options: StoppablesOptions) => Promise<Stoppables>;
