import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import { EMPTY } from "../src/reflector/state.ts";
import { step } from "../src/reflector/step.ts";
import { answer, gizmo, INITIALIZING, INSTALLING, TOO_LARGE } from "./support/objects.ts";
import {
  type Act,
  ended,
  compared,
  expectDisconnect,
  failed,
  fetched,
  garbage,
  gone,
  late,
  mark,
  opened,
  page,
  play,
  probe,
  probed,
  retryNow,
  start,
  startStream,
  stop,
  tick,
  up,
  wait,
} from "./support/step-script.ts";

const refused = failed(new PolykindError("API_UNREACHABLE", "cannot connect: refused"));
const broken: Act = { input: () => ({ type: "broken", error: new PolykindError("CACHE_RESET", "cannot take in what came") }) };
const silent = failed(new PolykindError("TIMED_OUT", "cannot read: no byte"));
/** Listed at 10, and watching from there. */
const watching: readonly Act[] = [start, page("10", { names: ["a"] }), opened];
/** The same, and something was seen since. */
const progressed: readonly Act[] = [...watching, up(gizmo("a", 12))];
/** The first page said that there are more. */
const streaming: readonly Act[] = [start, page("10", { token: "t", names: ["a"] }), opened];
const times = (count: number, ...acts: readonly Act[]): readonly Act[] => Array.from({ length: count }, () => acts).flat();

interface Row {
  readonly why: string;
  readonly given: readonly Act[];
  /** The effects of the last act. */
  readonly expect: readonly string[];
}

function rows(title: string, table: readonly Row[]): void {
  describe(title, () => {
    for (const { why, given, expect } of table) test(why, () => assert.deepEqual(play(given).effects, expect));
  });
}

rows("the first list as WatchList", [
  { why: "is one request in place of a list and a watch", given: [startStream], expect: ["tell listing", "begin", "stream "] },
  {
    why: "is swapped in at the annotated bookmark, the same stream going on",
    given: [startStream, opened, up(gizmo("a", 3)), mark("11", { isEnd: true })],
    expect: ["replace 11", "allow silence 480000", "tell watching"],
  },
  {
    why: "is a page at once, and no failure, where the server's cache of a kind that has just appeared is not filled yet",
    given: [startStream, failed(answer(429, INITIALIZING))],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "waits where the cache is still not filled when the page says that there are more, lest pages go round without a pause",
    given: [startStream, failed(answer(429, INITIALIZING)), page("10", { token: "t" }), failed(answer(429, INITIALIZING))],
    expect: ["failed API_THROTTLED", "tell waiting 1", "sleep 100"],
  },
  {
    why: "is by pages where WatchList is not offered",
    given: [startStream, failed(new PolykindError("API_INVALID", "sendInitialEvents is forbidden"))],
    expect: ["tell listing", "begin", "list limit=500"],
  },
]);

rows("the first list", [
  {
    why: "asks for one page of the latest state, since small kinds are answered at once",
    given: [start],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "is swapped in when its only page has come, and watched on from",
    given: [start, page("10", { names: ["a", "b"] })],
    expect: ["stage 2", "replace 10", "watch 10", "tell watching"],
  },
  {
    why: "goes on as WatchList when there are more pages, dropping the first",
    given: [start, page("10", { token: "t" })],
    expect: ["begin", "stream 10"],
  },
  { why: "collects initial events without moving the version", given: [...streaming, up(gizmo("a", 3))], expect: ["stage upsert web/a@3"] },
  {
    why: "collects changes that come between initial events",
    given: [...streaming, gone(gizmo("a", 11))],
    expect: ["stage remove web/a@11"],
  },
  { why: "does not end at a bookmark that is not the annotated one", given: [...streaming, mark("11")], expect: [] },
  {
    why: "is swapped in at the annotated bookmark, the same stream going on with the patience of a watch",
    given: [...streaming, up(gizmo("a", 3)), mark("11", { isEnd: true })],
    expect: ["replace 11", "allow silence 480000", "tell watching"],
  },
  {
    why: "goes by pages where the server refuses WatchList",
    given: [...streaming, failed(answer(422))],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "remembers that the server refuses WatchList, and reads on by its token",
    given: [...streaming, failed(answer(422)), page("10", { token: "t2", names: ["a"] })],
    expect: ["stage 1", "list limit=500 continue=t2"],
  },
  {
    why: "is whole only with its last page",
    given: [...streaming, failed(answer(422)), page("10", { token: "t2", names: ["a"] }), page("10", { names: ["b"] })],
    expect: ["stage 1", "replace 10", "watch 10", "tell watching"],
  },
  {
    why: "is watched on from the version of its first page, where later ones are newer: what changed in between is not in the first",
    given: [...streaming, failed(answer(422)), page("10", { token: "t2", names: ["a"] }), page("20", { names: ["b"] })],
    expect: ["stage 1", "replace 10", "watch 10", "tell watching"],
  },
  {
    why: "takes a silent WatchList for a server that does not know it",
    given: [...streaming, silent],
    expect: ["failed TIMED_OUT", "tell waiting 1", "sleep 100"],
  },
  { why: "then goes by pages", given: [...streaming, silent, tick], expect: ["tell listing", "begin", "list limit=500"] },
  {
    why: "tries WatchList again after it broke once",
    given: [...streaming, ended, tick, page("10", { token: "t" })],
    expect: ["begin", "stream 10"],
  },
  {
    why: "waits with WatchList for the cache of a kind that was there before",
    given: [...watching, failed(answer(410)), tick, ...times(5, failed(answer(429, INITIALIZING)), tick)],
    expect: ["tell listing", "begin", "stream 10"],
  },
  {
    why: "goes by pages after WatchList broke twice",
    given: [...streaming, ended, tick, page("10", { token: "t" }), ended, tick, page("10", { token: "t" })],
    expect: ["stage 0", "list limit=500 continue=t"],
  },
  {
    why: "begins anew when its continue token has expired: half a list is none",
    given: [...streaming, failed(answer(422)), page("10", { token: "t2" }), failed(answer(410)), tick],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "asks for all at once when tokens expire again, for it is too large to be paged in time",
    given: [
      ...streaming,
      failed(answer(422)),
      page("10", { token: "t2" }),
      failed(answer(410)),
      tick,
      page("11", { token: "t3" }),
      failed(answer(410)),
      tick,
    ],
    expect: ["tell listing", "begin", "list limit=none"],
  },
  {
    why: "goes by pages again where all at once is too much for the server",
    given: [
      ...streaming,
      failed(answer(422)),
      ...times(2, page("10", { token: "t2" }), failed(answer(410)), tick),
      failed(answer(504)),
      tick,
    ],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "is tried again soon when the connection is refused",
    given: [start, refused],
    expect: ["failed API_UNREACHABLE", "tell waiting 1", "sleep 100"],
  },
  {
    why: "is never given up for a 404, which others judge",
    given: [start, failed(answer(404))],
    expect: ["failed KIND_NOT_SERVED", "tell waiting 1", "sleep 187.5"],
  },
  {
    why: "backs off for want of permission",
    given: [start, failed(answer(403))],
    expect: ["failed API_FORBIDDEN", "tell waiting 1", "sleep 1200"],
  },
  { why: "starts once", given: [start, start], expect: [] },
]);

rows("a watch", [
  { why: "applies an event and moves the version", given: [...watching, up(gizmo("b", 12))], expect: ["apply upsert web/b@12"] },
  { why: "moves the version by a bookmark", given: [...watching, mark("15")], expect: ["advance 15"] },
  { why: "drops an event older than what was seen", given: [...progressed, up(gizmo("b", 11))], expect: [] },
  { why: "drops a bookmark older than what was seen", given: [...progressed, mark("11")], expect: [] },
  {
    why: "leaves events of an equal version to the store: leases delete many objects in one version",
    given: [...progressed, gone(gizmo("b", 12))],
    expect: ["apply remove web/b@12"],
  },
  {
    why: "compares versions as numbers of any length",
    given: [start, page("9007199254740993"), up(gizmo("a", "9007199254740992"))],
    expect: [],
  },
  {
    why: "takes versions that are no numbers for news",
    given: [start, page("x1"), up(gizmo("a", "x0"))],
    expect: ["apply upsert web/a@x0"],
  },
  {
    why: "is resumed at once from the last event when it ends in order",
    given: [...progressed, ended],
    expect: ["watch 12", "tell watching"],
  },
  { why: "is resumed from a bookmark", given: [...watching, mark("15"), ended], expect: ["watch 15", "tell watching"] },
  {
    why: "is resumed at once after a second, though nothing came",
    given: [...watching, wait(1_000), ended],
    expect: ["watch 10", "tell watching"],
  },
  { why: "waits after it ended at once without an event", given: [...watching, wait(999), ended], expect: ["tell waiting 1", "sleep 100"] },
  {
    why: "backs off, and says so, when it ends at once again and again",
    given: [...watching, ended, tick, opened, ended],
    expect: ["failed API_UNAVAILABLE", "tell waiting 2", "sleep 2400"],
  },
  { why: "does not take a replay for progress", given: [...watching, up(gizmo("a", 10)), ended], expect: ["tell waiting 1", "sleep 100"] },
  { why: "is resumed where it was when the connection is lost", given: [...progressed, refused, tick], expect: ["watch 12"] },
  {
    why: "is told of as live only when the server has accepted it, after a failure",
    given: [...progressed, refused, tick, opened],
    expect: ["tell watching"],
  },
  { why: "is told of once", given: [...progressed, refused, tick, opened, opened], expect: [] },
  { why: "is ended and resumed when it is silent for too long", given: [...watching, silent, tick], expect: ["watch 10"] },
  { why: "keeps the version over an ERROR event of another code", given: [...progressed, failed(answer(500)), tick], expect: ["watch 12"] },
  {
    why: "is passed by listing anew when the server fails at it again and again at one version",
    given: [...progressed, ended, ...times(3, opened, failed(answer(500)), tick)],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "is asked for on and on where the server does not even accept it",
    given: [...progressed, ...times(9, failed(answer(500)), tick)],
    expect: ["watch 12"],
  },
  {
    why: "is asked for on where the server fails at it, but not at the same version",
    given: [...progressed, ...["13", "14", "15", "16"].flatMap((version) => [opened, up(gizmo("a", version)), failed(answer(500)), tick])],
    expect: ["watch 16"],
  },
  {
    why: "is asked for on where it went on in between",
    given: [
      ...progressed,
      ended,
      ...times(2, opened, failed(answer(500)), tick),
      opened,
      up(gizmo("a", 13)),
      ended,
      ...times(2, opened, failed(answer(500)), tick),
    ],
    expect: ["watch 13"],
  },
  {
    why: "makes way for a list when its host cannot take in what came",
    given: [...progressed, broken, tick],
    expect: ["tell listing", "begin", "list limit=500"],
  },
]);

rows("a version that is gone", [
  {
    why: "is followed by a WatchList no older than what was seen, though the stream were left open",
    given: [...progressed, failed(answer(410))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "is followed by a list no older than what was seen where WatchList is not offered",
    given: [...progressed, failed(answer(410)), failed(answer(422))],
    expect: ["tell listing", "begin", "list limit=500 NotOlderThan=12"],
  },
  {
    why: "is followed by the latest list when even that is gone",
    given: [...progressed, failed(answer(410)), failed(answer(410))],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "is followed by the latest list when even that is gone, also where WatchList is not offered",
    given: [...progressed, failed(answer(410)), failed(answer(422)), failed(answer(410))],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "is replaced in one step, the stream going on",
    given: [...progressed, failed(answer(410)), up(gizmo("a", 15)), mark("20", { isEnd: true })],
    expect: ["replace 20", "allow silence 480000", "tell watching"],
  },
  {
    why: "is not listed in a hot loop when the new version is gone at once, too",
    given: [...progressed, failed(answer(410)), mark("20", { isEnd: true }), failed(answer(410))],
    expect: ["failed API_GONE", "tell waiting 1", "sleep 100"],
  },
]);

rows("a version that the server does not know", [
  {
    why: "is asked for once more after the time it names",
    given: [...progressed, failed(answer(504, TOO_LARGE))],
    expect: ["failed API_UNAVAILABLE", "tell waiting 1", "sleep 1100"],
  },
  {
    why: "makes a WatchList that waits for it",
    given: [...progressed, failed(answer(504, TOO_LARGE)), tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "makes a list of the latest when it is denied again",
    given: [...progressed, failed(answer(504, TOO_LARGE)), tick, failed(answer(504, TOO_LARGE)), tick],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "was lost with the server's history when a consistent list is older after two denials",
    given: [...progressed, failed(answer(504, TOO_LARGE)), tick, failed(answer(504, TOO_LARGE)), tick, page("5", { names: ["a"] })],
    expect: ["stage 1", "replace 5 epoch break", "watch 5", "tell watching"],
  },
  {
    why: "is not given up after one denial: an older list is refused",
    given: [...progressed, failed(answer(410)), failed(answer(422)), failed(answer(504, TOO_LARGE)), tick, page("5")],
    expect: ["failed API_UNAVAILABLE", "tell waiting 2", "sleep 2400"],
  },
]);

/** A server that says its version is older than what was seen. */
const lost: readonly Act[] = [...progressed, probe, mark("5", { isEnd: true })];

rows("a history that may be lost", [
  { why: "is asked for before the watch goes on, when the server was away", given: [...progressed, probe], expect: ["probe"] },
  { why: "breaks no wait", given: [...progressed, refused, probe], expect: [] },
  { why: "is asked for after the wait", given: [...progressed, refused, probe, tick], expect: ["probe"] },
  { why: "is not asked for while a list is under way, which tells by itself", given: [start, probe], expect: [] },
  { why: "is not asked for when a list is to come", given: [start, refused, probe], expect: [] },
  {
    why: "is there when the server is as new as what was seen",
    given: [...progressed, probe, mark("12", { isEnd: true })],
    expect: ["watch 12", "tell watching"],
  },
  {
    why: "is there when the server is newer",
    given: [...progressed, probe, mark("99", { isEnd: true })],
    expect: ["watch 12", "tell watching"],
  },
  {
    why: "was lost, or the server lags behind, when its version is older: a list that is no older tells which",
    given: lost,
    expect: ["tell lost history", "tell listing", "begin", "stream 12"],
  },
  {
    why: "was lost when that list is denied",
    given: [...lost, failed(answer(504, TOO_LARGE)), tick, page("5", { names: ["a"] })],
    expect: ["stage 1", "replace 5 epoch break", "watch 5", "tell watching"],
  },
  {
    why: "was lost, although the server has grown past our version meanwhile: versions of before and after cannot be compared",
    given: [...lost, mark("20", { isEnd: true })],
    expect: ["replace 20 epoch break", "allow silence 480000", "tell watching"],
  },
  {
    why: "is believed again with the list that follows",
    given: [...lost, mark("20", { isEnd: true }), failed(answer(410)), tick, mark("30", { isEnd: true })],
    expect: ["replace 30", "allow silence 480000", "tell watching"],
  },
  {
    why: "stays doubtful over whatever happens to the list",
    given: [...lost, ended, tick, refused, tick, page("13", { names: ["a"] })],
    expect: ["stage 1", "replace 13 epoch break", "watch 13", "tell watching"],
  },
  {
    why: "is asked for again when the question was lost",
    given: [...progressed, probe, refused, tick],
    expect: ["probe"],
  },
  {
    why: "is not asked for where we may only watch",
    given: [...progressed, probe, failed(answer(403)), tick, failed(answer(403)), tick],
    expect: ["watch 12"],
  },
  {
    why: "is asked for by a list where such a watch is refused",
    given: [...progressed, probe, failed(answer(422))],
    expect: ["probe by list"],
  },
  {
    why: "is asked for by a list at once from then on",
    given: [...progressed, probe, failed(answer(422)), probed("12"), probe],
    expect: ["probe by list"],
  },
  {
    why: "is there when a list says so",
    given: [...progressed, probe, failed(answer(422)), probed("12")],
    expect: ["watch 12", "tell watching"],
  },
  {
    why: "was lost, or the server lags behind, when a list says so",
    given: [...progressed, probe, failed(answer(422)), probed("5")],
    expect: ["tell lost history", "tell listing", "begin", "list limit=500 NotOlderThan=12"],
  },
  {
    why: "is asked for by a list where the watch ends without it",
    given: [...progressed, probe, opened, ended],
    expect: ["probe by list"],
  },
  {
    why: "is asked for by a list where the watch says what it should not",
    given: [...progressed, probe, garbage, tick],
    expect: ["probe by list"],
  },
  {
    why: "is asked for by a list where the watch is silent",
    given: [...progressed, probe, opened, silent, tick],
    expect: ["probe by list"],
  },
  {
    why: "is asked for by a list where the watch fails",
    given: [...progressed, probe, failed(answer(500)), tick],
    expect: ["probe by list"],
  },
  {
    why: "is asked for by a watch again when a list was none the wiser",
    given: [...progressed, probe, failed(answer(500)), tick, failed(answer(500)), tick],
    expect: ["probe"],
  },
  {
    why: "is asked for again, and not by a list, when the server is starting",
    given: [...progressed, probe, failed(answer(429, INITIALIZING)), tick],
    expect: ["probe"],
  },
  {
    why: "is told by the bookmark that ends the initial objects only",
    given: [...progressed, probe, mark("5"), up(gizmo("a", 5))],
    expect: [],
  },
  {
    why: "is asked for after a watch that was accepted and told nothing, not even a bookmark",
    given: [...watching, wait(150_000), ended],
    expect: ["probe"],
  },
  {
    why: "is not asked for when there was a bookmark",
    given: [...watching, mark("10"), wait(600_000), ended],
    expect: ["watch 10", "tell watching"],
  },
  {
    why: "is asked for when there was but an older bookmark",
    given: [...progressed, ended, mark("11"), wait(600_000), ended],
    expect: ["probe"],
  },
  { why: "is not asked for after a short watch", given: [...watching, wait(149_999), ended], expect: ["watch 10", "tell watching"] },
  { why: "is asked for after a watch that fell silent", given: [...watching, wait(480_000), silent, tick], expect: ["probe"] },
  { why: "is asked for by the present call only", given: [...progressed, probe, stop], expect: ["close"] },
  { why: "is not told of by a call that was replaced", given: [...progressed, probe, probe, late(mark("5", { isEnd: true }))], expect: [] },
]);

rows("a list from a server that lags behind", [
  {
    why: "is refused",
    given: [...progressed, failed(answer(410)), failed(answer(422)), page("11")],
    expect: ["failed API_UNAVAILABLE", "tell waiting 1", "sleep 1200"],
  },
  {
    why: "is asked for again, no older than what was seen",
    given: [...progressed, failed(answer(410)), failed(answer(422)), page("11"), tick],
    expect: ["tell listing", "begin", "list limit=500 NotOlderThan=12"],
  },
  {
    why: "is refused as WatchList, too",
    given: [...progressed, failed(answer(410)), mark("11", { isEnd: true })],
    expect: ["failed API_UNAVAILABLE", "tell waiting 1", "sleep 1200"],
  },
]);

rows("a line that cannot be decoded", [
  {
    why: "ends the watch and is told of",
    given: [...progressed, garbage],
    expect: ["failed API_PROTOCOL", "tell waiting 1", "sleep 1200"],
  },
  { why: "is asked for again, for it may have been torn on the way", given: [...progressed, garbage, tick], expect: ["watch 12"] },
  {
    why: "is passed by listing anew when it comes again",
    given: [...progressed, garbage, tick, garbage, tick],
    expect: ["tell listing", "begin", "list limit=500"],
  },
  {
    why: "is asked for again when it is another one",
    given: [...progressed, garbage, tick, up(gizmo("b", 13)), garbage, tick],
    expect: ["watch 13"],
  },
  {
    why: "makes WatchList give way to pages",
    given: [...streaming, garbage, tick, page("11", { token: "t" })],
    expect: ["stage 0", "list limit=500 continue=t"],
  },
]);

rows("an expected disconnect", [
  {
    why: "is no failure, and resumed within a window that grows with the objects",
    given: [...watching, expectDisconnect(1_000), ended],
    expect: ["tell waiting 0", "sleep 75"],
  },
  {
    why: "is resumed within five seconds, however many objects there are",
    given: [...watching, expectDisconnect(1_000_000), ended],
    expect: ["tell waiting 0", "sleep 2500"],
  },
  {
    why: "is none a minute later",
    given: [...watching, expectDisconnect(1_000), wait(60_001), refused],
    expect: ["failed API_UNREACHABLE", "tell waiting 1", "sleep 100"],
  },
  { why: "may break the connection", given: [...watching, expectDisconnect(1_000), refused], expect: ["tell waiting 0", "sleep 75"] },
  {
    why: "waits once: the 410 that follows is listed at once",
    given: [...watching, expectDisconnect(1_000), ended, tick, failed(answer(410))],
    expect: ["tell waiting 0", "sleep 0"],
  },
  {
    why: "spreads the lists when 410 is the first that is heard",
    given: [...watching, expectDisconnect(1_000), failed(answer(410))],
    expect: ["tell waiting 0", "sleep 75"],
  },
  {
    why: "is over with the next list",
    given: [...watching, expectDisconnect(1_000), failed(answer(410)), tick, mark("20", { isEnd: true }), refused],
    expect: ["failed API_UNREACHABLE", "tell waiting 1", "sleep 100"],
  },
  {
    why: "excuses no other failure",
    given: [...watching, expectDisconnect(1_000), failed(answer(403))],
    expect: ["failed API_FORBIDDEN", "tell waiting 1", "sleep 1200"],
  },
]);

/** The server has said that it will close the watch, and that objects of the same version read the same; it did, and our version is gone. */
const expired: readonly Act[] = [...progressed, expectDisconnect(1_000, "same"), ended, tick, failed(answer(410)), tick];
/** The metadata of 1,000 objects, of which two have changed. */
const twoChanged = compared("20", { same: 998, changed: [gizmo("a", 15), gizmo("b", 17)] });

rows("an expected disconnect that changes no bodies", [
  {
    why: "is followed by a try to resume: where nothing was written there is nothing to list",
    given: [...progressed, expectDisconnect(1_000, "same"), ended, tick],
    expect: ["watch 12", "tell watching"],
  },
  {
    why: "is followed by metadata when the version is gone",
    given: expired,
    expect: ["tell listing", "begin", "compare limit=2000 NotOlderThan=12"],
  },
  {
    why: "spreads the kinds when 410 is the first that is heard",
    given: [...progressed, expectDisconnect(1_000, "same"), failed(answer(410))],
    expect: ["tell waiting 0", "sleep 75"],
  },
  {
    why: "is over with the metadata when nothing has changed",
    given: [...expired, compared("20", { same: 1_000 })],
    expect: ["same 1000", "replace 20", "watch 20", "tell watching"],
  },
  {
    why: "reads metadata page by page",
    given: [...expired, compared("20", { token: "t", same: 2_000 })],
    expect: ["same 2000", "compare limit=2000 continue=t"],
  },
  {
    why: "reads what has changed as it was when the metadata was read",
    given: [...expired, twoChanged],
    expect: ["same 998", "list only=web/a Exact=20"],
  },
  {
    why: "reads it one by one",
    given: [...expired, twoChanged, fetched(gizmo("a", 15))],
    expect: ["stage 1", "list only=web/b Exact=20"],
  },
  {
    why: "swaps all in at once",
    given: [...expired, twoChanged, fetched(gizmo("a", 15)), fetched(gizmo("b", 17))],
    expect: ["stage 1", "replace 20", "watch 20", "tell watching"],
  },
  {
    why: "counts what has changed over all pages",
    given: [...expired, compared("20", { token: "t", same: 99, changed: [gizmo("a", 15)] }), compared("20", { changed: [gizmo("b", 17)] })],
    expect: ["same 0", "list only=web/a Exact=20"],
  },
  {
    why: "lists all when more than a twentieth has changed: one answer costs less",
    given: [...expired, compared("20", { same: 94, changed: ["a", "b", "c", "d", "e", "f"].map((name) => gizmo(name, 15)) })],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when more than 64 have changed, however many there are",
    given: [...expired, compared("20", { same: 9_000, changed: Array.from({ length: 65 }, (_, n) => gizmo(`n${n}`, 15)) })],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when an object is not there that the metadata told of",
    given: [...expired, twoChanged, fetched()],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when an object is another than the metadata told of",
    given: [...expired, twoChanged, fetched(gizmo("a", 15, { uid: "another" }))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when an object has another version: the server does not read at a given one",
    given: [...expired, twoChanged, fetched(gizmo("a", 19))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when another object comes",
    given: [...expired, twoChanged, fetched(gizmo("c", 15))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when more comes than was asked for",
    given: [...expired, twoChanged, fetched(gizmo("a", 15), gizmo("b", 17))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when the version of the metadata is gone",
    given: [...expired, twoChanged, failed(answer(410))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when a page of metadata is gone",
    given: [...expired, failed(answer(410))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all where the server refuses",
    given: [...expired, twoChanged, failed(answer(422))],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all where the server answers with something else",
    given: [...expired, failed(new PolykindError("API_PROTOCOL", "cannot decode list: Gizmo, not PartialObjectMetadata")), tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "lists all when the server does not know our version",
    given: [...expired, failed(answer(504, TOO_LARGE)), tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "refuses metadata from a server that lags behind",
    given: [...expired, compared("11")],
    expect: ["failed API_UNAVAILABLE", "tell waiting 1", "sleep 1200"],
  },
  {
    why: "begins anew when the connection is lost between two objects: nothing of the first is kept",
    given: [...expired, twoChanged, fetched(gizmo("a", 15)), refused, tick],
    expect: ["tell listing", "begin", "compare limit=2000 NotOlderThan=12"],
  },
  {
    why: "is taken for one of which nobody knows, when it is announced again so meanwhile",
    given: [...progressed, expectDisconnect(1_000), expectDisconnect(1_000, "same"), ended, tick, failed(answer(410)), tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "makes way for a list of all when it is announced during a wait that bodies change",
    given: [...expired, refused, expectDisconnect(1_000, "changed"), tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "makes way for a list of all when a disconnect is announced during a wait of which nobody knows more",
    given: [...expired, twoChanged, refused, expectDisconnect(1_000), tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "says nothing of a 410 that comes later",
    given: [...expired, compared("20", { same: 1_000 }), mark("21"), failed(answer(410))],
    expect: ["tell listing", "begin", "stream 21"],
  },
  { why: "ends with the stop, between metadata and objects, too", given: [...expired, twoChanged, stop], expect: ["close"] },
  {
    why: "drops an object that comes late",
    given: [...expired, twoChanged, refused, tick, late(fetched(gizmo("a", 15)), { by: 2 })],
    expect: [],
  },
  { why: "drops metadata that comes late", given: [...expired, refused, tick, late(twoChanged, { by: 2 })], expect: [] },
]);

rows("an expected disconnect that changes bodies", [
  {
    why: "is followed by a list of all, although the version were still there: it says nothing of the bodies",
    given: [...progressed, expectDisconnect(1_000, "changed"), ended, tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "may break the connection",
    given: [...progressed, expectDisconnect(1_000, "changed"), refused, tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "is not forgotten when it comes later than was said",
    given: [...progressed, expectDisconnect(1_000, "changed"), wait(3_000_000), ended],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "is not made less by one that follows and changes none",
    given: [...progressed, expectDisconnect(1_000, "changed"), wait(70_000), expectDisconnect(1_000, "same"), ended, tick],
    expect: ["tell listing", "begin", "stream 12"],
  },
  {
    why: "is over with a list, also when one that changes none is announced meanwhile",
    given: [
      ...progressed,
      expectDisconnect(1_000, "changed"),
      ended,
      tick,
      expectDisconnect(1_000, "same"),
      mark("20", { isEnd: true }),
      wait(70_000),
      ended,
    ],
    expect: ["watch 20", "tell watching"],
  },
  {
    why: "is still to come when it is announced anew while a list was read",
    given: [
      ...progressed,
      expectDisconnect(1_000, "changed"),
      ended,
      tick,
      expectDisconnect(1_000, "changed"),
      mark("20", { isEnd: true }),
      ended,
      tick,
    ],
    expect: ["tell listing", "begin", "stream 20"],
  },
  {
    why: "is over with the list",
    given: [...progressed, expectDisconnect(1_000, "changed"), ended, tick, mark("20", { isEnd: true }), wait(2_000), ended],
    expect: ["watch 20", "tell watching"],
  },
  {
    why: "is still to come when it was announced while a list was read, which may be of before",
    given: [...progressed, failed(answer(410)), expectDisconnect(1_000, "changed"), mark("20", { isEnd: true }), ended, tick],
    expect: ["tell listing", "begin", "stream 20"],
  },
]);

rows("waiting", [
  { why: "is broken by a retry", given: [...progressed, refused, retryNow], expect: ["watch 12"] },
  { why: "is over once: the timer of a broken wait is of the past", given: [...progressed, refused, retryNow, late(tick)], expect: [] },
  { why: "is not begun by a retry while there is nothing to wait for", given: [...watching, retryNow], expect: [] },
  { why: "does not forget that a list is due", given: [start, refused, retryNow], expect: ["tell listing", "begin", "list limit=500"] },
]);

rows("what comes late", [
  { why: "is dropped: a page of a list that was given up", given: [start, refused, tick, late(page("10"), { by: 2 })], expect: [] },
  { why: "is dropped: an event of a watch that was replaced", given: [...progressed, ended, late(up(gizmo("z", 99)))], expect: [] },
  { why: "is dropped: the end of a watch that was replaced", given: [...progressed, ended, late(ended)], expect: [] },
  { why: "is dropped: a failure of a watch that was replaced", given: [...progressed, ended, late(refused)], expect: [] },
  {
    why: "is dropped: the bookmark that would have completed an older WatchList",
    given: [...streaming, ended, tick, late(mark("11", { isEnd: true }), { by: 2 })],
    expect: [],
  },
]);

rows("the stop", [
  { why: "ends a list", given: [start, stop], expect: ["close"] },
  { why: "ends a watch", given: [...watching, stop], expect: ["close"] },
  { why: "ends a wait", given: [start, refused, stop], expect: ["close"] },
  { why: "is final: nothing starts again", given: [...watching, stop, start], expect: [] },
  { why: "is final: nothing is retried", given: [start, refused, stop, retryNow], expect: [] },
  { why: "is final: what comes late is dropped", given: [...watching, stop, up(gizmo("b", 99))], expect: [] },
  { why: "is final: it is not repeated", given: [start, stop, stop], expect: [] },
]);

rows("what must not be taken for more than it is", [
  {
    why: "a synthetic event of a WatchList that broke: the list that follows may be older",
    given: [...streaming, up(gizmo("a", 12)), ended, tick, page("11")],
    expect: ["stage 0", "replace 11", "watch 11", "tell watching"],
  },
  {
    why: "an expected disconnect: a second end that follows it at once is a failure",
    given: [...watching, expectDisconnect(1_000), ended, tick, ended],
    expect: ["tell waiting 1", "sleep 100"],
  },
]);

describe("backoff", () => {
  const sleeps = (given: readonly Act[], draw: number): readonly number[] =>
    play(given, { draw })
      .all.filter((line) => line.startsWith("sleep "))
      .map((line) => Number(line.slice(6)));

  for (const { why, given, least, most } of [
    {
      why: "doubles from 0.8 s to 30 s, and up to as much again",
      given: [start, ...times(8, failed(answer(403)), tick)],
      least: [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000],
      most: [1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000, 60_000],
    },
    {
      why: "tries a refused connection four times quickly before",
      given: [start, ...times(7, refused, tick)],
      least: [50, 50, 50, 50, 800, 1_600, 3_200],
      most: [150, 150, 150, 150, 1_600, 3_200, 6_400],
    },
    {
      why: "keeps the quick pace while the server says that it is starting, whatever wait it asks for",
      given: [
        ...watching,
        ...times(4, refused, tick),
        ...times(3, failed(answer(503, INSTALLING)), tick),
        ...times(3, failed(answer(429, INITIALIZING)), tick),
      ],
      least: Array.from({ length: 10 }, () => 50),
      most: Array.from({ length: 10 }, () => 150),
    },
    {
      why: "never waits less than the server asks for",
      given: [
        start,
        failed(answer(429, { details: { retryAfterSeconds: 7 } })),
        tick,
        failed(answer(429, { details: { retryAfterSeconds: 1 } })),
      ],
      least: [7_000, 1_600],
      most: [8_400, 3_200],
    },
    {
      why: "asks a kind that is just being established at 0.25 s to 2 s",
      given: [start, ...times(5, failed(answer(404)), tick)],
      least: [125, 250, 500, 1_000, 1_000],
      most: [250, 500, 1_000, 2_000, 2_000],
    },
    {
      why: "asks for a kind that stays away as for any other failure",
      given: [start, wait(30_000), failed(answer(404))],
      least: [800],
      most: [1_600],
    },
    {
      why: "is only what the server asks for where it does not know our version, however long it was away before",
      given: [...watching, ...times(6, refused, tick), failed(answer(504, TOO_LARGE))],
      least: [50, 50, 50, 50, 800, 1_600, 1_000],
      most: [150, 150, 150, 150, 1_600, 3_200, 1_200],
    },
    {
      why: "is as usual for a kind that was there before",
      given: [...watching, failed(answer(404))],
      least: [800],
      most: [1_600],
    },
  ]) {
    test(why, () => {
      assert.deepEqual(sleeps(given, 0), least);
      assert.deepEqual(sleeps(given, 1), most);
    });
  }

  test("gives up the quick pace when the server says for long that it is starting", () => {
    const slept = sleeps([...watching, ...times(25, failed(answer(429, INITIALIZING)), tick)], 0);
    assert.deepEqual(
      slept.slice(0, 20),
      Array.from({ length: 20 }, () => 50),
    );
    assert.deepEqual(
      slept.slice(20, 25),
      [1_000, 1_600, 3_200, 6_400, 12_800],
      "a cache that fills for long is asked again as after a first failure",
    );
  });

  test("does not wait for a server that answers as long as it was away", () => {
    const away = [...watching, ...times(10, refused, tick), opened];
    assert.deepEqual(sleeps([...away, failed(answer(410)), tick], 0).at(-1), 50);
    assert.deepEqual(sleeps([...away, failed(answer(401)), tick, failed(answer(401))], 0).slice(-2), [800, 1_600]);
    assert.equal(
      sleeps([...away, failed(answer(401)), tick, refused], 0).at(-1),
      30_000,
      "what was away before is not forgotten by one answer",
    );
  });

  test("forgets earlier failures after two minutes of health, and not before", () => {
    const failing = [start, ...times(6, failed(answer(500)), tick), page("10"), opened];
    assert.equal(sleeps([...failing, wait(119_999), failed(answer(500))], 0).at(-1), 30_000);
    assert.equal(sleeps([...failing, wait(120_000), failed(answer(500))], 0).at(-1), 800);
  });

  test("allows quick tries anew after ten seconds of health, so that a restart soon after another one is not waited for", () => {
    const restarted = [...watching, ...times(6, refused, tick), opened];
    assert.equal(sleeps([...restarted, wait(9_999), refused], 0).at(-1), 3_200);
    assert.equal(sleeps([...restarted, wait(10_000), refused], 0).at(-1), 50);
  });
});

describe("how long a watch may take", () => {
  for (const { why, draw, timeoutSeconds } of [
    { why: "is five minutes at the least", draw: 0, timeoutSeconds: 300 },
    { why: "is ten minutes at the most", draw: 0.999_999, timeoutSeconds: 599 },
    { why: "is drawn in between, so that kinds that began together do not end together", draw: 0.25, timeoutSeconds: 375 },
  ]) {
    test(why, () => {
      const listing = step(EMPTY, { type: "start" }, { elapsedMs: 0, draw }).state;
      const onePage = { records: [], unreadable: [], version: "10", continue: undefined };
      const { effects } = step(listing, { type: "page", call: 1, page: onePage }, { elapsedMs: 0, draw });
      const watch = effects.find((effect) => effect.type === "watch");
      assert.deepEqual(watch?.ask, { resourceVersion: "10", timeoutSeconds });
      assert.equal(watch?.idleMs, timeoutSeconds * 1_000 + 30_000);
    });
  }
});
