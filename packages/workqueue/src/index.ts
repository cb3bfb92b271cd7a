export type { BackoffOptions } from "./backoff.ts";
export { QUEUE_METRICS } from "./metrics.ts";
export { type AddOptions, WorkQueue, type WorkQueueFacts, type WorkQueueOptions } from "./work-queue.ts";
