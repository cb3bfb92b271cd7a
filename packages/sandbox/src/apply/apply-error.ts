/** A configuration that cannot be applied, conflicts aside. The message is the one of the API server's `Status`. */
export class ApplyError extends Error {
  override readonly name = "ApplyError";
  readonly httpStatus: number;
  /** The reason of the `Status`; empty where the server gives none. */
  readonly reason: string;

  constructor(message: string, { httpStatus, reason }: { readonly httpStatus: number; readonly reason: string }) {
    super(message);
    this.httpStatus = httpStatus;
    this.reason = reason;
  }
}
