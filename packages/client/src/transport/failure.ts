import { messageOf, PolykindError } from "@polykind/core";

/**
 * How far a request came that got no answer. `unreachable`: there was no connection to send it on. `refused`: the server says that it did not look at it.
 * `crowded`: the server has too much to do to answer it now. `lost`: it may have been acted upon. `stale`: lost on a connection that had been kept and was closed meanwhile.
 */
export type Loss = "unreachable" | "refused" | "crowded" | "lost" | "stale";

/** A request that got no answer, or only a part of one. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  readonly loss: Loss;

  constructor(loss: Loss, cause: unknown) {
    super(messageOf(cause), { cause });
    this.loss = loss;
  }
}

/** An {@link ExchangeError} of `cause`, which is kept when it is one already. */
export function exchangeErrorOf(loss: Loss, cause: unknown): ExchangeError {
  return cause instanceof ExchangeError ? cause : new ExchangeError(loss, cause);
}

/** Why a server cannot be reached, for programs. */
export type UnreachableReason = "refused" | "name-not-found" | "timed-out" | "no-route" | "certificate" | "tls" | "proxy" | "lost";

interface Plain {
  readonly reason: UnreachableReason;
  /** It is our certificate that is refused, or that cannot be used. */
  readonly isOurs?: true;
  /** What happened and what to do. */
  readonly text: string;
}

const REFUSED: Plain = { reason: "refused", text: "connection refused; is the API server running, and is its address right?" };
const NO_NAME: Plain = { reason: "name-not-found", text: "its name is not found in DNS; is it right, and is DNS reachable?" };
const TIMED_OUT: Plain = { reason: "timed-out", text: "timed out; is the server up, and does a firewall or VPN stand between?" };
const NO_ROUTE: Plain = { reason: "no-route", text: "no route to it; is the network or the VPN up?" };
const UNTRUSTED: Plain = {
  reason: "certificate",
  text: "its certificate is not signed by an authority that is trusted here; is the certificate authority of the kubeconfig that of this server?",
};
const EXPIRED: Plain = {
  reason: "certificate",
  text: "its certificate has expired; it must be renewed at the server (or the clock here is wrong)",
};
const NOT_YET: Plain = { reason: "certificate", text: "its certificate is not valid yet; is the clock right, here and there?" };
const OTHER_NAME: Plain = {
  reason: "certificate",
  text: "its certificate is for other names; is the address right, or is tls-server-name missing in the kubeconfig?",
};
const OURS_REFUSED: Plain = {
  reason: "certificate",
  isOurs: true,
  text: "it refuses our client certificate; is it expired, or of another cluster?",
};
const OURS_TORN: Plain = {
  reason: "certificate",
  isOurs: true,
  text: "our client certificate and its key do not belong together; are they being renewed just now, or is one of another pair?",
};
const OURS_UNREADABLE: Plain = {
  reason: "certificate",
  isOurs: true,
  text: "our client certificate or its key cannot be read; are they being written just now, and are both PEM?",
};
const NO_TLS: Plain = {
  reason: "tls",
  text: "it does not speak TLS as expected; is the port right, and should the address begin with http://?",
};
const LOST: Plain = { reason: "lost", text: "the connection was lost" };

const PLAIN_BY_CODE: ReadonlyMap<string, Plain> = new Map([
  ["ECONNREFUSED", REFUSED],
  ["ENOTFOUND", NO_NAME],
  ["EAI_AGAIN", NO_NAME],
  ["ETIMEDOUT", TIMED_OUT],
  ["EHOSTUNREACH", NO_ROUTE],
  ["ENETUNREACH", NO_ROUTE],
  ["ECONNRESET", LOST],
  ["EPIPE", LOST],
  ["CERT_HAS_EXPIRED", EXPIRED],
  ["CERT_NOT_YET_VALID", NOT_YET],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", UNTRUSTED],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNTRUSTED],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNTRUSTED],
  ["UNABLE_TO_GET_ISSUER_CERT", UNTRUSTED],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNTRUSTED],
  ["CERT_SIGNATURE_FAILURE", UNTRUSTED],
  ["ERR_TLS_CERT_ALTNAME_INVALID", OTHER_NAME],
  ["EPROTO", NO_TLS],
  ["ERR_SSL_WRONG_VERSION_NUMBER", NO_TLS],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", NO_TLS],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", OURS_REFUSED],
  ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", OURS_REFUSED],
  ["ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED", OURS_REFUSED],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", OURS_REFUSED],
  ["ERR_OSSL_X509_KEY_VALUES_MISMATCH", OURS_TORN],
  ["ERR_OSSL_PEM_NO_START_LINE", OURS_UNREADABLE],
  ["ERR_OSSL_PEM_BAD_END_LINE", OURS_UNREADABLE],
  ["ERR_OSSL_UNSUPPORTED", OURS_UNREADABLE],
]);

/** What to say of `cause`: its text is kept where no plainer words are known. */
export function plainWordsOf(cause: unknown): Plain {
  for (let at = cause, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof ProxyError) return { reason: "proxy", text: at.message };
    const plain = "code" in at && typeof at.code === "string" ? PLAIN_BY_CODE.get(at.code) : undefined;
    if (plain !== undefined) return plain;
  }
  return { reason: "lost", text: messageOf(cause) };
}

/** The proxy on the way to the server did not let us through. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
}

/** What a request was for, as far as messages tell it. */
export interface RequestName {
  readonly method: string;
  readonly path: string;
  readonly host: string;
}

/** `API_UNREACHABLE` in plain words: host, cause, and what to do. Its fact `reason` is an {@link UnreachableReason}. */
export function unreachableError(cause: unknown, { method, path, host }: RequestName): PolykindError {
  const { reason, text } = plainWordsOf(cause);
  return new PolykindError("API_UNREACHABLE", `cannot ${method} ${path} at ${host}: ${text}`, {
    cause,
    facts: { method, path, host, reason },
  });
}

/** `API_UNREACHABLE` for an answer that did not come in time. */
export function timedOutError(afterMs: number, { method, path, host }: RequestName): PolykindError {
  return new PolykindError(
    "API_UNREACHABLE",
    `cannot ${method} ${path} at ${host}: no answer within ${afterMs / 1000} s; is the server overloaded?`,
    {
      facts: { method, path, host, reason: "timed-out", timeoutMs: afterMs },
    },
  );
}
