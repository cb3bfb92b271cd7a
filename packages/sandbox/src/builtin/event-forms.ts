import type { JsonObject } from "../json.ts";
import type { Forms } from "./row.ts";

/** The fields of an event that have one name in core and another in `events.k8s.io`. */
const NAMES: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

const TO_EVENTS: ReadonlyMap<string, string> = new Map(NAMES);
const TO_CORE: ReadonlyMap<string, string> = new Map(NAMES.map(([core, events]) => [events, core]));

/** Fields that core always shows. */
const ALWAYS_IN_CORE: Readonly<JsonObject> = {
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  reportingComponent: "",
  reportingInstance: "",
};

/** Events of `events.k8s.io` are those of core, with other names for some fields. */
export const EVENT_FORMS: Forms = {
  toServed: (object) => ({ ...renamed(object, TO_EVENTS), apiVersion: "events.k8s.io/v1" }),
  toStored: (object) => ({ ...ALWAYS_IN_CORE, ...renamed(object, TO_CORE), apiVersion: "v1" }),
};

function renamed(object: Readonly<JsonObject>, names: ReadonlyMap<string, string>): JsonObject {
  const all: JsonObject = {};
  for (const [field, value] of Object.entries(object)) {
    if (value !== null || field === "eventTime") all[names.get(field) ?? field] = value;
  }
  return all;
}
