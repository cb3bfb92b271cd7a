import { PolykindError } from "@polykind/core";
import { isExplanation, isKindRefusal } from "../answer-shape.ts";
import { ask, notAManager, readJson } from "../ask.ts";
import { type ExplanationFormat, printExplanation } from "../output/explanation.ts";
import type { Terminal } from "../terminal.ts";

/** What `explain` is called with. */
export interface ExplainCall {
  /** A CRD's name, kind, plural, singular or short name, the latter with `.group` or without. */
  readonly kind: string;
  /** The manager's address, such as `http://127.0.0.1:8377`. */
  readonly endpoint: string;
  readonly output: ExplanationFormat;
  readonly signal: AbortSignal;
}

/**
 * Prints why a kind of a running manager is where it is.
 *
 * @throws PolykindError `API_NOT_FOUND` when no kind has that name, `API_CONFLICT` when several have it; each with what can be asked for instead as fact `candidates`.
 */
export async function explain({ kind, endpoint, output, signal }: ExplainCall, terminal: Terminal): Promise<void> {
  using answer = await ask(`${endpoint}/v1/kinds/${encodeURIComponent(kind)}`, { what: `explain ${kind}`, signal });
  const { ok: isOk, status } = answer.response;
  if (isOk) {
    terminal.out.write(printExplanation(await readJson(answer, isExplanation), output, Date.now()));
    return;
  }
  if (status !== 404 && status !== 409) throw notAManager(answer, `HTTP ${status}`);
  const { type, message, candidates } = await readJson(answer, isKindRefusal);
  throw new PolykindError(type === "ambiguous" ? "API_CONFLICT" : "API_NOT_FOUND", message, { facts: { candidates } });
}
