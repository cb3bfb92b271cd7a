import type { Socket } from "node:net";

/** No TLS record is larger, and Node hands on one record at a time. */
const BUFFER_BYTES = 16 * 1024;

/**
 * What a socket brings, from its first byte on. A socket that is made with {@link SocketBytes.onread} reads into one buffer again and again, which spares an allocation for each
 * record that comes; one that was there before is listened to.
 */
export class SocketBytes {
  #early: Buffer[] = [];
  #isFlowing = false;
  #take: ((bytes: Buffer) => void) | undefined;

  /** The option of `node:net` of the same name. */
  readonly onread: { readonly buffer: Buffer; readonly callback: (size: number, buffer: Uint8Array) => boolean } = {
    buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
    callback: (size, buffer) => {
      this.#arrived(Buffer.from(buffer.buffer, buffer.byteOffset, size));
      return true;
    },
  };

  /** For a socket that was not made with {@link onread}. */
  listenTo(socket: Socket): void {
    socket.on("data", (bytes: Buffer) => this.#arrived(bytes));
  }

  /** Gives `take` what has come and what comes, each piece valid during the call only. Once. */
  flowInto(take: (bytes: Buffer) => void): void {
    this.#take = take;
    // Not before the caller is made.
    queueMicrotask(() => {
      this.#isFlowing = true;
      for (const bytes of this.#early.splice(0)) take(bytes);
    });
  }

  #arrived(bytes: Buffer): void {
    if (this.#take === undefined || !this.#isFlowing) this.#early.push(Buffer.from(bytes));
    else this.#take(bytes);
  }
}
