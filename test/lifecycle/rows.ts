import type { Row } from "./row.ts";
import { AGAIN_ROWS } from "./rows-again.ts";
import { END_ROWS } from "./rows-end.ts";

/** All cases, in the order of the tables. */
export const ROWS: readonly Row[] = [...END_ROWS, ...AGAIN_ROWS].toSorted(byId);

function byId(a: Row, b: Row): number {
  return b.id.charCodeAt(0) - a.id.charCodeAt(0) || Number(a.id.slice(1)) - Number(b.id.slice(1));
}
