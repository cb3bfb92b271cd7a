import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { bits, context, type Der, identifier, integer, octets, sequence, set, TRUE, utcTime, utf8 } from "./der.ts";

/** A server certificate with its key, and the authority that signed it. All PEM. */
export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const VALID_FOR_DAYS = 365;

const ECDSA_WITH_SHA256 = sequence(identifier("1.2.840.10045.4.3.2"));
const COMMON_NAME = "2.5.4.3";
const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_ALT_NAME = "2.5.29.17";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/**
 * Makes an authority, and a certificate that it signs for a server at the address `host` and at `localhost`: ECDSA on P-256, valid for a year.
 * The key of the authority is not kept. Source: RFC 5280.
 */
export function makeCertificates(host: string, now: number): Certificates {
  const [authority, server] = [keyPair(), keyPair()];
  const issuer = "polykind-sandbox-ca";
  const ca = certificateOf({
    subject: issuer,
    issuer,
    publicKey: authority.publicKey,
    signingKey: authority.privateKey,
    now,
    extensions: [extension(BASIC_CONSTRAINTS, sequence(TRUE), "critical"), extension(KEY_USAGE, bits(Buffer.from([0x06]), 1), "critical")],
  });
  const certificate = certificateOf({
    subject: "polykind-sandbox",
    issuer,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    now,
    extensions: [extension(SUBJECT_ALT_NAME, namesOf(host)), extension(EXTENDED_KEY_USAGE, sequence(identifier(SERVER_AUTH)))],
  });
  return { ca, certificate, key: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function keyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly now: number;
  readonly extensions: readonly Der[];
}

function certificateOf({ subject, issuer, publicKey, signingKey, now, extensions }: CertificateFacts): string {
  const version3 = context(0, integer(Buffer.from([2])), "explicit");
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(8)]);
  const content = sequence(
    version3,
    integer(serial),
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    sequence(utcTime(now - DAY_MS), utcTime(now + VALID_FOR_DAYS * DAY_MS)),
    nameOf(subject),
    publicKey.export({ type: "spki", format: "der" }),
    context(3, sequence(...extensions), "explicit"),
  );
  const signed = sequence(content, ECDSA_WITH_SHA256, bits(sign("sha256", content, signingKey)));
  const lines = signed.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string): Der {
  return sequence(set(sequence(identifier(COMMON_NAME), utf8(commonName))));
}

function extension(id: string, value: Der, criticality?: "critical"): Der {
  return sequence(identifier(id), ...(criticality === undefined ? [] : [TRUE]), octets(value));
}

function namesOf(host: string): Der {
  const dns = (name: string): Der => context(2, Buffer.from(name), "primitive");
  const own = isIP(host) === 4 ? context(7, Buffer.from(host.split(".").map(Number)), "primitive") : dns(host);
  return sequence(own, dns("localhost"));
}
