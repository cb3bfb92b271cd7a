import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { proxyFor } from "../../src/credentials/proxy.ts";
import { is } from "./support/kubeconfig.ts";

describe("proxyFor", () => {
  const https = "https://api.example.com:6443";
  const proxy = { HTTPS_PROXY: "http://proxy:3128" };
  const rows: readonly { why: string; server?: string; env: Record<string, string>; host: string | undefined }[] = [
    { why: "takes the variable of the scheme", env: { ...proxy, HTTP_PROXY: "http://other:1" }, host: "proxy:3128" },
    { why: "takes the one in lower case too", env: { https_proxy: "http://proxy:3128" }, host: "proxy:3128" },
    { why: "takes HTTP_PROXY for http://", server: "http://api.example.com", env: { HTTP_PROXY: "http://other:1" }, host: "other:1" },
    { why: "takes a host without a scheme", env: { HTTPS_PROXY: "proxy:3128" }, host: "proxy:3128" },
    { why: "takes nothing where nothing is set", env: {}, host: undefined },
    { why: "never proxies loopback", server: "https://127.0.0.1:6443", env: proxy, host: undefined },
    { why: "never proxies localhost", server: "https://localhost:6443", env: proxy, host: undefined },
    { why: "excepts a host", env: { ...proxy, NO_PROXY: "a, api.example.com" }, host: undefined },
    { why: "excepts a domain with its hosts", env: { ...proxy, no_proxy: ".example.com" }, host: undefined },
    { why: "excepts a domain written without the dot", env: { ...proxy, NO_PROXY: "example.com" }, host: undefined },
    {
      why: "does not except a domain that merely ends alike",
      server: "https://notexample.com",
      env: { ...proxy, NO_PROXY: "example.com" },
      host: "proxy:3128",
    },
    { why: "excepts a host at a port", env: { ...proxy, NO_PROXY: "api.example.com:6443" }, host: undefined },
    { why: "does not except it at another", env: { ...proxy, NO_PROXY: "api.example.com:443" }, host: "proxy:3128" },
    { why: "excepts everything", env: { ...proxy, NO_PROXY: "*" }, host: undefined },
    { why: "excepts a range of addresses", server: "https://10.1.2.3", env: { ...proxy, NO_PROXY: "10.0.0.0/8" }, host: undefined },
    {
      why: "does not except an address beside the range",
      server: "https://11.1.2.3",
      env: { ...proxy, NO_PROXY: "10.0.0.0/8" },
      host: "proxy:3128",
    },
    {
      why: "does not take a part of an address for a domain",
      server: "https://10.1.2.3",
      env: { ...proxy, NO_PROXY: "2.3" },
      host: "proxy:3128",
    },
    {
      why: "excepts a range of IPv6 addresses",
      server: "https://[fd00::1]:6443",
      env: { ...proxy, NO_PROXY: "fd00::/8" },
      host: undefined,
    },
    {
      why: "does not except an IPv6 address beside the range",
      server: "https://[fe00::1]",
      env: { ...proxy, NO_PROXY: "fd00::/8" },
      host: "proxy:3128",
    },
    {
      why: "does not except an IPv4 address for a range of IPv6 ones",
      server: "https://10.0.0.1",
      env: { ...proxy, NO_PROXY: "::/8,fd00::/8" },
      host: "proxy:3128",
    },
    ...["fd00::1", "[fd00::1]", "[fd00::1]:6443", "FD00:0:0::1", "[fd00:0::1]:6443"].map((rule) => ({
      why: `excepts an IPv6 address by ${rule}`,
      server: "https://[fd00::1]:6443",
      env: { ...proxy, NO_PROXY: rule },
      host: undefined,
    })),
    ...["fd00::2", "[fd00::1]:443", "[fd00::1", "fd00::/129", "::1/"].map((rule) => ({
      why: `does not except an IPv6 address by ${rule}`,
      server: "https://[fd00::1]:6443",
      env: { ...proxy, NO_PROXY: rule },
      host: "proxy:3128",
    })),
    {
      why: "excepts an IPv4 address at a port",
      server: "https://10.1.2.3:6443",
      env: { ...proxy, NO_PROXY: "10.1.2.3:6443" },
      host: undefined,
    },
    {
      why: "takes a range that is none for nothing",
      server: "https://10.0.0.1",
      env: { ...proxy, NO_PROXY: "10.0.0.1/99" },
      host: "proxy:3128",
    },
    ...[".example.com:6443", "*.example.com:6443", "*.example.com", "example.com:6443"].map((rule) => ({
      why: `excepts the hosts of a domain by ${rule}`,
      env: { ...proxy, NO_PROXY: rule },
      host: undefined,
    })),
    { why: "does not except the hosts of a domain at another port", env: { ...proxy, NO_PROXY: ".example.com:443" }, host: "proxy:3128" },
    ...[".example.com", "*.example.com"].map((rule) => ({
      why: `does not except the domain itself by ${rule}`,
      server: "https://example.com",
      env: { ...proxy, NO_PROXY: rule },
      host: "proxy:3128",
    })),
    { why: "does not look at a proxy that is not needed", env: { HTTPS_PROXY: "socks5://p", NO_PROXY: "example.com" }, host: undefined },
  ];
  for (const { why, server = https, env, host } of rows) test(why, () => assert.equal(proxyFor(new URL(server), env)?.host, host));

  for (const { why, env, says } of [
    { why: "of a kind that is not supported", env: { HTTPS_PROXY: "socks5://u:hunter2@p:1080" }, says: [/HTTPS_PROXY/, /"socks5" is not/] },
    { why: "that is no URL", env: { https_proxy: "http://u:hunter2@[p" }, says: [/https_proxy/, /no URL/] },
  ] as const) {
    test(`refuses a proxy ${why}, naming the variable and no password`, () => {
      assert.throws(
        () => proxyFor(new URL(https), env),
        (error: Error) => {
          assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /hunter2/);
          return is("CONFIG_INVALID", ...says)(error);
        },
      );
    });
  }
});
