import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import {
  compareResourceVersions,
  decodeList,
  decodeWatchEvent,
  type KubeObject,
  type ListWatch,
  type WatchEvent,
} from "@polykind/apimachinery";
import { isPolykindError, Stop } from "@polykind/core";

/** What the contract is run on: a source of the objects of one kind, and a hand to change them. Disposing it ends all that was opened for it. */
export interface ListWatchSubject extends AsyncDisposable {
  /** The source under test. There are no objects at first. */
  readonly source: ListWatch;
  /** A source of a kind that the server does not serve. */
  readonly unserved: ListWatch;
  readonly create: (name: string) => Promise<void>;
  /** Changes any field of the object. */
  readonly change: (name: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** The number of lists and watches that are open now. */
  readonly openStreams: () => number;
}

const AS = { apiVersion: "contract/v1", kind: "Contract" };

/**
 * What every `ListWatch` must do, as tests of `node:test`: run it on the fake and on the real thing.
 *
 * @param open a fresh subject without objects; called once for each test.
 */
export function listWatchContract(name: string, open: () => Promise<ListWatchSubject>): void {
  const on = (why: string, body: (subject: ListWatchSubject) => Promise<void>): void => {
    test(why, async () => {
      await using subject = await open();
      await body(subject);
    });
  };

  describe(`${name} is a ListWatch`, () => {
    describe("list", () => {
      on("resolves with the bytes of a list, whose version is where to watch on from", listsBytes);
      on("hands out pages, all of one version", listsPages);
      on("rejects with the reason of a signal that has aborted", listAborts);
      on("says KIND_NOT_SERVED of a kind that is not there", listUnserved);
    });
    describe("watch", () => {
      on("yields what came after the version, each event a line by itself, in order", watchesChanges);
      on("begins with the present objects and marks their end where that is asked for", watchesInitialEvents);
      on("tells the version alone, as a read from now on would have it, where no objects are asked for", watchesNothing);
      on("does not tell again what came before the version at which it resumes", resumes);
      on("ends by itself, in order, when its time is up", timesOut);
      on("tells by a bookmark up to which version nothing more happened, before its time is up", tellsBookmarks);
      on("ends without an error when the signal aborts, before and during it, and leaves nothing open", watchAborts);
      on("ends when its reader stops reading, and leaves nothing open", watchBreaks);
      on("never writes again to bytes that it has handed over", keepsBytes);
      on("says KIND_NOT_SERVED of a kind that is not there", watchUnserved);
    });
    describe("watch, where it flows into a sink,", () => {
      on("gives what an iteration yields, and ends without an error when the sink stops it", flows);
      on("gives nothing once the sink has stopped it, also in the midst of a call", flowsNoMore);
      on("ends with what the sink throws, and leaves nothing open", flowFails);
      on("says KIND_NOT_SERVED of a kind that is not there", flowUnserved);
    });
  });
}

async function listsBytes({ source, create, openStreams }: ListWatchSubject): Promise<void> {
  await create("a");
  const { items, resourceVersion } = decodeList(await source.list({ signal: openSignal() }), AS);
  assert.deepEqual(items.map(nameOf), ["a"]);
  assert.match(resourceVersion, /^\d+$/);
  assert.equal(openStreams(), 0);
}

async function listsPages({ source, create }: ListWatchSubject): Promise<void> {
  for (const name of ["a", "b", "c"]) await create(name);
  const first = decodeList(await source.list({ limit: 2, signal: openSignal() }), AS);
  assert.ok(first.continue !== undefined, "there is a next page");
  const last = decodeList(await source.list({ limit: 2, continue: first.continue, signal: openSignal() }), AS);
  assert.deepEqual([...first.items, ...last.items].map(nameOf).toSorted(), ["a", "b", "c"]);
  assert.equal(last.resourceVersion, first.resourceVersion);
  assert.equal(last.continue, undefined);
}

async function listAborts({ source, openStreams }: ListWatchSubject): Promise<void> {
  const before = AbortSignal.abort("before");
  await assert.rejects(source.list({ signal: before }), (reason) => reason === "before");
  const abort = new AbortController();
  const listing = source.list({ signal: abort.signal });
  abort.abort("during");
  await assert.rejects(listing, (reason) => reason === "during");
  assert.equal(openStreams(), 0);
  assert.equal(getEventListeners(abort.signal, "abort").length, 0);
}

async function listUnserved({ unserved }: ListWatchSubject): Promise<void> {
  await assert.rejects(unserved.list({ signal: openSignal() }), (error) => isPolykindError(error, "KIND_NOT_SERVED"));
}

async function watchesChanges({ source, create, change, remove }: ListWatchSubject): Promise<void> {
  await create("old");
  const resourceVersion = await versionOf(source);
  await create("a");
  await change("a");
  await remove("a");
  const events = await take(3, source, { resourceVersion });
  assert.deepEqual(events.map(textOf), ["ADDED a", "MODIFIED a", "DELETED a"]);
}

async function watchesInitialEvents({ source, create, change }: ListWatchSubject): Promise<void> {
  await create("a");
  await create("b");
  const abort = new AbortController();
  const seen: string[] = [];
  for await (const event of events(source, { sendInitialEvents: true, signal: abort.signal })) {
    seen.push(textOf(event));
    if (event.type === "BOOKMARK" && event.isInitialEventsEnd) await change("a");
    if (event.type === "MODIFIED") abort.abort();
  }
  assert.deepEqual(seen.slice(0, 2).toSorted(), ["ADDED a", "ADDED b"]);
  assert.deepEqual(seen.slice(2), ["BOOKMARK initial-events-end", "MODIFIED a"]);
}

async function watchesNothing({ source, create, change, openStreams }: ListWatchSubject): Promise<void> {
  await create("a");
  const before = await versionOf(source);
  await change("a");
  for await (const event of events(source, { sendInitialEvents: true, objects: "none", timeoutSeconds: 5, signal: openSignal() })) {
    assert.equal(textOf(event), "BOOKMARK initial-events-end");
    assert.equal(event.type === "BOOKMARK" && compareResourceVersions(event.resourceVersion, before), 1);
    break;
  }
  assert.equal(openStreams(), 0);
}

async function resumes({ source, create, change }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  await create("a");
  const [added] = await take(1, source, { resourceVersion });
  await change("a");
  assert.ok(added?.type === "ADDED");
  const [next] = await take(1, source, { resourceVersion: added.object.metadata.resourceVersion });
  assert.equal(next === undefined ? "nothing" : textOf(next), "MODIFIED a");
}

async function timesOut({ source, create, openStreams }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  await create("a");
  const seen: string[] = [];
  for await (const event of events(source, { resourceVersion, timeoutSeconds: 1, signal: openSignal() })) seen.push(textOf(event));
  assert.equal(seen[0], "ADDED a");
  assert.equal(openStreams(), 0);
}

async function tellsBookmarks({ source, create, change }: ListWatchSubject): Promise<void> {
  await create("a");
  const resourceVersion = await versionOf(source);
  const seen: WatchEvent[] = [];
  // Servers send the last bookmark two seconds before the end, and may send others before.
  for await (const event of events(source, { resourceVersion, timeoutSeconds: 4, signal: openSignal() })) seen.push(event);
  assert.deepEqual(new Set(seen.map(textOf)), new Set(["BOOKMARK"]));
  const bookmark = seen.at(-1);
  assert.ok(bookmark?.type === "BOOKMARK" && compareResourceVersions(bookmark.resourceVersion, resourceVersion) !== -1);
  await change("a");
  const [next] = await take(1, source, { resourceVersion: bookmark.resourceVersion });
  assert.equal(next === undefined ? "nothing" : textOf(next), "MODIFIED a");
}

async function watchAborts({ source, create, openStreams }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  assert.deepEqual(await Array.fromAsync(source.watch({ resourceVersion, signal: AbortSignal.abort("before") })), []);

  const starting = new AbortController();
  const watching = Array.fromAsync(source.watch({ resourceVersion, signal: starting.signal }));
  starting.abort("while it starts");
  assert.deepEqual(await watching, []);

  const running = new AbortController();
  await create("a");
  for await (const event of events(source, { resourceVersion, signal: running.signal })) {
    assert.equal(textOf(event), "ADDED a");
    setImmediate(() => running.abort("while it waits"));
  }
  assert.equal(openStreams(), 0);
  for (const { signal } of [starting, running]) assert.equal(getEventListeners(signal, "abort").length, 0);
}

async function watchBreaks({ source, create, openStreams }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  await create("a");
  const { signal } = new AbortController();
  for await (const lines of source.watch({ resourceVersion, signal })) {
    if (lines.length > 0) break;
  }
  assert.equal(openStreams(), 0);
  assert.equal(getEventListeners(signal, "abort").length, 0);
}

async function keepsBytes({ source, create }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  const abort = new AbortController();
  const handed: { readonly line: Uint8Array; readonly copy: Buffer }[] = [];
  await create("o0");
  for await (const lines of source.watch({ resourceVersion, signal: abort.signal })) {
    if (lines.length === 0) continue;
    for (const line of lines) handed.push({ line, copy: Buffer.from(line) });
    if (handed.length < 20) await create(`o${handed.length}`);
    else abort.abort();
  }
  for (const { line, copy } of handed) assert.ok(copy.equals(line));
}

async function watchUnserved({ unserved, openStreams }: ListWatchSubject): Promise<void> {
  const watching = Array.fromAsync(unserved.watch({ resourceVersion: "1", signal: openSignal() }));
  await assert.rejects(watching, (error) => isPolykindError(error, "KIND_NOT_SERVED"));
  assert.equal(openStreams(), 0);
}

/** Lets a watch flow; resolves when it has ended, with why it failed. `undefined` where a source knows only iterating. */
function flow(
  source: ListWatch,
  { resourceVersion, stop }: { readonly resourceVersion: string; readonly stop: Stop },
  lines: (batch: readonly Uint8Array[]) => void,
): Promise<unknown> | undefined {
  const ended = Promise.withResolvers<unknown>();
  // Who reads has an end of its own.
  const watched = source.watch({ resourceVersion, signal: AbortSignal.abort() });
  if (watched.read === undefined) return undefined;
  watched.read({ stop, lines, ended: ended.resolve });
  return ended.promise;
}

async function flows({ source, create, change, openStreams }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  const stop = new Stop();
  const seen: string[] = [];
  const ended = flow(source, { resourceVersion, stop }, (lines) => {
    for (const line of lines) seen.push(textOf(decodeWatchEvent(line)));
    if (seen.includes("MODIFIED a")) stop.abort("enough");
  });
  if (ended === undefined) return;
  await create("a");
  await change("a");
  assert.equal(await ended, undefined);
  assert.deepEqual(seen, ["ADDED a", "MODIFIED a"]);
  assert.equal(openStreams(), 0);
  assert.equal(stop.listeners, 0);
}

async function flowsNoMore({ source, create, openStreams }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  for (const name of ["a", "b", "c"]) await create(name);
  const stop = new Stop();
  let calls = 0;
  const ended = flow(source, { resourceVersion, stop }, (lines) => {
    assert.ok(!stop.aborted);
    calls += 1;
    if (lines.length > 0) stop.abort("enough");
  });
  if (ended === undefined) return;
  assert.equal(await ended, undefined);
  assert.equal(await flow(source, { resourceVersion, stop }, () => assert.fail("it was called")), undefined);
  assert.ok(calls > 0);
  assert.equal(openStreams(), 0);
}

async function flowFails({ source, create, openStreams }: ListWatchSubject): Promise<void> {
  const resourceVersion = await versionOf(source);
  await create("a");
  const failure = new Error("of the sink");
  for (const fails of ["at once", "at a line"]) {
    const stop = new Stop();
    const ended = flow(source, { resourceVersion, stop }, (lines) => {
      if (fails === "at once" || lines.length > 0) throw failure;
    });
    if (ended === undefined) return;
    assert.equal(await ended, failure, fails);
    assert.equal(openStreams(), 0);
    assert.equal(stop.listeners, 0);
  }
}

async function flowUnserved({ unserved, openStreams }: ListWatchSubject): Promise<void> {
  const ended = flow(unserved, { resourceVersion: "1", stop: new Stop() }, () => assert.fail("it was called"));
  if (ended !== undefined) assert.ok(isPolykindError(await ended, "KIND_NOT_SERVED"));
  assert.equal(openStreams(), 0);
}

/** A signal that never aborts. */
function openSignal(): AbortSignal {
  return new AbortController().signal;
}

async function versionOf(source: ListWatch): Promise<string> {
  return decodeList(await source.list({ signal: openSignal() }), AS).resourceVersion;
}

async function* events(source: ListWatch, call: Parameters<ListWatch["watch"]>[0]): AsyncGenerator<WatchEvent> {
  for await (const lines of source.watch(call)) for (const line of lines) yield decodeWatchEvent(line);
}

/** The first `count` events that are no bookmarks. */
async function take(count: number, source: ListWatch, call: { readonly resourceVersion: string }): Promise<readonly WatchEvent[]> {
  const taken: WatchEvent[] = [];
  for await (const event of events(source, { ...call, signal: openSignal() })) {
    if (event.type !== "BOOKMARK") taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name;
}

function textOf(event: WatchEvent): string {
  if (event.type === "BOOKMARK") return event.isInitialEventsEnd ? "BOOKMARK initial-events-end" : "BOOKMARK";
  return event.type === "ERROR" ? `ERROR ${event.status.reason ?? ""}` : `${event.type} ${event.object.metadata.name}`;
}
