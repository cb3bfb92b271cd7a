import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { proxyFor } from "../../src/credentials/proxy.ts";

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
  ];
  for (const { why, server = https, env, host } of rows) test(why, () => assert.equal(proxyFor(new URL(server), env)?.host, host));
});
