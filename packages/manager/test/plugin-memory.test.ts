import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePlugin } from "@polykind/plugin";
import type { LoadedPlugin, PluginRecord } from "@polykind/plugin-host";
import { digestOf, PluginMemory } from "../src/plugin-memory.ts";

function loaded(name: string, digest = "d1"): LoadedPlugin {
  const setup = () => ({ reconcile: () => Promise.resolve(undefined) });
  const plugin = definePlugin({ name, engines: { polykind: "*" }, manages: { group: "x.example.com", kind: "Ball" }, setup });
  return { name, version: "1.0.0", source: "in-process", loadedAt: 0, digest, state: "loaded", plugin };
}

const needOf = (record: PluginRecord): { readonly plugin: string; readonly digest: string } => ({
  plugin: record.name,
  digest: digestOf(record),
});

describe("the memory for plugins", () => {
  test("finds a plugin that was removed for as long as somebody needs it, and then nowhere", () => {
    const ttl = loaded("ttl");
    const host: { records: readonly PluginRecord[] } = { records: [ttl] };
    const memory = new PluginMemory(host);
    host.records = [];
    memory.renew();
    memory.keep(() => [needOf(ttl)]);
    assert.deepEqual([memory.find(needOf(ttl)), memory.removed], [ttl, [ttl]]);
    memory.keep(() => []);
    assert.deepEqual([memory.find(needOf(ttl)), memory.removed], [undefined, []]);
  });

  test("tells one state of a plugin's code from the next", () => {
    const [old, next] = [loaded("ttl", "d1"), loaded("ttl", "d2")];
    const host: { records: readonly PluginRecord[] } = { records: [old] };
    const memory = new PluginMemory(host);
    host.records = [next];
    memory.renew();
    memory.keep(() => [needOf(old), needOf(next)]);
    assert.deepEqual([memory.find(needOf(old)), memory.find(needOf(next)), memory.removed], [old, next, [old]]);
  });

  test("finds a plugin by its own finalizer, so that the former one finalizes and no other", () => {
    const named = (finalizer: string, digest: string): LoadedPlugin => {
      const record = loaded("ttl", digest);
      return { ...record, plugin: { ...record.plugin, finalizer } };
    };
    const [old, next] = [named("old.example.com/ttl", "d1"), named("new.example.com/ttl", "d2")];
    const host: { records: readonly PluginRecord[] } = { records: [old] };
    const memory = new PluginMemory(host);
    host.records = [next];
    memory.renew();
    const need = { plugin: "ttl (old.example.com/ttl)", digest: digestOf(old) };
    memory.keep(() => [need]);
    assert.deepEqual([memory.find(need), memory.find(needOf(old)), memory.removed], [old, undefined, [old]]);
  });

  test("takes a plugin that is put back for one of the host's again", () => {
    const ttl = loaded("ttl");
    const host: { records: readonly PluginRecord[] } = { records: [ttl] };
    const memory = new PluginMemory(host);
    host.records = [];
    memory.renew();
    host.records = [{ ...ttl, loadedAt: 1 }];
    memory.renew();
    assert.deepEqual([memory.removed, memory.find(needOf(ttl))?.loadedAt], [[], 1]);
  });

  test("keeps no plugin that was refused", () => {
    const { plugin: _, ...facts } = loaded("ttl");
    const host: { records: readonly PluginRecord[] } = { records: [{ ...facts, state: "rejected", error: new Error("x") as never }] };
    const memory = new PluginMemory(host);
    host.records = [];
    memory.renew();
    assert.deepEqual(memory.removed, []);
  });
});
