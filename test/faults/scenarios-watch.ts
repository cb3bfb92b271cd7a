import type { SeenRequest } from "@polykind/testing";
import { ANY_LISTS, errorEvent, EXPIRED, PLAIN_WATCHES, refusal, WATCHES } from "./answers.ts";
import type { Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** No list since `at`: the watch went on where it was. */
function expectNoList(stage: Stage, at: number): void {
  const lists = stage.requests("list", at).length;
  stage.expect(lists === 0, `${lists} lists where the watch could go on`);
}

async function cutAndStir(stage: Stage, cut: () => void): Promise<void> {
  const at = performance.now();
  cut();
  await stage.stir();
  const back = await stage.waitFor(() => stage.requests("watch", at).length > 0, 8_000);
  stage.expect(back, "the watch was not resumed within 8 s");
  await stage.sleep(300);
  expectNoList(stage, at);
}

async function tear(stage: Stage, cut: "reset" | "end" | "stream"): Promise<void> {
  const at = performance.now();
  stage.server.disturb({ is: "tear", cut });
  await stage.stir();
  stage.expect(await stage.waitFor(() => stage.requests("watch", at).length > 0, 8_000), "the watch was not resumed within 8 s");
  await stage.sleep(300);
  expectNoList(stage, at);
}

/** An ERROR event; whether the server closes after it must not matter. */
async function tellError(stage: Stage, event: Parameters<typeof errorEvent>): Promise<void> {
  const at = performance.now();
  stage.server.disturb(errorEvent(...event));
  await stage.sleep(50);
  await stage.stir();
  const asked = (): boolean => stage.requests("watch", at).length + stage.requests("list", at).length > 0;
  stage.expect(await stage.waitFor(asked, 8_000), "nothing was asked within 8 s of the ERROR event");
}

/** The gaps between requests, in milliseconds of our clock. */
export function gapsOf(stage: Stage, since: number, speed: number = 1): readonly number[] {
  const all = [...stage.requests("list", since), ...stage.requests("watch", since)].map(({ at }) => at).toSorted((a, b) => a - b);
  return all.slice(1).map((at, index) => (at - all[index]!) * speed); // index is one less than at's
}

interface Throttling {
  readonly on: "watch" | "list";
  readonly retryAfter: () => string | undefined;
  readonly leastMs: number;
}

/** One 429. A watch is not to be answered by a list; a list comes of a version that is gone. */
async function throttle(stage: Stage, { on, retryAfter, leastMs }: Throttling): Promise<void> {
  const asked = retryAfter();
  const isStruck = on === "watch" ? WATCHES : ANY_LISTS;
  if (on === "list") stage.server.rule({ when: PLAIN_WATCHES, times: 1, fault: EXPIRED });
  const fault = refusal(429, "TooManyRequests", asked === undefined ? {} : { "retry-after": asked });
  const undo = stage.server.rule({ when: isStruck, times: 1, fault });
  const at = performance.now();
  const struck = (): readonly SeenRequest[] => stage.server.requests.filter((request) => request.at >= at && isStruck(request));
  stage.server.cut("end");
  await stage.stir();
  stage.expect(await stage.waitFor(() => struck().length >= 2, 9_000), "no second try within 9 s of a 429");
  const [refused, again] = struck();
  if (refused !== undefined && again !== undefined) {
    const waitedMs = again.at - refused.at;
    stage.expect(waitedMs >= leastMs, `came again ${Math.round(waitedMs)} ms after a 429, ${leastMs} ms at least were asked for`);
  }
  if (on === "watch") expectNoList(stage, at);
  undo();
}

const RETRY_AFTER = [
  { suffix: "", words: "with Retry-After in seconds", retryAfter: () => "2", leastMs: 2_000 },
  // Dates are whole seconds.
  { suffix: "d", words: "with Retry-After as a date", retryAfter: () => new Date(Date.now() + 3_000).toUTCString(), leastMs: 1_900 },
  { suffix: "n", words: "without Retry-After", retryAfter: () => undefined, leastMs: 500 },
] as const;

export const WATCH_SCENARIOS: readonly Scenario[] = [
  { id: "A1", fault: "watch closed in order, changes while away", run: (stage) => cutAndStir(stage, () => stage.server.cut("end")) },
  { id: "A2", fault: "TCP reset in the middle of a line", run: (stage) => tear(stage, "reset") },
  { id: "A2s", fault: "RST_STREAM in the middle of a line", run: (stage) => tear(stage, "stream") },
  { id: "A3", fault: "truncated JSON, then the end", run: (stage) => tear(stage, "end") },
  {
    id: "A4",
    fault: "one corrupt line, the stream goes on",
    async run(stage) {
      let isDone = false;
      const at = performance.now();
      stage.server.disturb({
        is: "map",
        map: (line) => {
          if (isDone) return [line];
          isDone = true;
          return [Buffer.concat([line.subarray(0, 40), Buffer.from("\u0000#"), line.subarray(44)])];
        },
      });
      await stage.create();
      await stage.stir();
      stage.expect(await stage.waitFor(() => stage.requests("watch", at).length > 0, 3_000), "read on behind a corrupt line");
    },
  },
  {
    id: "A5",
    fault: "410 as the answer to a watch",
    async run(stage) {
      stage.server.rule({ when: PLAIN_WATCHES, times: 1, fault: EXPIRED });
      stage.server.cut("end");
      await stage.stir();
    },
  },
  { id: "A6", fault: "ERROR event 410, stream closed", run: (stage) => tellError(stage, [410, "Expired", "end"]) },
  { id: "A6o", fault: "ERROR event 410, stream left open", run: (stage) => tellError(stage, [410, "Expired", "hold"]) },
  { id: "A7", fault: "ERROR event 500, stream left open", run: (stage) => tellError(stage, [500, "InternalError", "hold"]) },
  { id: "A7t", fault: "ERROR event 504, stream closed", run: (stage) => tellError(stage, [504, "Timeout", "end"]) },
  { id: "A7u", fault: "ERROR event of an unknown code, left open", run: (stage) => tellError(stage, [599, "Unheard", "hold"]) },
  ...(["watch", "list"] as const).flatMap((on) =>
    RETRY_AFTER.map(
      ({ suffix, words, retryAfter, leastMs }): Scenario => ({
        id: `A8${on === "list" ? "l" : ""}${suffix}`,
        fault: `429 to a ${on} ${words}`,
        run: (stage) => throttle(stage, { on, retryAfter, leastMs }),
      }),
    ),
  ),
  {
    id: "A9",
    fault: "503 on watches, then 410 and 503 on lists",
    speed: 10,
    async run(stage) {
      const undo = stage.server.rule({ when: PLAIN_WATCHES, fault: refusal(503, "ServiceUnavailable") });
      const at = performance.now();
      stage.server.cut("end");
      await stage.stir();
      await stage.sleep(2_500);
      const gaps = gapsOf(stage, at, 10);
      stage.expect(gaps.length >= 2, "gave up at 503");
      stage.expect(gaps.length <= 8, `${gaps.length + 1} tries in 25 s of a server that answers 503`);
      stage.expect(!stage.isOurs || gaps.every((ms) => ms >= 750), `a gap of ${Math.round(Math.min(...gaps))} ms between tries at 503`);
      stage.server.rule({
        when: ({ verb, query }) => verb === "list" || query.has("sendInitialEvents"),
        times: 4,
        fault: refusal(503, "ServiceUnavailable"),
      });
      stage.truth.sandbox.compact();
      undo();
      await stage.sleep(500);
    },
  },
  {
    id: "A11",
    fault: "stalled TCP without FIN",
    speed: 10,
    withinMs: 40_000,
    async run(stage) {
      const at = performance.now();
      stage.server.stall();
      await stage.stir();
      const back = await stage.waitFor(() => stage.requests("watch", at).length > 0, 40_000);
      const tookMs = (performance.now() - at) * (stage.isOurs ? 10 : 1);
      stage.remarks.push(back ? `noticed after ${Math.round(tookMs / 1000)} s` : "not noticed in 40 s");
      stage.expect(back && tookMs <= 90_000, "silence was not noticed within 90 s");
    },
  },
  {
    id: "A13",
    fault: "no bookmarks, version compacted",
    async run(stage) {
      stage.server.rule({ when: PLAIN_WATCHES, fault: { is: "map", map: (line) => (line.includes('"BOOKMARK"') ? [] : [line]) } });
      stage.server.cut("end");
      await stage.stir();
      await stage.sleep(300);
      await stage.create("elsewhere", {}, "secrets");
      stage.truth.sandbox.compact();
      stage.server.cut("end");
      await stage.stir();
    },
  },
  {
    id: "A18",
    fault: "duplicated and replayed events",
    async run(stage) {
      let before: Buffer | undefined;
      stage.server.disturb({
        is: "map",
        map: (line) => {
          const lines = before === undefined ? [line, line] : [line, line, before, line];
          before = Buffer.from(line);
          return lines;
        },
      });
      const name = await stage.create();
      for (let count = 0; count < 3; count += 1) await stage.change(name);
      await stage.stir();
      await stage.sleep(200);
    },
  },
  ...(["type", "object", "table"] as const).map(
    (what, index): Scenario => ({
      id: `A19${["", "k", "t"][index] ?? ""}`,
      fault: { type: "unknown event type", object: "object of another kind", table: "Table instead of an object" }[what],
      async run(stage) {
        let isDone = false;
        stage.server.disturb({
          is: "map",
          map: (line) => {
            if (isDone || line.includes('"BOOKMARK"')) return [line];
            isDone = true;
            const event = JSON.parse(line.toString()) as { type: string; object: Record<string, unknown> };
            if (what === "type") event.type = "VANISHED";
            else if (what === "object") event.object["kind"] = "Impostor";
            else event.object = { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: {}, columnDefinitions: [], rows: [] };
            return [Buffer.from(JSON.stringify(event))];
          },
        });
        await stage.create();
        await stage.stir();
      },
    }),
  ),
  {
    id: "A20",
    fault: "watches close at once, without events, again and again",
    async run(stage) {
      const undo = stage.server.rule({ when: PLAIN_WATCHES, fault: { is: "insert", line: "", after: "end" } });
      const at = performance.now();
      stage.server.cut("end");
      await stage.sleep(4_000);
      const count = stage.requests("watch", at).length;
      stage.remarks.push(`${count} watches in 4 s`);
      stage.expect(count <= 12, `${count} watches in 4 s: a hot loop`);
      undo();
    },
  },
];
