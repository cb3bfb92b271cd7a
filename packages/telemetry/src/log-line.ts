/** One line of a log as it was recorded: what every line has, and its fields. */
interface Recorded {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/**
 * One readable line, `HH:MM:SS level component message key=value…`, in local time and with its line feed, from a line recorded as JSON.
 *
 * It is one line whatever the message and the fields hold: control characters are escaped. Errors are told by their message; their
 * stacks only stand in the JSON format.
 */
export function textOfRecorded(json: string): string {
  const { time, level, component, message, ...fields } = JSON.parse(json) as Recorded; // Only what `openLog` has recorded comes here.
  const parts = [
    new Date(time).toTimeString().slice(0, 8),
    level.padEnd(5),
    ...(component === undefined ? [] : [asWord(component)]),
    message,
  ];
  for (const [name, value] of Object.entries(fields)) parts.push(`${name}=${asWord(value)}`);
  return `${oneLine(parts.join(" "))}\n`;
}

function asWord(value: unknown): string {
  if (typeof value === "object" && value !== null) return JSON.stringify(messageIn(value) ?? value);
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

/** The message of what was an error before it was recorded. */
function messageIn(value: object): unknown {
  return "message" in value && "stack" in value ? value.message : undefined;
}

/** Escapes what would break the line or move the cursor of a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    character === "\n" ? "\\n" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
