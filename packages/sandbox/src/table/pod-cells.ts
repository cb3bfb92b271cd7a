import { ageOf } from "./duration.ts";
import { at, listAt, numberAt, orNone, textAt } from "./values.ts";

/** Init containers that keep running beside the others. */
function sidecarNames(pod: unknown): ReadonlySet<string> {
  const sidecars = listAt(pod, "spec", "initContainers").filter((container) => textAt(container, "restartPolicy") === "Always");
  return new Set(sidecars.map((container) => textAt(container, "name")));
}

/** The statuses of the containers that are meant to run all the time. */
function runningStatuses(pod: unknown): readonly unknown[] {
  const sidecars = sidecarNames(pod);
  const besides = listAt(pod, "status", "initContainerStatuses").filter((status) => sidecars.has(textAt(status, "name")));
  return [...besides, ...listAt(pod, "status", "containerStatuses")];
}

/** How many of the containers are ready. */
export function readyText(pod: unknown): string {
  const ready = runningStatuses(pod).filter((status) => at(status, "ready") === true && at(status, "state", "running") !== undefined);
  return `${ready.length}/${listAt(pod, "spec", "containers").length + sidecarNames(pod).size}`;
}

/** Restarts of all containers, and how long the last is ago. */
export function restartsText(pod: unknown, nowMs: number): string {
  const initial = listAt(pod, "status", "initContainerStatuses");
  const isStarting = initialReason(pod) !== undefined;
  const counted = isStarting ? initial : runningStatuses(pod);
  const restarts = counted.reduce((sum: number, status) => sum + numberAt(status, "restartCount"), 0);
  const last =
    counted
      .map((status) => textAt(status, "lastState", "terminated", "finishedAt"))
      .toSorted()
      .at(-1) ?? "";
  return restarts > 0 && last !== "" ? `${restarts} (${ageOf(last, nowMs)} ago)` : `${restarts}`;
}

/** The one word for how a pod stands: its phase, unless a container or the deletion has more to say. */
export function statusText(pod: unknown): string {
  if (textAt(pod, "metadata", "deletionTimestamp") !== "")
    return textAt(pod, "status", "reason") === "NodeLost" ? "Unknown" : "Terminating";
  const initial = initialReason(pod);
  if (initial !== undefined) return initial;
  const phase = textAt(pod, "status", "reason") || gatedReason(pod) || textAt(pod, "status", "phase");
  const statuses = listAt(pod, "status", "containerStatuses");
  // The first container that has something to tell stands for all.
  const told = statuses.map(stateText).find((text) => text !== undefined) ?? phase;
  const isRunning = statuses.some((status) => at(status, "ready") === true && at(status, "state", "running") !== undefined);
  if (told !== "Completed" || !isRunning) return told;
  return isReady(pod) ? "Running" : "NotReady";
}

function gatedReason(pod: unknown): string | undefined {
  const scheduled = listAt(pod, "status", "conditions").find((condition) => textAt(condition, "type") === "PodScheduled");
  return textAt(scheduled, "reason") === "SchedulingGated" ? "SchedulingGated" : undefined;
}

function isReady(pod: unknown): boolean {
  return listAt(pod, "status", "conditions").some(
    (condition) => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True",
  );
}

function stateText(status: unknown): string | undefined {
  const waiting = textAt(status, "state", "waiting", "reason");
  if (waiting !== "") return waiting;
  const terminated = at(status, "state", "terminated");
  return terminated === undefined ? undefined : terminatedText(terminated);
}

function terminatedText(terminated: unknown): string {
  const reason = textAt(terminated, "reason");
  if (reason !== "") return reason;
  const signal = numberAt(terminated, "signal");
  return signal === 0 ? `ExitCode:${numberAt(terminated, "exitCode")}` : `Signal:${signal}`;
}

/** What holds a pod that still runs its init containers; `undefined` when none does. */
function initialReason(pod: unknown): string | undefined {
  const specs = listAt(pod, "spec", "initContainers");
  const sidecars = sidecarNames(pod);
  for (const [index, status] of listAt(pod, "status", "initContainerStatuses").entries()) {
    const terminated = at(status, "state", "terminated");
    if (terminated !== undefined && numberAt(terminated, "exitCode") === 0) continue;
    if (at(status, "started") === true && sidecars.has(textAt(status, "name"))) continue;
    if (terminated !== undefined) return `Init:${terminatedText(terminated)}`;
    const waiting = textAt(status, "state", "waiting", "reason");
    return waiting !== "" && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${specs.length}`;
  }
  return undefined;
}

/** How many of the readiness gates are met. */
export function readinessGatesText(pod: unknown): string {
  const gates = listAt(pod, "spec", "readinessGates").map((gate) => textAt(gate, "conditionType"));
  const met = listAt(pod, "status", "conditions").filter(
    (condition) => gates.includes(textAt(condition, "type")) && textAt(condition, "status") === "True",
  );
  return gates.length === 0 ? orNone("") : `${met.length}/${gates.length}`;
}
