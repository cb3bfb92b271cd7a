import type { Cut, LineFault } from "./wire-fault.ts";

/** Where a pipe writes. */
export interface PipeEnd {
  write(bytes: Buffer): void;
  end(): void;
  /** RST_STREAM, or the end of the connection where there are no streams. */
  abort(): void;
  resetConnection(): void;
  stallConnection(): void;
}

/** Carries one watch line by line, and breaks it as told. */
export class WatchPipe {
  readonly #to: PipeEnd;
  readonly #maps: ((line: Buffer) => readonly Buffer[])[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #tear: Cut | undefined;
  #splitBytes = 0;
  #isSilent = false;

  constructor(to: PipeEnd) {
    this.#to = to;
  }

  disturb(fault: LineFault): void {
    switch (fault.is) {
      case "tear":
        this.#tear = fault.cut;
        return;
      case "map":
        this.#maps.push(fault.map);
        return;
      case "insert":
        return this.#insert(fault);
      case "stall":
        this.#isSilent = true;
        return this.#to.stallConnection();
      case "split":
        this.#splitBytes = fault.bytes;
        return;
    }
  }

  /** Bytes of the server. */
  take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let end = this.#rest.indexOf(10); end !== -1; end = this.#rest.indexOf(10)) {
      const line = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end + 1);
      this.#takeLine(line);
    }
  }

  cut(how: Cut): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    if (how === "end") this.#to.end();
    else if (how === "stream") this.#to.abort();
    else this.#to.resetConnection();
  }

  #takeLine(line: Buffer): void {
    if (this.#isSilent) return;
    if (this.#tear !== undefined) {
      this.#to.write(line.subarray(0, line.length >> 1));
      return this.#cutSoon(this.#tear);
    }
    let lines: readonly Buffer[] = [line];
    for (const map of this.#maps) lines = lines.flatMap(map);
    for (const each of lines) this.#send(Buffer.concat([each, LINE_FEED]));
  }

  #send(bytes: Buffer): void {
    const step = this.#splitBytes === 0 ? bytes.length : this.#splitBytes;
    for (let at = 0; at < bytes.length; at += step) this.#to.write(bytes.subarray(at, at + step));
  }

  #insert({ line, after }: Extract<LineFault, { readonly is: "insert" }>): void {
    if (this.#isSilent) return;
    if (line !== "") this.#send(Buffer.from(`${line}\n`));
    if (after === "hold") this.#isSilent = true;
    else if (after !== "go on") this.#cutSoon(after);
  }

  /** What was written before must have left: a reset throws away what has not. */
  #cutSoon(how: Cut): void {
    this.#isSilent = true;
    setTimeout(() => {
      this.#isSilent = false;
      this.cut(how);
    }, 20);
  }
}

const LINE_FEED = Buffer.from("\n");
