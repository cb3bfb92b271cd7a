import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { makeCertificates } from "../../src/http/certificates.ts";

const NOW = Date.UTC(2026, 5, 1);

describe("the certificates of a sandbox", () => {
  const made = makeCertificates("127.0.0.1", NOW);
  const [ca, server] = [new X509Certificate(made.ca), new X509Certificate(made.certificate)];

  test("are an authority and a server that it vouches for", () => {
    assert.ok(ca.ca && !server.ca);
    assert.ok(ca.verify(ca.publicKey) && server.verify(ca.publicKey) && server.checkIssued(ca));
  });

  test("name the address and localhost, and nothing else", () => {
    assert.equal(server.subjectAltName, "IP Address:127.0.0.1, DNS:localhost");
  });

  test("fit the key", () => assert.ok(server.checkPrivateKey(createPrivateKey(made.key))));

  test("are valid now, and for a year", () => {
    assert.ok(Date.parse(server.validFrom) < NOW && Date.parse(server.validTo) > NOW + 360 * 86_400_000);
  });

  test("name a host that is no address", () => {
    assert.match(new X509Certificate(makeCertificates("sandbox.test", NOW).certificate).subjectAltName ?? "", /DNS:sandbox\.test/);
  });
});
