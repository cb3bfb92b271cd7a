import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { getKinds } from "../src/commands/get.ts";
import type { OutputFormat } from "../src/output/kinds.ts";

/** What `get kinds` prints of these lines, or of one answer. */
async function printed(
  body: string,
  type: string,
  { output, isWatch }: { output: OutputFormat; isWatch: boolean },
): Promise<readonly string[]> {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": type }).end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // It listens on a port.
  const [out, err] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const call = { endpoint: `http://127.0.0.1:${port}`, output, isWatch, signal };
  await getKinds(call, { out, err, isInteractive: false }).catch((thrown: unknown) => err.write(String(thrown)));
  server.closeAllConnections();
  server.close();
  return Promise.all([out.end(), err.end()].map((stream) => text(stream)));
}

const line = (name: string): string =>
  `${JSON.stringify({ kinds: [{ name, state: "Running", since: "2026-01-01T00:00:00Z", runs: [] }], gone: [] })}\n`;

describe("getKinds", () => {
  test("tells one document of YAML from the next while it follows them", async () => {
    const [out = ""] = await printed(line("A.b") + line("C.d"), "application/x-ndjson", { output: "yaml", isWatch: true });
    const kinds = parseAllDocuments(out).flatMap((document) => (document.toJS() as { readonly kinds: readonly { name: string }[] }).kinds);
    assert.deepEqual(
      kinds.map(({ name }) => name),
      ["A.b", "C.d"],
    );
  });

  test("does not say that no plugin is loaded when there are no kinds: it cannot know", async () => {
    const [out, err = ""] = await printed('{"kinds":[]}', "application/json", { output: "table", isWatch: false });
    assert.equal(out, "");
    assert.match(err, /^no kinds: /);
    assert.doesNotMatch(err, /no plugin is loaded/);
  });
});
