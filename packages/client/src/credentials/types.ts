/** The TLS side of an identity. Replaced as a whole when any part changes: another object means that new connections are needed. */
export interface TlsIdentity {
  /** PEM. Absent: the certificate authorities that Node trusts. */
  readonly ca?: Buffer;
  /** PEM. */
  readonly cert?: Buffer;
  /** PEM. */
  readonly key?: Buffer;
  /** The name to ask for and to check instead of the URL's host. */
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** Request headers, in lower case, with values of a character per byte; several values are sent as several fields. */
export type Headers = Readonly<Record<string, string | string[]>>;

/** What one request is made with. Secret: never in messages or logs. Equal content is the same object. */
export interface Grant {
  /** Such as `authorization` and the `impersonate-…` ones. */
  readonly headers: Headers;
  readonly tls: TlsIdentity;
}

/**
 * Where the API server is and as whom to talk to it.
 *
 * *Guarantees.* What is rotated on disk (tokens, certificates, authorities) is taken up within 60 s, and at once by `renew`; authorities also by `renewTrust`.
 * An exec plugin runs once for all who wait for it. No error names a secret.
 *
 * *Errors.* `CONFIG_INVALID` for what somebody must put right, `API_UNAUTHORIZED` when an exec plugin or an auth provider fails.
 */
export interface Credentials {
  /** With the path under which the API is served, if it is not the root. */
  readonly server: URL;
  /** Through which the server is reached by `CONNECT`; may carry a user and a password. */
  readonly proxy: URL | undefined;
  /** Where this was read, for messages: file and context, or the cluster's service account. */
  readonly source: string;
  /** The namespace of the context, if it names one. */
  readonly namespace: string | undefined;
  grant(signal?: AbortSignal): Promise<Grant>;
  /** What `grant` would resolve with where nothing has to be read or run for it; it is asked for each request. */
  granted(): Grant | undefined;
  /**
   * Looks anew because the server refused `refused`, once for all who ask at a time.
   *
   * @returns another grant, or `undefined` when there is none: then the refusal stands.
   */
  renew(refused: Grant, signal?: AbortSignal): Promise<Grant | undefined>;
  /**
   * Looks anew which authorities to trust because the server's certificate is not by one that `distrusting` names, once for all who ask at a time. No exec plugin
   * is run for it.
   *
   * @returns another grant, or `undefined` when there is none: then the distrust stands.
   */
  renewTrust(distrusting: Grant, signal?: AbortSignal): Promise<Grant | undefined>;
}

/** One way to prove who we are: what it adds to requests and to TLS. Equal content is the same object. */
export interface Proof {
  readonly authorization?: string;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Where a {@link Proof} comes from. */
export interface ProofSource {
  current(signal?: AbortSignal): Promise<Proof>;
  /** Whether `current` would resolve now with what it did before. */
  isFresh(): boolean;
  /** Forgets what it holds, so that the next `current` looks anew. */
  forget(): void;
}
