import { type Clock, systemClock } from "@polykind/core";
import type { Logger } from "pino";
import { loadPino } from "./libraries.ts";
import type { LogDestination } from "./destination.ts";
import { LineSink } from "./line-sink.ts";
import type { Log, LogFields } from "./log.ts";
import { textOfRecorded } from "./log-line.ts";
import { redactFields, redactText, UNREADABLE } from "./redact.ts";

/** How much is written: each level and those behind it; `silent` writes nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Options of {@link openLog}. */
export interface LogOptions {
  /** Default: `info`. */
  readonly level?: LogLevel;
  /** `json`: one object a line, for collectors. `text`: one line for people, `HH:MM:SS level component message key=value`. Default: `json`. */
  readonly format?: "json" | "text";
  /** Default: standard error, written at once. */
  readonly destination?: LogDestination;
  /** Tells the time of a line. Default: the machine's. */
  readonly clock?: Clock;
}

/**
 * A log whose lines are single, complete and without secrets.
 *
 * *Guarantees.* Fields named like a secret (`token`, `authorization`, `password`, `secret`, `cookie`, keys) never appear, at any depth, nor does what a Secret holds, nor
 * do HTTP credentials, JSON web tokens, passwords inside of addresses and what `token=`, `password=` and the like stand before, in fields or messages. No field can break a
 * line, and no call ever throws: a line that cannot be written is dropped, be it that the disk is full or the reader has gone away, and how many were is told as soon as
 * lines can be written again. The field `component` tells who writes. Fields named `time`, `level` and `message` get a `_` behind.
 */
export function openLog({ level = "info", format = "json", destination, clock = systemClock }: LogOptions = {}): Log {
  const { pino } = loadPino();
  const toText = format === "json" ? (line: string) => line : textOfRecorded;
  const timeNow = (): string => new Date(clock.now()).toISOString();
  const sink = new LineSink({
    destination,
    lossLine: (lines) =>
      toText(`${JSON.stringify({ level: "warn", time: timeNow(), lines, message: "log lines could not be written and are lost" })}\n`),
  });
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${timeNow()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => sink.write(toText(line)) },
  );
  return new PinoLog(logger, sink);
}

class PinoLog implements Log {
  readonly #logger: Logger;
  readonly #sink: LineSink;

  constructor(logger: Logger, sink: LineSink) {
    this.#logger = logger;
    this.#sink = sink;
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
    return new PinoLog(this.#logger.child(recordable(fields)), this.#sink);
  }

  #write(level: Exclude<LogLevel, "silent">, message: string, fields: LogFields = {}): void {
    // What is not written is not looked at either: debug lines cost nothing where they are off.
    if (!this.#logger.isLevelEnabled(level)) return;
    try {
      this.#logger[level](recordable(fields), "%s", redactText(message));
    } catch {
      // Whatever a plugin hands over: who logs must not fail for it.
      this.#sink.lose();
    }
  }
}

/** Fields as they are recorded: none takes the place of what every line has. Never throws. */
function recordable(fields: LogFields): Record<string, unknown> {
  try {
    const entries = Object.entries(redactFields(fields));
    return Object.fromEntries(entries.map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]));
  } catch {
    // They come from plugins, and may be no object at all, or one that cannot be looked at.
    return { fields: UNREADABLE };
  }
}

const RESERVED: ReadonlySet<string> = new Set(["time", "level", "message"]);
