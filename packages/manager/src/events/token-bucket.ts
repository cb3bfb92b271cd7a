/** How much may be done at once, and how fast more may be. */
export interface Rate {
  readonly burst: number;
  /** One more each so many milliseconds. */
  readonly everyMs: number;
}

/** What may be done now, as it was at an instant. */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** The bucket after a token was taken at `at`; or how long it takes, in milliseconds, until there is one. */
export function takeToken(bucket: Bucket, { burst, everyMs }: Rate, at: number): Bucket | { readonly waitMs: number } {
  const tokens = Math.min(burst, bucket.tokens + (at - bucket.at) / everyMs);
  return tokens >= 1 ? { tokens: tokens - 1, at } : { waitMs: Math.ceil((1 - tokens) * everyMs) };
}
