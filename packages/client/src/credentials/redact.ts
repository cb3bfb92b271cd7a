/** JWTs, long opaque words, and what follows the name of a secret. */
const SECRETS = /eyJ[\w-]{6,}(?:\.[\w-]*)*|[\w+/=-]{32,}|((?:token|password|secret|key|authorization|bearer)["']?\s*[:=]\s*)\S+/gi;

/** `text`, at most 200 characters of it, with whatever looks like a secret replaced by `[redacted]`. For what programs of others print. */
export function redact(text: string): string {
  const safe = text.replaceAll(SECRETS, (_, name: string | undefined) => `${name ?? ""}[redacted]`);
  return safe.length > 200 ? `${safe.slice(0, 200)}…` : safe;
}
