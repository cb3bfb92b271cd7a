import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** A line of text without its end, and its number counted from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a file, in order and as they are read; gunzipped where the first bytes say so, whatever the name.
 * Holds one chunk and one line at a time. The file is closed when the iteration ends, also early.
 *
 * @throws what the file system or the decompression throws.
 */
export async function* readLines(file: string): AsyncGenerator<Line, void, undefined> {
  const decoder = new TextDecoder();
  let number = 0;
  let rest: string[] = [];
  for await (const chunk of openBytes(file)) {
    const [head = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    rest.push(head);
    for (const next of more) {
      number += 1;
      yield { number, text: lineOf(rest) };
      rest = [next];
    }
  }
  rest.push(decoder.decode());
  const last = lineOf(rest);
  if (last !== "") yield { number: number + 1, text: last };
}

function lineOf(parts: readonly string[]): string {
  const text = parts.join("");
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

async function* openBytes(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  await using handle = await open(file);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  const bytes: Readable = handle.createReadStream({ start: 0, autoClose: false });
  const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  // The pipeline destroys what is iterated when it fails, and the iteration throws: nothing is left for the callback.
  yield* isGzip ? pipeline(bytes, createGunzip(), () => {}) : bytes;
}
