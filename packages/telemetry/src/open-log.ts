import { type Clock, systemClock } from "@polykind/core";
import type { Logger } from "pino";
import { loadPino } from "./libraries.ts";
import type { Log, LogFields } from "./log.ts";
import { textOfRecorded } from "./log-line.ts";
import { redactFields, redactText } from "./redact.ts";

/** How much is written: each level and those behind it; `silent` writes nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Where finished lines go, each with its line feed. */
export interface LogDestination {
  write(line: string): void;
}

/** Options of {@link openLog}. */
export interface LogOptions {
  /** Default: `info`. */
  readonly level?: LogLevel;
  /** `json`: one object a line, for collectors. `text`: one line for people, `HH:MM:SS level component message key=value`. Default: `json`. */
  readonly format?: "json" | "text";
  /** Default: standard error, written at once; a reader that has gone away is no failure. */
  readonly destination?: LogDestination;
  /** Tells the time of a line. Default: the machine's. */
  readonly clock?: Clock;
}

/**
 * A log whose lines are single, complete and without secrets.
 *
 * *Guarantees.* Fields named like a secret (`token`, `authorization`, `password`, `secret`, `cookie`, keys) never appear, at any depth, nor
 * do HTTP credentials, JSON web tokens and passwords inside of addresses, in fields or messages. No field can break a line or make a call throw.
 * The field `component` tells who writes. Fields named `time`, `level` and `message` get a `_` behind.
 */
export function openLog({ level = "info", format = "json", destination, clock = systemClock }: LogOptions = {}): Log {
  const { destination: openDestination, pino } = loadPino();
  const sink = destination ?? openDestination({ fd: 2, sync: true });
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === "json" ? sink : { write: (line: string) => void sink.write(textOfRecorded(line)) },
  );
  return new PinoLog(logger);
}

class PinoLog implements Log {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  child(fields: LogFields): Log {
    return new PinoLog(this.#logger.child(recordable(fields)));
  }

  #write(level: Exclude<LogLevel, "silent">, message: string, fields: LogFields = {}): void {
    // What is not written is not looked at either: debug lines cost nothing where they are off.
    if (this.#logger.isLevelEnabled(level)) this.#logger[level](recordable(fields), "%s", redactText(message));
  }
}

/** Fields as they are recorded: none takes the place of what every line has. */
function recordable(fields: LogFields): Record<string, unknown> {
  const entries = Object.entries(redactFields(fields));
  return Object.fromEntries(entries.map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]));
}

const RESERVED: ReadonlySet<string> = new Set(["time", "level", "message"]);
