import type { Bug } from "./bugs.ts";
import { CALL_BUGS } from "./call-bugs.ts";
import { CHANGES_BUGS } from "./changes-bugs.ts";
import { HOLDER_BUGS } from "./holder-bugs.ts";
import { STEP_BUGS } from "./step-bugs.ts";

/** The mistakes that the simulation must find; most are real ones of other clients. Kept as edits, so that one that does not fit any more is noticed. */
export const BUGS: readonly Bug[] = [...STEP_BUGS, ...CHANGES_BUGS, ...CALL_BUGS, ...HOLDER_BUGS];
