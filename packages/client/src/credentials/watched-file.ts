import { readFile, stat } from "node:fs/promises";
import { type Clock, messageOf, PolykindError } from "@polykind/core";

/** How old what was read of a file may become before it is looked at again. */
export const RECHECK_FILES_MS = 60_000;

/**
 * A file that somebody may replace while we run.
 *
 * Guarantees: looked at (by its modification time, size and inode) at most every {@link RECHECK_FILES_MS} unless told to {@link forget}, and read then; equal
 * content is the same `Buffer`; a file that is missing for a moment, as in a rotation, leaves the last content valid.
 */
export class WatchedFile {
  readonly path: string;
  readonly #clock: Clock;
  readonly #what: string;
  #content: Buffer | undefined;
  #mark = "";
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param what for messages, such as `the token file of user "dev"`. */
  constructor(path: string, { clock, what }: { readonly clock: Clock; readonly what: string }) {
    this.path = path;
    this.#clock = clock;
    this.#what = what;
  }

  /** Whether it was looked at lately. */
  get isFresh(): boolean {
    return this.#content !== undefined && this.#clock.elapsed() - this.#lookedAt < RECHECK_FILES_MS;
  }

  /** @throws PolykindError `CONFIG_INVALID` when it cannot be read and never was. */
  async read(): Promise<Buffer> {
    if (this.#content !== undefined && this.isFresh) return this.#content;
    try {
      return await this.#look();
    } catch (cause) {
      if (this.#content !== undefined) return this.#content;
      throw new PolykindError("CONFIG_INVALID", `cannot read ${this.#what}: ${messageOf(cause)}`, { cause, facts: { file: this.path } });
    }
  }

  forget(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    this.#mark = ""; // two writes within a tick of the file system look alike
  }

  async #look(): Promise<Buffer> {
    const { mtimeMs, size, ino } = await stat(this.path);
    const mark = `${mtimeMs} ${size} ${ino}`;
    if (this.#content === undefined || mark !== this.#mark) {
      const content = await readFile(this.path);
      if (this.#content?.equals(content) !== true) this.#content = content;
      this.#mark = mark;
    }
    this.#lookedAt = this.#clock.elapsed();
    return this.#content;
  }
}
