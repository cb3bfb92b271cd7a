import { SharedRun } from "../shared-run.ts";
import type { Credentials, Grant, Headers, Proof, ProofSource, TlsIdentity } from "./types.ts";
import type { WatchedFile } from "./watched-file.ts";

/** The parts of {@link Credentials}. */
export interface CredentialParts {
  readonly server: URL;
  readonly proxy: URL | undefined;
  readonly source: string;
  readonly namespace: string | undefined;
  /** Sent with every request besides the authorization. */
  readonly headers: Headers;
  readonly proof: ProofSource;
  readonly ca: WatchedFile | Buffer | undefined;
  readonly servername: string | undefined;
  readonly isInsecure: boolean;
}

/** Credentials made of a proof, the authorities to trust, and what is said once. */
export function composeCredentials(parts: CredentialParts): Credentials {
  let last: Grant | undefined;
  const grant = async (signal?: AbortSignal): Promise<Grant> => {
    const proof = await parts.proof.current(signal);
    const ca = parts.ca === undefined || Buffer.isBuffer(parts.ca) ? parts.ca : await parts.ca.read();
    return (last = nextGrant(last, { parts, proof, ca }));
  };
  const granted = (): Grant | undefined => (parts.proof.isFresh() && isFresh(parts.ca) ? last : undefined);
  const forgetTrust = (): void => {
    if (parts.ca !== undefined && !Buffer.isBuffer(parts.ca)) parts.ca.forget();
  };
  const renewal = new SharedRun((signal) => {
    parts.proof.forget();
    forgetTrust();
    return grant(signal);
  });
  const trustRenewal = new SharedRun((signal) => {
    forgetTrust();
    return grant(signal);
  });
  const renewBy = async (run: SharedRun<Grant>, before: Grant, signal: AbortSignal | undefined): Promise<Grant | undefined> => {
    // Somebody else may have renewed it while the refused request was on its way.
    if (last !== undefined && last !== before) return last;
    const renewed = await run.join(signal);
    return renewed === before ? undefined : renewed;
  };
  return {
    server: parts.server,
    proxy: parts.proxy,
    source: parts.source,
    namespace: parts.namespace,
    grant,
    granted,
    renew: (refused, signal) => renewBy(renewal, refused, signal),
    renewTrust: (distrusting, signal) => renewBy(trustRenewal, distrusting, signal),
  };
}

function isFresh(ca: WatchedFile | Buffer | undefined): boolean {
  return ca === undefined || Buffer.isBuffer(ca) || ca.isFresh;
}

function nextGrant(
  last: Grant | undefined,
  now: { readonly parts: CredentialParts; readonly proof: Proof; readonly ca: Buffer | undefined },
): Grant {
  const { parts, proof, ca } = now;
  const identity: TlsIdentity = {
    ...(ca !== undefined && { ca }),
    ...(proof.cert !== undefined && { cert: proof.cert }),
    ...(proof.key !== undefined && { key: proof.key }),
    ...(parts.servername !== undefined && { servername: parts.servername }),
    rejectUnauthorized: !parts.isInsecure,
  };
  const tls = last !== undefined && isSameIdentity(last.tls, identity) ? last.tls : identity;
  if (last?.tls === tls && last.headers["authorization"] === proof.authorization) return last;
  return { headers: { ...parts.headers, ...(proof.authorization !== undefined && { authorization: proof.authorization }) }, tls };
}

function isSameIdentity(a: TlsIdentity, b: TlsIdentity): boolean {
  return isSameBytes(a.ca, b.ca) && isSameBytes(a.cert, b.cert) && isSameBytes(a.key, b.key);
}

function isSameBytes(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}
