import type { KindExplanation } from "../kind/explain.ts";
import type { KindReport } from "../kind/report.ts";
import type { Recorder } from "./recorder.ts";
import { sayingOf } from "./saying.ts";

/** What a kind was when it was looked at last. */
interface Seen {
  readonly uid: string;
  readonly state: KindReport["state"];
  readonly reason: string | undefined;
  /** Whether anything was said of this life of the CRD. */
  readonly wasSaid: boolean;
}

/** Where changes of kinds become events: exactly those in which state, reason or the life of the CRD is another than before. */
export class KindEvents {
  readonly #recorder: Pick<Recorder, "record" | "forget">;
  readonly #explain: (crd: string) => KindExplanation | undefined;
  readonly #seenByCrd = new Map<string, Seen>();

  constructor(recorder: Pick<Recorder, "record" | "forget">, explain: (crd: string) => KindExplanation | undefined) {
    this.#recorder = recorder;
    this.#explain = explain;
  }

  /** These kinds may have changed. */
  look(kinds: readonly KindReport[]): void {
    for (const kind of kinds) this.#lookAt(kind);
  }

  /** The kinds of these CRDs are no more. */
  lose(crds: readonly string[]): void {
    for (const crd of crds) this.#forget(crd);
  }

  #lookAt({ crd, incarnation: uid, state, reason }: KindReport): void {
    const before = this.#seenByCrd.get(crd);
    if (before !== undefined && before.uid !== uid) this.#forget(crd);
    if (uid === undefined) return;
    const isSame = before?.uid === uid;
    if (isSame && before.state === state && before.reason === reason) return;
    const isFirst = !isSame || !before.wasSaid;
    const explanation = this.#explain(crd);
    const saying = explanation === undefined ? undefined : sayingOf(explanation, { isFirst });
    this.#seenByCrd.set(crd, { uid, state, reason, wasSaid: !isFirst || saying !== undefined });
    if (saying !== undefined) this.#recorder.record(saying);
  }

  #forget(crd: string): void {
    const seen = this.#seenByCrd.get(crd);
    if (seen === undefined) return;
    this.#seenByCrd.delete(crd);
    this.#recorder.forget(seen.uid);
  }
}
