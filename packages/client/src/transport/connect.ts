import { connect as connectTcp, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type ConnectionOptions, type SecureContext, type TLSSocket } from "node:tls";
import type { Clock } from "@polykind/core";
import type { TlsIdentity } from "../credentials/types.ts";
import type { SocketBytes } from "../http2/socket-bytes.ts";
import { ExchangeError, exchangeErrorOf, ProxyError } from "./failure.ts";
import { http, https } from "./http-modules.ts";

/** Where to connect to, and how. */
export interface ConnectTarget {
  readonly server: URL;
  readonly proxy: URL | undefined;
  readonly tls: TlsIdentity;
  /** What Node makes of the certificates of `tls`; throws when they are none. */
  readonly secureContextOf: (tls: TlsIdentity) => SecureContext;
  /** In the order of preference. */
  readonly protocols: readonly string[];
  /** Takes what an encrypted connection brings, from its first byte on. */
  readonly bytes: SocketBytes | undefined;
}

/** What it takes to connect. */
export interface ConnectOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How often the kernel asks a silent peer whether it is there. */
const KEEP_ALIVE_MS = 30_000;

/**
 * A connection to the server, through the proxy if there is one, with TLS established if the URL says `https`.
 *
 * Rejects with an `unreachable` {@link ExchangeError}, or with the reason of the signal; then nothing is left open.
 */
export async function connect(target: ConnectTarget, { clock, timeoutMs, signal }: ConnectOptions): Promise<Socket | TLSSocket> {
  signal.throwIfAborted();
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = clock.setTimer(timeoutMs, () => ending.abort(new ExchangeError("unreachable", timedOut("timed out while connecting"))));
  try {
    const { server, proxy } = target;
    if (proxy !== undefined) {
      const tunnel = await openTunnel(server, proxy, ending.signal);
      return server.protocol === "https:" ? await openTlsIn(tunnel, target, ending.signal) : tunnel;
    }
    return server.protocol === "https:" ? await openTls(target, ending.signal) : await openTcp(server, ending.signal);
  } catch (cause) {
    if (ending.signal.aborted) throw ending.signal.reason;
    throw exchangeErrorOf("unreachable", cause);
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", abort);
  }
}

/** As the system says it of a peer that does not answer. */
export function timedOut(what: string): Error {
  return Object.assign(new Error(what), { code: "ETIMEDOUT" });
}

/** The host of a URL as sockets take it: IPv6 addresses without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** The port of a URL, also where it is that of the scheme. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
}

function openTcp(server: URL, signal: AbortSignal): Promise<Socket> {
  const socket = connectTcp({
    host: hostOf(server),
    port: portOf(server),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  return whenOpen(socket, "connect", signal);
}

function openTls(target: ConnectTarget, signal: AbortSignal): Promise<TLSSocket> {
  const { server, bytes } = target;
  // Of a name Node looks up all addresses and tries them in turn.
  const to = { host: hostOf(server), port: portOf(server), ...(bytes !== undefined && { onread: bytes.onread }) };
  const socket = connectTls({ ...identityOf(target), ...to });
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  return whenOpen(socket, "secureConnect", signal);
}

function openTlsIn(tunnel: Socket, target: ConnectTarget, signal: AbortSignal): Promise<TLSSocket> {
  const { server, bytes } = target;
  const { servername = hostOf(server) } = target.tls;
  const socket = connectTls({ ...identityOf(target), socket: tunnel, host: servername });
  bytes?.listenTo(socket);
  return whenOpen(socket, "secureConnect", signal);
}

/** Who we are and whom we expect, whatever the address. */
function identityOf({ server, tls, secureContextOf, protocols }: ConnectTarget): ConnectionOptions {
  const { servername = hostOf(server), rejectUnauthorized } = tls;
  return {
    secureContext: secureContextOf(tls),
    rejectUnauthorized,
    // An address is no name that a server could be asked for.
    ...(isIP(servername) === 0 && { servername }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(servername, certificate),
    ALPNProtocols: [...protocols],
  };
}

/** `socket` once it is open. Else it is destroyed. */
function whenOpen<S extends Socket>(socket: S, event: "connect" | "secureConnect", signal: AbortSignal): Promise<S> {
  const { promise, resolve, reject } = Promise.withResolvers<S>();
  const open = (): void => resolve(socket);
  const close = (): void => reject(new Error("the connection was closed before it was open"));
  const abort = (): void => reject(signal.reason);
  socket.on(event, open).on("error", reject).on("close", close);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return promise
    .catch((cause: unknown) => {
      socket.on("error", () => {}); // what comes after the first error is its consequence
      socket.destroy();
      throw cause;
    })
    .finally(() => {
      signal.removeEventListener("abort", abort);
      socket.off(event, open).off("error", reject).off("close", close);
    });
}

function openTunnel(server: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const request = proxy.protocol === "https:" ? https().request : http().request;
  const to = `${server.hostname}:${portOf(server)}`;
  const headers = proxy.username === "" ? { host: to } : { host: to, "proxy-authorization": basicOf(proxy) };
  const asked = request({ host: hostOf(proxy), port: portOf(proxy), method: "CONNECT", path: to, headers, agent: false, signal });
  asked.on("connect", ({ statusCode = 0 }, socket) => {
    if (statusCode === 200) return resolve(socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS));
    socket.destroy();
    const hint = statusCode === 407 ? "; does the proxy URL carry the right user and password?" : "";
    reject(new ProxyError(`the proxy ${proxy.host} answered ${statusCode} instead of opening a tunnel${hint}`));
  });
  asked.on("response", ({ statusCode = 0 }) => {
    asked.destroy();
    reject(new ProxyError(`the proxy ${proxy.host} answered ${statusCode} instead of opening a tunnel`));
  });
  asked.on("error", (cause) =>
    reject(signal.aborted ? signal.reason : new ProxyError(`the proxy ${proxy.host} is not reachable`, { cause })),
  );
  asked.end();
  return promise;
}

function basicOf({ username, password }: URL): string {
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
}
