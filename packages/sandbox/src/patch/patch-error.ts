/** What the server answers to a patch that it refuses. */
export interface PatchErrorFacts {
  readonly httpStatus: number;
  /** The reason of the `Status`; empty where the server gives none. */
  readonly reason: string;
  /** What exactly did not fit, where the server's message keeps it to itself. */
  readonly detail?: string;
}

/** A patch that cannot be applied. The message is the one of the API server's `Status`. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly httpStatus: number;
  readonly reason: string;
  readonly detail: string;

  constructor(message: string, { httpStatus, reason, detail = message }: PatchErrorFacts) {
    super(message);
    this.httpStatus = httpStatus;
    this.reason = reason;
    this.detail = detail;
  }
}

/** A patch that is none: 400. */
export function malformedPatch(message: string): PatchError {
  return new PatchError(message, { httpStatus: 400, reason: "BadRequest" });
}

/** A patch that does not fit the object: 422, in the words that every such answer has. */
export function unfittingPatch(detail: string): PatchError {
  return new PatchError("the server rejected our request due to an error in our request", { httpStatus: 422, reason: "Invalid", detail });
}

/** A patch at which the server itself fails: 500, without a reason. */
export function failingPatch(message: string): PatchError {
  return new PatchError(message, { httpStatus: 500, reason: "" });
}
