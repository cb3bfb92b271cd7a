import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { openMetrics } from "@polykind/telemetry";
import { KindMeter } from "../src/metrics.ts";
import type { Turn } from "../src/kind/explain-history.ts";
import { KIND_PHASES, type KindReport, type RunReport } from "../src/kind/report.ts";
import type { Run } from "../src/kind/state.ts";

const target = { plugin: "ttl", digest: "d", version: "v1", uid: "u1" };
const running: Run = { phase: "running", target, epoch: 1, isDraining: false, isRetiring: false, shape: undefined, isOutgrown: false };
const started: Turn = { type: "started", run: running };
const stopped = (reason: "CRDGone" | "Shutdown"): Turn => ({ type: "stopped", run: { phase: "stopping", target, epoch: 1, reason } });

const NOTHING = { wanted: [], leaked: 0 };
const kind = (crd: string, state: KindReport["state"]): Pick<KindReport, "name" | "crd" | "state" | "runs"> => ({
  name: crd,
  crd,
  state,
  runs: [],
});

/** The series that are not 0, as `name{labels} value`. */
async function told(metrics: ReturnType<typeof openMetrics>): Promise<readonly string[]> {
  const lines = (await metrics.text()).split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#") && !line.endsWith(" 0")).toSorted();
}

describe("the metrics of kinds", () => {
  test("count kinds by their state, and tell 0 where the last has left", async () => {
    const metrics = openMetrics();
    const meter = new KindMeter(metrics);
    meter.take([kind("a", "Running"), kind("b", "Running"), kind("c", "Parked")]);
    meter.tell(NOTHING);
    assert.deepEqual(await told(metrics), ['polykind_kinds{state="Parked"} 1', 'polykind_kinds{state="Running"} 2']);
    meter.take([kind("b", "Running")], ["a", "c"]);
    meter.tell(NOTHING);
    assert.deepEqual(await told(metrics), ['polykind_kinds{state="Running"} 1']);
    meter.tell({ wanted: ["b", "x", "y"], leaked: 0 });
    assert.deepEqual(await told(metrics), ['polykind_kinds{state="Absent"} 2', 'polykind_kinds{state="Running"} 1']);
    assert.match(await metrics.text(), /polykind_kinds\{state="Parked"\} 0/);
  });

  test("count the controllers that only finalize, and the objects they are there for", async () => {
    const metrics = openMetrics();
    const meter = new KindMeter(metrics);
    const run = { plugin: "ttl", phase: "running", version: "v1", epoch: 1, reconciles: 0, errors: 0, queued: 0 } as const;
    const retiring = (objects: number): typeof run & Pick<RunReport, "retiring"> => ({ ...run, retiring: { objects, some: [] } });
    meter.take([
      { name: "A", crd: "a", state: "Draining", runs: [retiring(2), run] },
      { name: "B", crd: "b", state: "Running", runs: [retiring(3)] },
      { name: "C", crd: "c", state: "Running", runs: [run] },
    ]);
    meter.tell(NOTHING);
    assert.deepEqual([...meter.retiring], ["a", "b"]);
    const lines = await told(metrics);
    assert.deepEqual(
      lines.filter((line) => line.includes("retiring")),
      ["polykind_retiring_controllers 2", "polykind_retiring_objects 5"],
    );
    meter.take([], ["a", "b", "c"]);
    meter.tell(NOTHING);
    assert.deepEqual(await told(metrics), []);
  });

  test("are those of all kinds, whatever came and went in whatever order", () => {
    const run = { plugin: "ttl", phase: "running", version: "v1", epoch: 1, reconciles: 0, errors: 0, queued: 0 } as const;
    const wanted = ["K", "L", "M"];
    const kinds = fc.record({
      // Of a kind that another CRD serves, too, one may go; and a CRD may come back with another kind.
      name: fc.constantFrom("K", "L"),
      crd: fc.constantFrom("a", "b", "c", "d"),
      state: fc.constantFrom(...KIND_PHASES),
      runs: fc.array(
        fc.option(fc.nat(9)).map((objects) => (objects === null ? run : { ...run, retiring: { objects, some: [] } })),
        {
          maxLength: 3,
        },
      ),
    });
    const turns = fc.array(fc.record({ kinds: fc.array(kinds, { maxLength: 3 }), gone: fc.subarray(["a", "b", "c", "d"]) }));
    return fc.assert(
      fc.asyncProperty(turns, async (all) => {
        const there = new Map<string, (typeof all)[number]["kinds"][number]>();
        const [metrics, fresh] = [openMetrics(), openMetrics()];
        const [meter, once] = [new KindMeter(metrics), new KindMeter(fresh)];
        for (const turn of all) {
          meter.take(turn.kinds, turn.gone);
          meter.tell(NOTHING);
          for (const crd of turn.gone) there.delete(crd);
          for (const each of turn.kinds) there.set(each.crd, each);
        }
        once.take([...there.values()]);
        for (const each of [meter, once]) each.tell({ wanted, leaked: 0 });
        const isAbsent = (name: string): boolean => ![...there.values()].some((each) => each.name === name);
        const absent = [...there.values()].filter(({ state }) => state === "Absent").length + wanted.filter(isAbsent).length;
        assert.ok((await told(metrics)).includes(`polykind_kinds{state="Absent"} ${absent}`));
        assert.deepEqual(await told(metrics), await told(fresh));
      }),
    );
  });

  test("count starts, stops by their reason, and what leaked", async () => {
    const metrics = openMetrics();
    const meter = new KindMeter(metrics);
    for (const turn of [started, started, stopped("CRDGone"), stopped("CRDGone"), stopped("Shutdown")]) meter.count(turn);
    meter.tell({ wanted: [], leaked: 3 });
    assert.deepEqual(await told(metrics), [
      "polykind_kind_starts_total 2",
      'polykind_kind_stops_total{reason="CRDGone"} 2',
      'polykind_kind_stops_total{reason="Shutdown"} 1',
      'polykind_leaked_resources{type="hooks"} 3',
    ]);
  });

  test("are there from the beginning, so that an alert sees the first one that rises", async () => {
    const metrics = openMetrics();
    const meter = new KindMeter(metrics);
    const text = await metrics.text();
    meter.close();
    assert.match(text, /polykind_kind_starts_total 0/);
    assert.match(text, /polykind_leaked_resources\{type="hooks"\} 0/);
  });

  test("leave no series", () => {
    const metrics = openMetrics();
    const meter = new KindMeter(metrics);
    meter.take([kind("a", "Running")]);
    meter.tell(NOTHING);
    meter.count(stopped("CRDGone"));
    meter.close();
    assert.equal(metrics.size, 0);
  });
});
