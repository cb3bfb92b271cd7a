import { messageOf } from "@polykind/core";
import type { Log } from "@polykind/telemetry";

/** How the failure of a step is told. */
export interface Attempt {
  readonly log: Log;
  /** What the step does not reach, such as `cannot release informers`. */
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Runs `step`, and tells if it fails. Never rejects, also where telling fails: one step of a teardown spares no other. */
export async function attempt(step: () => unknown, { log, message, fields = {} }: Attempt): Promise<void> {
  try {
    await Promise.try(step).catch((cause: unknown) => log.error(message, { ...fields, cause: messageOf(cause) }));
  } catch {
    // There is nobody left to tell.
  }
}
