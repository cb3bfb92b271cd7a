/** A column of a table for people. */
export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string;
}

const GAP = 3;

/**
 * Rows under titles, each column as wide as its widest cell, with no space at the ends of lines.
 *
 * @returns lines without line feeds; the first holds the titles.
 */
export function tableLines<T>(columns: readonly Column<T>[], rows: readonly T[]): readonly string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => oneLine(of(row))))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => (line[at] ?? "").length)));
  return cells.map((line) =>
    line
      .map((cell, at) => cell.padEnd((widths[at] ?? 0) + GAP))
      .join("")
      .trimEnd(),
  );
}

/** The text on one line: nothing that an object says breaks it or moves the cursor. */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}

/** `5s`, `3m`, `2h5m`, `3d`: how long ago, as kubectl says it. */
export function ageText(sinceMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/** `1 kind`, `2 kinds`. */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
