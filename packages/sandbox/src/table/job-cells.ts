import { humanDuration } from "./duration.ts";
import { at, listAt, numberAt, textAt } from "./values.ts";

function hasCondition(job: unknown, type: string): boolean {
  return listAt(job, "status", "conditions").some(
    (condition) => textAt(condition, "type") === type && textAt(condition, "status") === "True",
  );
}

/** How a job stands, in the order in which one thing outweighs the other. */
export function statusText(job: unknown): string {
  const byCondition = ["Complete", "Failed"].find((type) => hasCondition(job, type));
  if (byCondition !== undefined) return byCondition;
  if (textAt(job, "metadata", "deletionTimestamp") !== "") return "Terminating";
  if (hasCondition(job, "Suspended")) return "Suspended";
  if (hasCondition(job, "FailureTarget")) return "FailureTarget";
  if (hasCondition(job, "SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

/** How many of how many have succeeded. */
export function completionsText(job: unknown): string {
  const succeeded = numberAt(job, "status", "succeeded");
  const completions = at(job, "spec", "completions");
  if (typeof completions === "number") return `${succeeded}/${completions}`;
  const parallelism = numberAt(job, "spec", "parallelism");
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** From the start to the completion, or to now. */
export function durationText(job: unknown, nowMs: number): string {
  const startedAt = textAt(job, "status", "startTime");
  const completedAt = textAt(job, "status", "completionTime");
  if (startedAt === "") return "";
  return humanDuration((completedAt === "" ? nowMs : Date.parse(completedAt)) - Date.parse(startedAt));
}
