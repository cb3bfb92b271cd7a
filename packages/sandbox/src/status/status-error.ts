/** One cause in the details of a `Status`. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The `Status` object with which the server answers what it refuses. Field order is that of the real server. */
export interface StatusBody {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: { readonly continue?: string };
  readonly status: "Failure" | "Success";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code?: number;
}

/** What a refusal says besides its reason and message. */
export interface StatusFacts {
  readonly details?: NonNullable<StatusBody["details"]>;
  readonly continue?: string;
}

/** A request is refused: the answer is `body`, with its code as HTTP status. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly body: StatusBody;

  constructor(code: number, reason: string, message: string, { details, continue: token }: StatusFacts = {}) {
    super(message);
    this.body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: token === undefined ? {} : { continue: token },
      status: "Failure",
      message,
      ...(reason !== "" && { reason }),
      ...(details !== undefined && { details }),
      code,
    };
  }

  get code(): number {
    return this.body.code ?? 500;
  }
}
