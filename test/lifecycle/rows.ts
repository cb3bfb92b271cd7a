import type { Row } from "./row.ts";
import { AGAIN_ROWS } from "./rows-again.ts";
import { BAD_ROWS } from "./rows-bad.ts";
import { EDIT_ROWS } from "./rows-edit.ts";
import { END_ROWS } from "./rows-end.ts";
import { EXCLUDED_ROWS } from "./rows-excluded.ts";
import { NAME_ROWS } from "./rows-names.ts";
import { SERVER_ROWS } from "./rows-server.ts";
import { SHADOW_ROWS } from "./rows-shadow.ts";
import { TERMINATING_ROWS } from "./rows-terminating.ts";
import { USER_ROWS } from "./rows-users.ts";

/** All cases, in the order of the tables. */
export const ROWS: readonly Row[] = [
  ...END_ROWS,
  ...AGAIN_ROWS,
  ...NAME_ROWS,
  ...TERMINATING_ROWS,
  ...EDIT_ROWS,
  ...SERVER_ROWS,
  ...SHADOW_ROWS,
  ...USER_ROWS,
  ...BAD_ROWS,
  ...EXCLUDED_ROWS,
].toSorted(byId);

function byId(a: Row, b: Row): number {
  return b.id.charCodeAt(0) - a.id.charCodeAt(0) || Number(a.id.slice(1)) - Number(b.id.slice(1));
}
