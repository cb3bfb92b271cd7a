import type { MetricDefinition } from "@polykind/telemetry";

/** Objects that an informer holds. */
export const OBJECTS: MetricDefinition = {
  name: "polykind_informer_objects",
  help: "Objects held.",
  type: "gauge",
  labelNames: ["informer"],
};

/** Lists that were completed, the first one too. */
export const LISTS: MetricDefinition = {
  name: "polykind_informer_lists_total",
  help: "Lists completed.",
  type: "counter",
  labelNames: ["informer"],
};

/** Changes that reached the store. */
export const CHANGES: MetricDefinition = {
  name: "polykind_informer_changes_total",
  help: "Changes taken into the store.",
  type: "counter",
  labelNames: ["informer"],
};

/** Lists and watches that failed, and lines that could not be decoded, by the code of the error. */
export const FAILURES: MetricDefinition = {
  name: "polykind_informer_failures_total",
  help: "Lists and watches that failed, by error code.",
  type: "counter",
  labelNames: ["informer", "code"],
};

/** Times that the server's version fell, as after a restore of its storage. */
export const EPOCH_BREAKS: MetricDefinition = {
  name: "polykind_informer_epoch_breaks_total",
  help: "Times the server had lost history and everything was taken anew.",
  type: "counter",
  labelNames: ["informer"],
};

/** What handlers threw. */
export const HANDLER_FAILURES: MetricDefinition = {
  name: "polykind_informer_handler_failures_total",
  help: "Calls of handlers that threw or rejected.",
  type: "counter",
  labelNames: ["informer"],
};
