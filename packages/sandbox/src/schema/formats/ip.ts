/** An IP address: 4 or 16 bytes. */
export type IpBytes = readonly number[];

/** Bytes of an IPv4 address, or `undefined`. Leading zeros are let pass only with `isSloppy`, as Go before 1.17 did. */
export function parseIpv4(text: string, { isSloppy = false }: { readonly isSloppy?: boolean } = {}): IpBytes | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => ((isSloppy ? /^\d+$/ : /^(0|[1-9]\d*)$/).test(part) ? Number(part) : -1));
  return bytes.every((byte) => byte >= 0 && byte <= 255) ? bytes : undefined;
}

/** Bytes of an IPv6 address, or `undefined`. A zone is not let pass. */
export function parseIpv6(text: string, options: { readonly isSloppy?: boolean } = {}): IpBytes | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "", options, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "", options, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function groupsOf(text: string, options: { readonly isSloppy?: boolean }, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const ipv4 = isEnd && last.includes(".") ? parseIpv4(last, options) : undefined;
  const groups = ipv4 === undefined ? parts : parts.slice(0, -1);
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return [...groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]), ...(ipv4 ?? [])];
}

/** Bytes of an IPv4 or IPv6 address, or `undefined`. */
export function parseIp(text: string, options: { readonly isSloppy?: boolean } = {}): IpBytes | undefined {
  return text.includes(":") ? parseIpv6(text, options) : parseIpv4(text, options);
}

/** Address and prefix length of a network such as `10.0.0.0/8`, or `undefined`. */
export function parseCidr(
  text: string,
  options: { readonly isSloppy?: boolean } = {},
): { readonly ip: IpBytes; readonly bits: number } | undefined {
  const slash = text.indexOf("/");
  if (slash === -1) return undefined;
  const ip = parseIp(text.slice(0, slash), options);
  const bits = text.slice(slash + 1);
  if (ip === undefined || !(options.isSloppy === true ? /^\d+$/ : /^(0|[1-9]\d*)$/).test(bits) || Number(bits) > ip.length * 8)
    return undefined;
  return { ip, bits: Number(bits) };
}
