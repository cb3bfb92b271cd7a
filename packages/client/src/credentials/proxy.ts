import { BlockList, isIP } from "node:net";
import { PolykindError } from "@polykind/core";

/**
 * The proxy that the environment names for `server`, as Go's `net/http` reads it: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme, in either case, unless
 * `NO_PROXY` has the host. Loopback is never proxied.
 *
 * @throws PolykindError `CONFIG_INVALID` for a proxy of a kind that is not supported, naming the variable.
 */
export function proxyFor(server: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const usual = server.protocol === "http:" ? "HTTP_PROXY" : "HTTPS_PROXY";
  const variable = [usual, usual.toLowerCase()].find((name) => env[name]);
  const text = variable === undefined ? undefined : env[variable];
  if (!text || isLoopback(server.hostname) || isExcepted(server, env["NO_PROXY"] || env["no_proxy"] || "")) return undefined;
  const url = URL.parse(proxyText(text));
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  // The text itself may hold a password.
  const reason = url === null ? "it is no URL" : `its scheme "${url.protocol.slice(0, -1)}" is not supported, only http and https`;
  throw new PolykindError("CONFIG_INVALID", `cannot use the proxy of ${variable}: ${reason}; change it, or except the server by NO_PROXY`, {
    facts: { variable, reason },
  });
}

/** A proxy with its scheme, which is `http` where none is written. */
export function proxyText(text: string): string {
  return text.includes("://") ? text : `http://${text}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function isExcepted({ hostname, port, protocol }: URL, exceptions: string): boolean {
  const to: Target = { host: withoutBrackets(hostname), port: port || (protocol === "http:" ? "80" : "443") };
  return exceptions
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule === "*" || (rule !== "" && matches(rule, to)));
}

interface Target {
  /** An address without brackets, or a name. */
  readonly host: string;
  readonly port: string;
}

/** `host:port` or `[address]:port`; an address without brackets has more colons. */
const WITH_PORT = /^(?<host>[^:]+|\[.*\]):(?<port>[^:\]]*)$/;

function matches(rule: string, to: Target): boolean {
  const range = rangeOf(rule);
  if (range !== undefined) return has(range, to.host);
  const { host = rule, port = "" } = WITH_PORT.exec(rule)?.groups ?? {};
  return (port === "" || port === to.port) && matchesHost(withoutBrackets(host), to.host);
}

function matchesHost(rule: string, host: string): boolean {
  if (isIP(rule) !== 0) return has({ address: rule, bits: isIP(rule) === 4 ? 32 : 128 }, host);
  if (isIP(host) !== 0) return false;
  const domain = rule.replace(/^\*\./, ".");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

interface AddressRange {
  readonly address: string;
  readonly bits: number;
}

/** A range such as `10.0.0.0/8` or `fd00::/8`. */
function rangeOf(rule: string): AddressRange | undefined {
  const [address = "", bits = "", ...rest] = rule.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  return { address, bits: Number(bits) };
}

function has({ address, bits }: AddressRange, host: string): boolean {
  // An IPv4 address is in no range of IPv6 ones; the list of Node says otherwise.
  if (isIP(host) === 0 || (isIP(address) === 6 && isIP(host) === 4)) return false;
  const range = new BlockList();
  range.addSubnet(address, bits, familyOf(address));
  return range.check(host, familyOf(host));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
