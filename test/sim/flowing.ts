import type { LineSink, WatchCall, WatchedLines } from "@polykind/apimachinery";

/** One watch of a simulated server, begun by whoever takes its lines. */
export type Begin = (call: WatchCall) => AsyncIterable<readonly Uint8Array[]>;

/** A watch whose lines flow into a sink, as those of the client do: what a sink was given is written over as soon as it has returned. */
export function flowing(begin: Begin, call: WatchCall): WatchedLines {
  return {
    [Symbol.asyncIterator]: () => begin(call)[Symbol.asyncIterator](),
    read: (sink) => void flow(begin({ ...call, signal: sink.stop.signal }), sink), // tells the sink of every failure
  };
}

async function flow(lines: AsyncIterable<readonly Uint8Array[]>, sink: LineSink): Promise<void> {
  let failure: unknown;
  try {
    for await (const batch of lines) {
      if (sink.stop.aborted) break;
      const own = batch.map((line) => Buffer.from(line));
      sink.lines(own);
      for (const line of own) line.fill("#");
    }
  } catch (cause) {
    failure = cause;
  }
  sink.ended(sink.stop.aborted ? undefined : failure);
}
