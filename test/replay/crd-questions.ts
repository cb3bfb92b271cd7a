import type { AnswerFault, FaultyServer } from "@polykind/testing";
import { Gate } from "./gate.ts";

const NO_ANSWER: AnswerFault = {
  is: "answer",
  status: 500,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "InternalError", message: "not now", code: 500 },
};

/** The manager's question for the CRD itself: held before the server hears it, and again before the manager hears the answer. */
export class CrdQuestions {
  #question: Gate | undefined;
  #answer: Gate | undefined;
  #isLost = false;
  #isOpen = false;

  constructor(front: FaultyServer, name: string) {
    const when = ({ path, verb }: { readonly path: string; readonly verb: string }): boolean =>
      verb === "get" && path.endsWith(`/customresourcedefinitions/${name}`);
    front.rule({ when, isLasting: true, fault: { is: "hold", until: () => this.#hold((gate) => (this.#question = gate)) } });
    front.rule({ when, isLasting: true, fault: { is: "hold answer", until: () => this.#hold((gate) => (this.#answer = gate)) } });
  }

  /** Whether a question waits for {@link look}. */
  get isAsked(): boolean {
    return this.#question !== undefined;
  }

  /** Whether an answer waits for {@link answer}. */
  get isAnswered(): boolean {
    return this.#answer !== undefined;
  }

  /** Lets the server hear the question. */
  look(): void {
    this.#question?.open();
    this.#question = undefined;
  }

  /** Lets the manager hear the answer, or that there is none. */
  answer(is: "heard" | "lost"): void {
    this.#isLost = is === "lost";
    this.#answer?.open();
    this.#answer = undefined;
  }

  /** From now on nothing is held. */
  openAll(): void {
    this.#isOpen = true;
    this.look();
    this.answer("heard");
  }

  async #hold(keep: (gate: Gate) => void): Promise<AnswerFault | undefined> {
    if (this.#isOpen) return undefined;
    const gate = new Gate();
    keep(gate);
    await gate.pass();
    if (!this.#isLost) return undefined;
    this.#isLost = false;
    return NO_ANSWER;
  }
}
