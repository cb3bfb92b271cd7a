import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EVENT_FORMS } from "../../src/builtin/event-forms.ts";

const metadata = { name: "balls.1", namespace: "default" };
const regarding = { kind: "CustomResourceDefinition", name: "balls" };
const same = { kind: "Event", metadata, eventTime: "2026-01-01T00:00:00.000000Z", reason: "Running", type: "Normal", action: "Run" };

const core = {
  ...same,
  apiVersion: "v1",
  involvedObject: regarding,
  message: "it runs",
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  reportingComponent: "polykind",
  reportingInstance: "polykind-0",
};
const events = {
  ...same,
  apiVersion: "events.k8s.io/v1",
  regarding,
  note: "it runs",
  deprecatedSource: {},
  reportingController: "polykind",
  reportingInstance: "polykind-0",
};

describe("the two forms of an event", () => {
  test("have other names for the same", () => {
    assert.deepEqual(EVENT_FORMS.toServed(core), events);
    assert.deepEqual(EVENT_FORMS.toStored(events), core);
  });

  test("keep what only old events have", () => {
    const { deprecatedSource: _, ...rest } = events;
    const old = {
      ...rest,
      eventTime: null,
      deprecatedCount: 2,
      deprecatedFirstTimestamp: "2026-01-01T00:00:00Z",
      deprecatedSource: { component: "x" },
    };
    const { count, firstTimestamp, source } = EVENT_FORMS.toStored(old);
    assert.deepEqual([count, firstTimestamp, source], [2, "2026-01-01T00:00:00Z", { component: "x" }]);
    assert.deepEqual(EVENT_FORMS.toServed(EVENT_FORMS.toStored(old)), old);
  });
});
