import type { LineSink } from "@polykind/apimachinery";
import type { LineFramer } from "./framing.ts";
import type { Answer, BodySink } from "./transport/exchange.ts";
import { Pieces } from "./transport/pieces.ts";
import type { TurnShare } from "./turns.ts";

/** So many bytes of one body are taken as they come, in a turn of the event loop that others share. */
const PROMPT_BYTES = 4 * 1024;
/** So many of those that wait are taken at the end of a turn, rounded up to whole blocks of {@link Pieces}. */
const TURN_BYTES = 32 * 1024;
/** So many bytes may wait before the server is held back. */
const WAITING_BYTES_MAX = 1 << 18;

/** What a flow is made with. */
export interface LineFlowOptions {
  readonly framer: LineFramer;
  /** Its own, among those of the same client. */
  readonly share: TurnShare;
}

/** Where the lines of a body go: those that each piece completes, then why there are no more; `undefined` when the body is complete, or nobody wants more. */
export type FlowSink = Omit<LineSink, "stop">;

/** What has come of a body and is still to be taken. */
interface Waiting {
  readonly pieces: Pieces;
  isPaused: boolean;
  turn: NodeJS.Immediate;
  /** How the body has ended behind them. */
  end?: { readonly failure: unknown };
}

/**
 * Where a body flows to whose lines are taken as they come.
 *
 * Guarantees: lines are taken in order, and before the end that came behind them. Of a body that brings more than {@link PROMPT_BYTES} in one turn of the event loop, the rest waits for
 * the end of the turn and for the next ones, so that what came behind it for others is not held up by it; a body is spared that which is the only one to have brought anything in the last
 * second. Once {@link WAITING_BYTES_MAX} wait, the body is paused until half of them are taken.
 */
export class LineFlow implements BodySink {
  readonly #answer: Answer;
  readonly #framer: LineFramer;
  readonly #sink: FlowSink;
  #waiting: Waiting | undefined;
  readonly #share: TurnShare;
  #isOver = false;

  constructor(answer: Answer, { framer, share }: LineFlowOptions, sink: FlowSink) {
    this.#answer = answer;
    this.#framer = framer;
    this.#share = share;
    this.#sink = sink;
  }

  /** From now on no line is taken. */
  end(failure?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearImmediate(this.#waiting?.turn);
    this.#waiting = undefined;
    this.#sink.ended(failure);
  }

  piece(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#share.isAlone() && this.#waiting === undefined) return this.#takePiece(bytes);
    if (this.#waiting !== undefined || this.#share.bytes + bytes.length > PROMPT_BYTES) return this.#wait(bytes);
    this.#share.took(bytes.length);
    this.#takePiece(bytes);
  }

  ended(failure: unknown): void {
    if (this.#waiting === undefined) this.end(failure);
    else this.#waiting.end = { failure };
  }

  #takePiece(bytes: Buffer): void {
    try {
      this.#frame(bytes);
    } catch (failure) {
      this.end(failure);
    }
  }

  #wait(bytes: Buffer): void {
    const waiting = (this.#waiting ??= { pieces: new Pieces(), isPaused: false, turn: setImmediate(takeWaiting, this) });
    waiting.pieces.push(bytes);
    if (waiting.isPaused || waiting.pieces.bytes <= WAITING_BYTES_MAX) return;
    waiting.isPaused = true;
    this.#answer.pause();
  }

  /** @internal Takes what waits, as far as this turn allows. */
  takeWaiting(): void {
    for (let waiting = this.#waiting; waiting !== undefined; waiting = this.#waiting) {
      if (waiting.pieces.bytes > 0 && this.#share.bytes >= TURN_BYTES) {
        waiting.turn = setImmediate(takeWaiting, this);
        return;
      }
      const piece = waiting.pieces.shift();
      if (piece === undefined) return this.#catchUp(waiting);
      if (waiting.isPaused && waiting.pieces.bytes <= WAITING_BYTES_MAX / 2) {
        waiting.isPaused = false;
        this.#answer.resume();
      }
      this.#share.took(piece.length);
      this.#takePiece(piece);
    }
  }

  #catchUp({ end }: Waiting): void {
    this.#waiting = undefined;
    if (end !== undefined) this.end(end.failure);
  }

  /** Lines before one that is too long are taken, too. */
  #frame(bytes: Buffer): void {
    const lines: Uint8Array[] = [];
    try {
      this.#framer.push(bytes, lines);
    } finally {
      if (lines.length > 0) this.#sink.lines(lines);
    }
  }
}

function takeWaiting(flow: LineFlow): void {
  flow.takeWaiting();
}
