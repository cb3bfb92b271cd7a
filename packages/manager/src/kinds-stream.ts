import type { ServerResponse } from "node:http";
import type { KindReport } from "./kind/report.ts";

/** One line of `/v1/kinds?watch=true`: what is such as it is said from now on. The first line tells all kinds. */
export interface KindsLine {
  readonly kinds: readonly KindReport[];
  /** Names of CRDs whose kinds are no more. */
  readonly gone: readonly string[];
}

/**
 * Tells one reader of kinds, a line for each change.
 *
 * Guarantees: for a reader that does not read nothing is kept but what each kind is now, however often it changes; nothing here throws.
 */
export class KindsStream {
  readonly #response: ServerResponse;
  readonly #onFailure: (cause: unknown) => void;
  /** What the reader has no room for: by CRD what its kind is now, `undefined` when it is no more. Absent while it has room. */
  #pending: Map<string, KindReport | undefined> | undefined;

  /** `onFailure`: a line could not be made. */
  constructor(response: ServerResponse, onFailure: (cause: unknown) => void) {
    this.#response = response;
    this.#onFailure = onFailure;
    response.on("drain", () => this.#drain());
  }

  /** Tells the reader now, or when it has room. */
  tell(line: KindsLine): void {
    if (this.#pending === undefined) return this.#write(line);
    for (const crd of line.gone) this.#pending.set(crd, undefined);
    for (const kind of line.kinds) this.#pending.set(kind.crd, kind);
  }

  #drain(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined || pending.size === 0) return;
    const gone = [...pending].flatMap(([crd, kind]) => (kind === undefined ? [crd] : []));
    this.#write({ kinds: [...pending.values()].filter((kind) => kind !== undefined), gone });
  }

  #write(line: KindsLine): void {
    // Room that is made by its end is for nothing more.
    if (this.#response.writableEnded) return;
    try {
      if (!this.#response.write(`${JSON.stringify(line)}\n`)) this.#pending = new Map();
    } catch (cause) {
      this.#onFailure(cause);
    }
  }
}
