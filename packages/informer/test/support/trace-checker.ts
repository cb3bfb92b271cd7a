import assert from "node:assert/strict";
import type { KubeObject } from "@polykind/apimachinery";
import type { Handler, Informer } from "@polykind/informer";
import { linesOf, type ModelServer } from "./model-server.ts";

/** Follows an informer as a handler, and asserts at each call what must hold of the calls: no invention, one order for each object, nothing after the end. */
export class Mirror implements Handler {
  readonly objects = new Map<string, KubeObject>();
  readonly #server: ModelServer;
  readonly #ended = new Set<string>();
  isOver = false;
  calls = 0;
  hasLive = false;

  constructor(server: ModelServer) {
    this.#server = server;
  }

  added(object: KubeObject, { isInitial }: { readonly isInitial: boolean }): void {
    this.#check(object);
    const { name, uid } = object.metadata;
    assert.ok(!(isInitial && this.hasLive), "initial objects come before live changes");
    this.hasLive ||= !isInitial;
    assert.equal(this.objects.get(name), undefined, `W4: ${name} was added twice, or before the end of its predecessor`);
    assert.ok(!this.#ended.has(uid), `W4: ${uid} came back after its end`);
    this.objects.set(name, object);
  }

  changed(object: KubeObject, before: KubeObject): void {
    this.#check(object);
    this.hasLive = true;
    const known = this.objects.get(object.metadata.name);
    assert.equal(known, before, "W4: the object before is the one told last");
    assert.equal(known?.metadata.uid, object.metadata.uid, "W4: a change keeps the uid");
    assert.ok(Number(object.metadata.resourceVersion) > Number(before.metadata.resourceVersion), "W2: versions grow");
    this.objects.set(object.metadata.name, object);
  }

  deleted(object: KubeObject): void {
    this.#check(object);
    this.hasLive = true;
    const { name, uid } = object.metadata;
    assert.equal(this.objects.get(name)?.metadata.uid, uid, `W4: the end of ${uid}, which was not told of`);
    this.objects.delete(name);
    this.#ended.add(uid);
  }

  #check(object: KubeObject): void {
    this.calls += 1;
    assert.ok(!this.isOver, "W10: silence after the stop or the removal");
    assert.ok(this.#server.hasSent(object), "W1, W12: only what the server sent");
    assert.ok(Object.isFrozen(object) && Object.isFrozen(object.metadata), "W17: objects are frozen");
  }
}

/** What must hold of the cache at any moment: it is the server's state at the cache's own version, whole and not mixed (W1, W2, W5, W7, W8, W15). */
export class CacheCheck {
  #version = 0;

  check(informer: Informer, server: ModelServer): void {
    const { resourceVersion } = informer.store;
    assert.ok(Number(resourceVersion) >= this.#version, `W2: the cache went back from ${this.#version} to ${resourceVersion}`);
    this.#version = Number(resourceVersion);
    assert.deepEqual(
      linesOf(informer.store.list()),
      server.stateAt(resourceVersion),
      `W5, W7, W8: the cache is not the server's state at ${resourceVersion}`,
    );
    assert.equal(informer.store.list({ namespace: "web" }).length, informer.store.size, "the index holds what the cache holds");
    assert.equal(({} as { polluted?: unknown }).polluted, undefined, "W18: no key reaches Object.prototype");
  }
}
