/** An URL in the parts that Go's `net/url` makes of it. */
export interface GoUrl {
  readonly scheme: string;
  /** With port. */
  readonly host: string;
  readonly path: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  /** What follows the scheme where it is no path: `mailto:a@b`. */
  readonly opaque: string;
}

/** An URL as an HTTP request has it (Go's `ParseRequestURI`: absolute, or a path; `#` is no fragment), or why it is none. */
export function parseRequestUri(text: string): GoUrl | { readonly error: string } {
  if (/[\0-\x1f\x7f]/.test(text)) return { error: "net/url: invalid control character in URL" };
  if (text === "") return { error: "empty url" };
  if (text === "*") return { scheme: "", host: "", path: "*", rawPath: "*", rawQuery: "", opaque: "" };
  const scheme = schemeOf(text);
  if (typeof scheme !== "string") return scheme;
  const rest = scheme === "" ? text : text.slice(scheme.length + 1);
  const question = rest.indexOf("?");
  const [before, rawQuery] = question === -1 ? [rest, ""] : [rest.slice(0, question), rest.slice(question + 1)];
  if (!before.startsWith("/")) {
    if (scheme !== "") return { scheme: scheme.toLowerCase(), host: "", path: "", rawPath: "", rawQuery, opaque: before };
    return { error: "invalid URI for request" };
  }
  return authorityAndPath(before, scheme, rawQuery);
}

function schemeOf(text: string): string | { readonly error: string } {
  const match = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(text);
  if (match !== null) return match[0];
  return text.startsWith(":") ? { error: "missing protocol scheme" } : "";
}

function authorityAndPath(before: string, scheme: string, rawQuery: string): GoUrl | { readonly error: string } {
  const hasAuthority = before.startsWith("//") && (scheme !== "" || !before.startsWith("///"));
  const slash = hasAuthority ? before.indexOf("/", 2) : 0;
  const authority = hasAuthority && scheme !== "" ? before.slice(2, slash === -1 ? undefined : slash) : "";
  const rawPath = hasAuthority && scheme !== "" ? (slash === -1 ? "" : before.slice(slash)) : before;
  const host = hostOf(authority);
  if (typeof host !== "string") return host;
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(rawPath);
  if (bad !== null) return { error: `invalid URL escape ${JSON.stringify(bad[0])}` };
  return { scheme: scheme.toLowerCase(), host, path: unescapePath(rawPath), rawPath, rawQuery, opaque: "" };
}

function unescapePath(path: string): string {
  const bytes = Buffer.from(
    path.replace(/%([0-9a-fA-F]{2})|[^%]+/gs, (match, code?: string) =>
      code === undefined ? Buffer.from(match).toString("latin1") : String.fromCharCode(Number.parseInt(code, 16)),
    ),
    "latin1",
  );
  return bytes.toString();
}

function hostOf(authority: string): string | { readonly error: string } {
  const at = authority.lastIndexOf("@");
  if (at !== -1 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at))) return { error: "net/url: invalid userinfo" };
  const host = authority.slice(at + 1);
  const port = host.startsWith("[") ? portAfterBrackets(host) : host.includes(":") ? host.slice(host.lastIndexOf(":")) : "";
  if (port === undefined) return { error: "missing ']' in host" };
  if (!/^(:\d*)?$/.test(port)) return { error: `invalid port ${JSON.stringify(port)} after host` };
  const bad = /[\0-\x20"<>\\^`{|}\x7f]/.exec(host);
  if (bad !== null) return { error: `invalid character ${JSON.stringify(bad[0])} in host name` };
  const escape = /%(?!25)[0-9a-fA-F]{0,2}/.exec(host.startsWith("[") ? "" : host);
  if (escape !== null) return { error: `invalid URL escape ${JSON.stringify(escape[0])}` };
  return host;
}

function portAfterBrackets(host: string): string | undefined {
  const end = host.lastIndexOf("]");
  return end === -1 ? undefined : host.slice(end + 1);
}
