import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { type RealServer, reasonWithoutRealServer, startRealServer } from "./real-server.ts";

/** Answers of the real API server, one a case: how they are got, and where a copy of them is kept. */
export interface Recording<T> {
  /** The file of the copy, which is part of the project: a case a line. */
  readonly file: URL;
  readonly record: (server: RealServer) => Promise<readonly T[]>;
}

/** Gets the answers anew and keeps them. */
export async function recordAnew<T>({ file, record }: Recording<T>, server: RealServer): Promise<void> {
  const answers = await record(server);
  await writeFile(file, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(""));
}

/** Runs `check` in one test on the answers that are kept, and in another on those of a real server where there is one. */
export function testAgainstReal<T>(why: string, { file, record }: Recording<T>, check: (answer: T) => void): void {
  test(`${why} (recorded)`, async () => {
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    for (const line of lines) check(JSON.parse(line) as T); // Written by `recordAnew`.
  });
  const reason = reasonWithoutRealServer();
  test(`${why} (live)`, reason === undefined ? {} : { skip: reason }, async () => {
    await using server = await startRealServer();
    for (const answer of await record(server)) check(answer);
  });
}

/** Waits until `server` answers a request with success, as a CRD takes a moment to be served. */
export async function untilServed(server: RealServer, path: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await server.send({ method: "GET", path })).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`cannot get ${path}: the server does not serve it`);
}
