import "reflect-metadata";
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

/** A certificate with its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate that is its own authority. Default: for 127.0.0.1 and localhost, valid now. */
export async function makeCertificate(
  options: { readonly names?: readonly string[]; readonly notAfter?: Date; readonly serial?: string } = {},
): Promise<KeyPair> {
  const { names = ["localhost"], notAfter = new Date(Date.now() + 86_400_000), serial = "01" } = options;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: `CN=test ${serial}`,
    notBefore: new Date(Date.now() - 2 * 86_400_000),
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: "dns" as const, value })),
        ...(options.names === undefined ? [{ type: "ip" as const, value: "127.0.0.1" }] : []),
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { cert: made.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n` };
}
