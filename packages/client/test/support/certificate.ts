import { makeCertificates } from "../../../sandbox/src/http/certificates.ts";

/** A certificate with its key and its authority, all PEM. */
export interface KeyPair {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate for localhost and `host` (default: 127.0.0.1), by an authority of its own; valid from a day before `madeAt` (default: now) for a year. */
export function makeCertificate({
  host = "127.0.0.1",
  madeAt = Date.now(),
}: {
  readonly host?: string;
  readonly madeAt?: number;
} = {}): KeyPair {
  const { ca, certificate, key } = makeCertificates(host, madeAt);
  return { ca, cert: certificate, key };
}
