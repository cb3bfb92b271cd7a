import { isPolykindError, messageOf, PolykindError } from "@polykind/core";

/** Exit codes: 0 all went well, 1 it failed, 2 it was called wrongly. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Called wrongly: an unknown flag, flags that exclude each other, a value of the wrong form. */
export function usageError(message: string): PolykindError {
  return new PolykindError("CONFIG_INVALID", message, { facts: { isUsage: true } });
}

/** The exit code for what ended a command. */
export function exitCodeOf(thrown: unknown): number {
  return isPolykindError(thrown) && thrown.facts["isUsage"] === true ? EXIT.usage : EXIT.failed;
}

/** What a person reads of it: one message; the stack too when it is a bug of ours. */
export function failureText(thrown: unknown): string {
  if (isPolykindError(thrown)) return `polykind: ${thrown.message}`;
  const stack = thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : messageOf(thrown);
  return `polykind: this is a defect of polykind, please report it\n${stack}`;
}

/** What a person reads when the process ends of a failure that nobody waited for. */
export function strayFailureText(thrown: unknown): string {
  const stack = thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : messageOf(thrown);
  return `polykind: cannot go on: something failed where nobody waited for it, and it does not lead to a plugin; please report it if it is no plugin's\n${stack}`;
}
