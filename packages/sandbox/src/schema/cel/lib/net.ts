import { type IpBytes, parseCidr, parseIp } from "../../formats/ip.ts";
import { goQuote } from "../../go-text.ts";
import { BOOL, INT, opaque, STRING } from "../lang/types.ts";
import { type CelFunction, fn, global, member } from "../types/function.ts";
import { CelError, type Opaque } from "../values/value.ts";

const IP = opaque("net.IP");
const CIDR = opaque("net.CIDR");

interface Address {
  readonly bytes: IpBytes;
  readonly text: string;
}

interface Network {
  readonly ip: IpBytes;
  readonly bits: number;
  readonly text: string;
}

/** An address in its shortest form: the longest run of zeros becomes `::`. */
export function formatIp(bytes: IpBytes): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const text = groups.map((group) => group.toString(16)).join(":");
  const runs = [...text.matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)];
  const longest = runs.reduce<RegExpExecArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  );
  if (longest === undefined) return text;
  const head = text.slice(0, longest.index).replace(/:$/, "");
  const tail = text.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${head}::${tail}`;
}

function isMapped(bytes: IpBytes): boolean {
  return bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function readIp(text: string): Address {
  const zone = text.indexOf("%");
  const bytes = parseIp(zone > 0 && text.includes(":") ? text.slice(0, zone) : text);
  if (bytes === undefined)
    throw new CelError(
      `IP Address ${goQuote(text)} parse error during conversion from string: ParseAddr(${goQuote(text)}): ${whyNoIp(text)}`,
    );
  if (zone !== -1) throw new CelError(`IP address ${goQuote(text)} with zone value is not allowed`);
  if (isMapped(bytes)) throw new CelError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`);
  return { bytes, text: formatIp(bytes) };
}

function whyNoIp(text: string): string {
  return text.includes(".") || text.includes(":") ? "unexpected character" : "unable to parse IP";
}

function readCidr(text: string): Network {
  const found = parseCidr(text);
  const prefix = "network address parse error during conversion from string: ";
  if (found === undefined)
    throw new CelError(`${prefix}${prefix}netip.ParsePrefix(${goQuote(text)}): ${text.includes("/") ? "bad address or bits" : "no '/'"}`);
  if (isMapped(found.ip)) throw new CelError(`${prefix}IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`);
  return { ...found, text: `${formatIp(found.ip)}/${found.bits}` };
}

function makeIp(content: Address): Opaque {
  return { shape: "opaque", type: IP as Opaque["type"], content, equals: (other) => ipOf(other).text === content.text }; // `opaque` makes objects.
}

function makeCidr(content: Network): Opaque {
  return { shape: "opaque", type: CIDR as Opaque["type"], content, equals: (other) => cidrOf(other).text === content.text }; // As above.
}

function ipOf({ content }: Opaque): Address {
  return content as Address; // Only values of this library have its type.
}

function cidrOf({ content }: Opaque): Network {
  return content as Network; // As above.
}

function canRead(read: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      read(text);
      return true;
    } catch (cause) {
      if (cause instanceof CelError) return false;
      throw cause;
    }
  };
}

function masked(bytes: IpBytes, bits: number): IpBytes {
  return bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))) & 0xff);
}

function contains({ ip, bits }: Network, bytes: IpBytes): boolean {
  return ip.length === bytes.length && formatIp(masked(ip, bits)) === formatIp(masked(bytes, bits));
}

function containsNetwork(outer: Network, inner: Network): boolean {
  return outer.bits <= inner.bits && contains(outer, inner.ip);
}

function isUnspecified({ bytes }: Address): boolean {
  return bytes.every((byte) => byte === 0);
}

function isLoopback({ bytes }: Address): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

function isLinkLocalMulticast({ bytes }: Address): boolean {
  return bytes.length === 4 ? bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0 : bytes[0] === 0xff && ((bytes[1] ?? 0) & 0x0f) === 2;
}

function isLinkLocalUnicast({ bytes }: Address): boolean {
  return bytes.length === 4 ? bytes[0] === 169 && bytes[1] === 254 : bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
}

function isMulticast({ bytes }: Address): boolean {
  return bytes.length === 4 ? ((bytes[0] ?? 0) & 0xf0) === 0xe0 : bytes[0] === 0xff;
}

function isGlobalUnicast(address: Address): boolean {
  const isBroadcast = address.bytes.length === 4 && address.bytes.every((byte) => byte === 255);
  return !isUnspecified(address) && !isBroadcast && !isLoopback(address) && !isMulticast(address) && !isLinkLocalUnicast(address);
}

function asks(name: string, test: (address: Address) => boolean): CelFunction {
  return fn(
    name,
    member([IP], BOOL, (value: Opaque) => test(ipOf(value))),
  );
}

/** Addresses and networks. */
export const NET_LIBRARY: readonly CelFunction[] = [
  fn(
    "ip",
    global([STRING], IP, (text: string) => makeIp(readIp(text))),
    member([CIDR], IP, (value: Opaque) => makeIp({ bytes: cidrOf(value).ip, text: formatIp(cidrOf(value).ip) })),
  ),
  fn("isIP", global([STRING], BOOL, canRead(readIp))),
  fn(
    "ip.isCanonical",
    global([STRING], BOOL, (text: string) => readIp(text).text === text),
  ),
  fn(
    "family",
    member([IP], INT, (value: Opaque) => (ipOf(value).bytes.length === 4 ? 4n : 6n)),
  ),
  asks("isUnspecified", isUnspecified),
  asks("isLoopback", isLoopback),
  asks("isLinkLocalMulticast", isLinkLocalMulticast),
  asks("isLinkLocalUnicast", isLinkLocalUnicast),
  asks("isGlobalUnicast", isGlobalUnicast),
  fn(
    "cidr",
    global([STRING], CIDR, (text: string) => makeCidr(readCidr(text))),
  ),
  fn("isCIDR", global([STRING], BOOL, canRead(readCidr))),
  fn(
    "containsIP",
    member([CIDR, STRING], BOOL, (value: Opaque, text: string) => contains(cidrOf(value), readIp(text).bytes)),
    member([CIDR, IP], BOOL, (value: Opaque, ip: Opaque) => contains(cidrOf(value), ipOf(ip).bytes)),
  ),
  fn(
    "containsCIDR",
    member([CIDR, STRING], BOOL, (value: Opaque, text: string) => containsNetwork(cidrOf(value), readCidr(text))),
    member([CIDR, CIDR], BOOL, (value: Opaque, inner: Opaque) => containsNetwork(cidrOf(value), cidrOf(inner))),
  ),
  fn(
    "prefixLength",
    member([CIDR], INT, (value: Opaque) => BigInt(cidrOf(value).bits)),
  ),
  fn(
    "masked",
    member([CIDR], CIDR, (value: Opaque) => {
      const { ip, bits } = cidrOf(value);
      const network = masked(ip, bits);
      return makeCidr({ ip: network, bits, text: `${formatIp(network)}/${bits}` });
    }),
  ),
];
