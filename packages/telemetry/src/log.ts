/** Facts of a log line. Never secrets: no headers, tokens, keys or bodies. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a component writes what happened. Levels as everywhere: `error` is for what somebody must look at. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry `fields`. */
  child(fields: LogFields): Log;
}

/** Writes nothing. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLog };

function nothing(): void {}
