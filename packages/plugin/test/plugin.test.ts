import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePlugin, isTerminalError, type KubeObject, type Plugin, TerminalError } from "@polykind/plugin";

interface Session extends KubeObject {
  readonly spec: { readonly ttlSeconds: number };
}

describe("definePlugin", () => {
  test("hands back the very object, and registers nothing: what counts is the default export", () => {
    const plugin: Plugin<Session> = {
      name: "session-ttl",
      engines: { polykind: "^1.0" },
      manages: { group: "demo.example.com", kind: "Session" },
      setup: () => ({ reconcile: async () => undefined }),
    };
    assert.equal(definePlugin(plugin), plugin);
  });

  test("types what an author writes: the object by its own fields, the result, and functions taken out of the context", () => {
    definePlugin<Session>({
      name: "typed",
      engines: { polykind: "^1.0" },
      manages: [
        { group: "demo.example.com", kind: "Session", versions: [">=v1beta1"], resourceScope: "Namespaced" },
        { selector: { group: "*.example.com" } },
      ],
      setup: ({ defer, note }) => {
        defer(() => note("ended"));
        return {
          async reconcile({ spec: { ttlSeconds } }, { client, now, related, why }) {
            const seconds: number = ttlSeconds;
            const pods: readonly KubeObject[] = related({ group: "", kind: "Pod" }).list();
            if (why.some(({ type }) => type === "retry") || pods.length > 0) return { requeueAfterMs: now() + seconds };
            // @ts-expect-error there is no update: a write of a whole object overwrites what others own.
            void client.update;
            return undefined;
          },
        };
      },
    });
  });

  test("lets a plugin for one type be used where any plugin is: a host knows no types", () => {
    const one = definePlugin<Session>({
      name: "a",
      engines: { polykind: "*" },
      manages: { group: "g.example.com", kind: "K" },
      setup: () => ({ reconcile: async () => undefined }),
    });
    const any: Plugin = one;
    assert.equal(any.name, "a");
  });
});

describe("TerminalError", () => {
  test("is an error with a message and a cause", () => {
    const cause = new Error("below");
    const error = new TerminalError("cannot parse schedule: 61 minutes", { cause });
    assert.ok(error instanceof Error);
    assert.deepEqual([error.name, error.message, error.cause], ["TerminalError", "cannot parse schedule: 61 minutes", cause]);
  });

  test("is known by another copy of the package too, since plugins bring their own", async () => {
    const copy = `${new URL("../src/plugin.ts", import.meta.url).href}?copy`;
    const other = (await import(copy)) as {
      readonly TerminalError: typeof TerminalError;
      readonly isTerminalError: typeof isTerminalError;
    };
    assert.notEqual(other.TerminalError, TerminalError);
    assert.ok(isTerminalError(new other.TerminalError("x")));
    assert.ok(other.isTerminalError(new TerminalError("x")));
  });

  for (const thrown of [undefined, null, "TerminalError", new Error("x"), { name: "TerminalError" }, 0]) {
    test(`is not what only looks like it: ${String(thrown)}`, () => assert.equal(isTerminalError(thrown), false));
  }

  test("is not what cannot be asked, such as a revoked proxy", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.equal(isTerminalError(proxy), false);
  });

  test("keeps its mark out of what is printed of it", () => {
    assert.deepEqual(Object.keys(new TerminalError("x")), ["name"]);
  });
});
