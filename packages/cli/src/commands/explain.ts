import { PolykindError } from "@polykind/core";
import type { KindExplanation, KindRefusal } from "@polykind/manager";
import { ask, notAManager } from "../ask.ts";
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
  const response = await ask(`${endpoint}/v1/kinds/${encodeURIComponent(kind)}`, signal);
  const isOurs = response.headers.get("content-type") === "application/json";
  if (!isOurs || (!response.ok && response.status !== 404 && response.status !== 409)) throw notAManager(response, `explain ${kind}`);
  if (response.ok) {
    const explanation = (await response.json()) as KindExplanation; // Our own endpoint's answer.
    terminal.out.write(printExplanation(explanation, output, Date.now()));
    return;
  }
  const { type, message, candidates } = (await response.json()) as KindRefusal; // As above.
  throw new PolykindError(type === "ambiguous" ? "API_CONFLICT" : "API_NOT_FOUND", message, { facts: { candidates } });
}
