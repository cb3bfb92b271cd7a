import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type MetricDefinition, openMetrics } from "@polykind/telemetry";

const RUNS: MetricDefinition = { name: "runs_total", help: "Runs.", type: "counter", labelNames: ["kind", "result"] };
const DEPTH: MetricDefinition = { name: "depth", help: "Waiting.", type: "gauge", labelNames: ["kind"] };
const LAG: MetricDefinition = { name: "lag_seconds", help: "Lag.", type: "histogram", labelNames: ["kind"], buckets: [0.1, 1] };
const UP: MetricDefinition = { name: "up", help: "Up.", type: "gauge", labelNames: [] };

describe("openMetrics", () => {
  test("tells counters, gauges and histograms in the Prometheus text format", async () => {
    const metrics = openMetrics();
    const group = metrics.group({ kind: "Session" });
    group.add(RUNS, 1, { result: "ok" });
    group.add(RUNS, 2, { result: "ok" });
    group.set(DEPTH, 7);
    group.observe(LAG, 0.5);
    const text = await metrics.text();
    for (const line of [
      "# TYPE runs_total counter",
      'runs_total{kind="Session",result="ok"} 3',
      'depth{kind="Session"} 7',
      'lag_seconds_bucket{le="0.1",kind="Session"} 0',
      'lag_seconds_bucket{le="1",kind="Session"} 1',
      'lag_seconds_count{kind="Session"} 1',
    ]) {
      assert.ok(text.split("\n").includes(line), `${line}\nis not in\n${text}`);
    }
    assert.equal(metrics.size, 3);
  });

  test("adds one to a counter when no amount is given", async () => {
    const metrics = openMetrics();
    metrics.group({ kind: "A", result: "ok" }).add(RUNS);
    assert.match(await metrics.text(), /runs_total\{.*\} 1$/m);
  });

  test("shares nothing with another, so that two managers in one process do not clash", async () => {
    const [one, other] = [openMetrics(), openMetrics()];
    one.group().set(UP, 1);
    assert.equal(other.size, 0);
    assert.equal((await other.text()).trim(), "");
  });

  test("removes exactly the series of the group that closes, of every type of metric", async () => {
    const metrics = openMetrics();
    const [gone, left] = [metrics.group({ kind: "Gone" }), metrics.group({ kind: "Left" })];
    for (const group of [gone, left]) {
      group.add(RUNS, 1, { result: "ok" });
      group.add(RUNS, 1, { result: "failed" });
      group.set(DEPTH, 1);
      group.observe(LAG, 1);
    }
    assert.deepEqual([gone.size, metrics.size], [4, 8]);
    gone.close();
    assert.deepEqual([gone.size, left.size, metrics.size], [0, 4, 4]);
    const text = await metrics.text();
    assert.doesNotMatch(text, /Gone/);
    assert.match(text, /lag_seconds_count\{kind="Left"\} 1/);
  });

  test("tells no metric that has no series, so that the metrics of a plugin that is gone are gone", async () => {
    const metrics = openMetrics();
    const group = metrics.group();
    group.set(UP, 1);
    group.close();
    assert.equal((await metrics.text()).trim(), "");
  });

  test("keeps a series that two groups touch until both have let it go", async () => {
    const metrics = openMetrics();
    const [first, second] = [metrics.group({ kind: "Session" }), metrics.group({ kind: "Session" })];
    first.set(DEPTH, 1);
    first.set(DEPTH, 2);
    second.set(DEPTH, 3);
    assert.equal(metrics.size, 1);
    first.close();
    assert.match(await metrics.text(), /depth\{kind="Session"\} 3/);
    second.close();
    assert.equal(metrics.size, 0);
  });

  test("starts from zero after a close, under the same name and labels", async () => {
    const metrics = openMetrics();
    const labels = { kind: "Session", result: "ok" };
    const before = metrics.group(labels);
    before.add(RUNS, 41);
    before.close();
    metrics.group(labels).add(RUNS, 1);
    assert.match(await metrics.text(), /runs_total\{.*\} 1$/m);
  });

  test("clears one metric of a group and leaves the others", async () => {
    const metrics = openMetrics();
    const group = metrics.group({ kind: "Session" });
    group.set(DEPTH, 1);
    group.observe(LAG, 1);
    group.clear(DEPTH);
    assert.equal(group.size, 1);
    group.set(DEPTH, 5);
    assert.match(await metrics.text(), /depth\{kind="Session"\} 5/);
  });

  test("does nothing after a close, so that a late callback leaves no series behind", () => {
    const metrics = openMetrics();
    const group = metrics.group({ kind: "Session" });
    group.close();
    group.close();
    group.set(DEPTH, 1);
    group.add(RUNS, 1, { result: "ok" });
    group.observe(LAG, 1);
    assert.deepEqual([group.size, metrics.size], [0, 0]);
  });

  test("sees one series in whatever order its labels are given", () => {
    const metrics = openMetrics();
    const group = metrics.group();
    group.add(RUNS, 1, { kind: "A", result: "ok" });
    group.add({ ...RUNS, labelNames: ["result", "kind"] }, 1, { result: "ok", kind: "A" });
    assert.equal(metrics.size, 1);
  });

  for (const { why, call } of [
    { why: "labels that are missing", call: () => openMetrics().group().set(DEPTH, 1) },
    { why: "labels that are not of the definition", call: () => openMetrics().group({ kind: "A" }).set(DEPTH, 1, { other: "b" }) },
    {
      why: "a label that only a prototype has",
      call: () =>
        openMetrics()
          .group({ other: "b" })
          .set({ ...DEPTH, labelNames: ["constructor"] }, 1),
    },
    { why: "a gauge that is added to", call: () => openMetrics().group({ kind: "A" }).add(DEPTH) },
    {
      why: "one name with two definitions",
      call: () => {
        const group = openMetrics().group();
        group.set(UP, 1);
        group.set({ ...UP, labelNames: ["kind"] }, 1, { kind: "A" });
      },
    },
  ]) {
    test(`refuses ${why}: it is a bug of the caller`, () => assert.throws(call, TypeError));
  }

  test("holds no more after 10,000 groups than before", () => {
    const metrics = openMetrics();
    for (let at = 0; at < 10_000; at += 1) {
      const group = metrics.group({ kind: `Kind${at}` });
      group.set(DEPTH, at);
      group.observe(LAG, at);
      group.close();
    }
    assert.equal(metrics.size, 0);
  });
});
