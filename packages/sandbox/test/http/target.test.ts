import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseTarget } from "../../src/http/target.ts";

const none = { namespace: "", name: "", subresource: "", isWatchPath: false };
const pods = { type: "resource", group: "", version: "v1", plural: "pods", ...none };
const foos = { type: "resource", group: "ex.com", version: "v1", plural: "foos", ...none };
const namespaces = { ...pods, plural: "namespaces" };

describe("a path", () => {
  for (const { path, target } of [
    { path: "/api", target: { type: "discovery", isCore: true } },
    { path: "/api/v1", target: { type: "discovery", isCore: true, group: "", version: "v1" } },
    { path: "/apis", target: { type: "discovery", isCore: false } },
    { path: "/apis/ex.com", target: { type: "discovery", isCore: false, group: "ex.com" } },
    { path: "/apis/ex.com/v1/", target: { type: "discovery", isCore: false, group: "ex.com", version: "v1" } },
    { path: "/api/v1/pods", target: pods },
    { path: "/api/v1/namespaces/a/pods", target: { ...pods, namespace: "a" } },
    { path: "/apis/ex.com/v1/foos", target: foos },
    { path: "/apis/ex.com/v1/foos/x", target: { ...foos, name: "x" } },
    { path: "/apis/ex.com/v1/namespaces/a/foos/x/status", target: { ...foos, namespace: "a", name: "x", subresource: "status" } },
    { path: "/api/v1/namespaces", target: namespaces },
    { path: "/api/v1/namespaces/a", target: { ...namespaces, name: "a" } },
    { path: "/api/v1/namespaces/a/status", target: { ...namespaces, name: "a", subresource: "status" } },
    { path: "/api/v1/namespaces/a/finalize", target: { ...namespaces, name: "a", subresource: "finalize" } },
    { path: "/apis/ex.com/v1/watch/namespaces/a/foos", target: { ...foos, namespace: "a", isWatchPath: true } },
    { path: "/apis/ex.com/v1/watch", target: { ...foos, plural: "watch" } },
    { path: "/apis/ex.com/v1/foos/a%20b", target: { ...foos, name: "a b" } },
    { path: "/apis/ex.com/v1/foos/%zz", target: { type: "other" } },
    { path: "/apis/ex.com/v1/foos/x/status/more", target: { type: "other" } },
    { path: "/healthz", target: { type: "other" } },
    { path: "/", target: { type: "other" } },
  ]) {
    test(`${path} is read as the real server reads it`, () => assert.deepEqual(parseTarget(path), target));
  }
});
