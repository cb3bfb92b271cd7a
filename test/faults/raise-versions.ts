import type { FaultyServer } from "@polykind/testing";
import { EXPIRED } from "./answers.ts";

/** Lets all versions look larger by `by` than they are; a version that is smaller than that is too old. It stays so when the server heals. Returns what ends it. */
export function raiseVersions(server: FaultyServer, by: bigint): () => void {
  const raise = (bytes: Buffer): Buffer =>
    Buffer.from(
      bytes.toString().replace(/"resourceVersion":"(\d+)"/g, (_, version: string) => `"resourceVersion":"${BigInt(version) + by}"`),
    );
  const asked = (query: URLSearchParams): bigint => BigInt(query.get("resourceVersion") || "0");
  const rules = [
    server.rule({ isLasting: true, when: ({ query }) => asked(query) > 0n && asked(query) < by, fault: EXPIRED }),
    server.rule({
      isLasting: true,
      when: ({ query }) => asked(query) >= by && asked(query) > 0n,
      fault: { is: "query", change: (query) => query.set("resourceVersion", String(asked(query) - by)) },
    }),
    server.rule({ isLasting: true, fault: { is: "body", map: raise } }),
    server.rule({ isLasting: true, fault: { is: "map", map: (line) => [raise(line)] } }),
  ];
  return () => {
    for (const undo of rules) undo();
  };
}
