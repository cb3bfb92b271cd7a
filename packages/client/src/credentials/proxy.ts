import { isIP } from "node:net";

/**
 * The proxy that the environment names for `server`, as Go's `net/http` and curl read it: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme, in either case, unless
 * `NO_PROXY` has the host. Loopback is never proxied.
 */
export function proxyFor(server: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const variable = server.protocol === "http:" ? "HTTP_PROXY" : "HTTPS_PROXY";
  const text = env[variable] || env[variable.toLowerCase()];
  if (!text || isLoopback(server.hostname) || isExcepted(server, env["NO_PROXY"] || env["no_proxy"] || "")) return undefined;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") ? url : undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function isExcepted({ hostname, port, protocol }: URL, exceptions: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const withPort = `${host}:${port || (protocol === "http:" ? "80" : "443")}`;
  return exceptions
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule === "*" || rule === withPort || (rule !== "" && matches(rule, host)));
}

function matches(rule: string, host: string): boolean {
  if (rule.includes("/")) return isInRange(rule, host);
  if (isIP(host) !== 0) return rule === host;
  const domain = rule.replace(/^\*?\./, "");
  return host === domain || host.endsWith(`.${domain}`);
}

/** Whether an IPv4 address lies in a CIDR range such as `10.0.0.0/8`. */
function isInRange(range: string, host: string): boolean {
  const [base = "", bits = ""] = range.split("/");
  if (isIP(base) !== 4 || isIP(host) !== 4 || !/^\d+$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(base) / size) === Math.floor(numberOf(host) / size);
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
