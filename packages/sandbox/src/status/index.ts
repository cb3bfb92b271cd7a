export * from "./refusals.ts";
export { type StatusBody, type StatusCause, StatusError, type StatusFacts } from "./status-error.ts";
