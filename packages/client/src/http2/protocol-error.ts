/** The server breaks the rules of HTTP/2 in a way that ends the connection. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  /** As it is told to the server, one of `ErrorCode`. */
  readonly errorCode: number;

  constructor(errorCode: number, what: string) {
    super(`the server broke the rules of HTTP/2: ${what}`);
    this.errorCode = errorCode;
  }
}
