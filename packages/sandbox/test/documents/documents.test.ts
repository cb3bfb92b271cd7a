import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { isPolykindError } from "@polykind/core";
import { type ReadDocument, readDocuments } from "../../src/documents/index.ts";

const NO_NAME = "objects";

describe("readDocuments", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "polykind-documents-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function read(content: string | Uint8Array, name = NO_NAME): Promise<readonly ReadDocument[]> {
    const file = join(folder, name);
    await writeFile(file, content);
    return (await Array.fromAsync(readDocuments(file))).map((each) => ({ ...each, where: each.where.replace(`${folder}/`, "") }));
  }

  /** Documents as they are; of errors where they are. */
  function brief(all: readonly ReadDocument[]): readonly unknown[] {
    return all.map((each) => ("error" in each ? `error: ${each.where}` : each.document));
  }

  for (const { why, content, name, expected } of [
    { why: "a YAML file holds one document", content: "kind: A\nspec: {size: 1}\n", expected: [{ kind: "A", spec: { size: 1 } }] },
    {
      why: "YAML documents are separated by ---, empty ones are nothing",
      content: "---\n# only a remark\n---\nkind: A\n---\n---\nkind: B\n...\n",
      expected: [{ kind: "A" }, { kind: "B" }],
    },
    {
      why: "what follows --- on its line belongs to the document",
      content: "--- {kind: A}\n--- # remark\nkind: B\n",
      expected: [{ kind: "A" }, { kind: "B" }],
    },
    { why: "directives are skipped", content: "%YAML 1.1\n---\nkind: A\n", expected: [{ kind: "A" }] },
    {
      why: "a block of text may hold dashes that are indented",
      content: "kind: A\ntext: |\n  ---\n  b\n",
      expected: [{ kind: "A", text: "---\nb\n" }],
    },
    {
      why: "a broken YAML document is one error and spares the others",
      content: "kind: A\n---\nkind: [\n---\nkind: B\n",
      expected: [{ kind: "A" }, "error: objects document 2 (line 3)", { kind: "B" }],
    },
    { why: "a key that is given twice is an error", content: "kind: A\nkind: B\n", expected: ["error: objects document 1 (line 2)"] },
    {
      why: "yes, on and octal numbers are read as kubectl reads them",
      content: "a: yes\nb: off\nc: 0644\nd: 1e3\n",
      expected: [{ a: true, b: false, c: 420, d: 1000 }],
    },
    {
      why: "dates, times, base 60 and infinity stay text, since JSON has none of them",
      content: "a: 2024-01-02\nb: 2024-01-02T03:04:05Z\nc: 12:30:45\nd: 1:20\ne: .inf\nf: .\n",
      expected: [{ a: "2024-01-02", b: "2024-01-02T03:04:05Z", c: "12:30:45", d: "1:20", e: ".inf", f: "." }],
    },
    {
      why: "aliases and merge keys are opened",
      content: "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n",
      expected: [{ a: { b: 1 }, c: { b: 1 }, d: { b: 1, e: 2 } }],
    },
    { why: "a byte order mark is not content", content: "\uFEFFkind: A\n", expected: [{ kind: "A" }] },
    { why: "lines may end as on Windows", content: "kind: A\r\n---\r\nkind: B\r\n", expected: [{ kind: "A" }, { kind: "B" }] },
    { why: "JSON may be spread over lines", content: '{\n  "kind": "A"\n}\n', expected: [{ kind: "A" }] },
    {
      why: "JSON objects may follow one another",
      content: '{\n"kind": "A"}\n{"kind":\n"B"}{"kind":"}\\"{"}',
      expected: [{ kind: "A" }, { kind: "B" }, { kind: '}"{' }],
    },
    {
      why: "a broken JSON object spares the next",
      content: '{\n"kind": }\n{\n"kind": "B"}',
      expected: ["error: objects document 1 (line 1)", { kind: "B" }],
    },
    { why: "an array holds documents", content: '[{"kind":"A"},\n{"kind":"B"}]', expected: [{ kind: "A" }, { kind: "B" }] },
    {
      why: "a List holds documents",
      content: '{"apiVersion":"v1","kind":"List","items":[{"kind":"A"},3]}',
      expected: [{ kind: "A" }, "error: objects line 1 item 2"],
    },
    {
      why: "a list of one kind names the kind of its items",
      content: "kind: ConfigMapList\napiVersion: v1\nitems: [{metadata: {name: a}}]\n",
      expected: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }],
    },
    {
      why: "a named object with items is no list, whatever its kind is called",
      content: "kind: AllowList\nmetadata: {name: a}\nitems: [1]\n",
      expected: [{ kind: "AllowList", metadata: { name: "a" }, items: [1] }],
    },
    {
      why: "lines of JSON are told by the first line",
      content: '\n{"kind":"A"}\n\n{"kind":"B"}\n',
      expected: [{ kind: "A" }, { kind: "B" }],
    },
    {
      why: "a broken line spares the next",
      content: '{"kind":"A"}\n{"kind":\n{"kind":"B"}',
      expected: [{ kind: "A" }, "error: objects line 2", { kind: "B" }],
    },
    {
      why: "the name tells of lines even if the first is broken",
      name: "a.ndjson",
      content: '{"kind":\n{"kind":"B"}',
      expected: ["error: a.ndjson line 1", { kind: "B" }],
    },
    {
      why: "the name tells of YAML even if the first line is JSON",
      name: "a.yml",
      content: '{"kind":"A"}\n---\nkind: B',
      expected: [{ kind: "A" }, { kind: "B" }],
    },
    {
      why: "a wrapped object is unwrapped",
      content: '{"source":"x/y:z","crd":{"kind":"A"}}\n{"source":"x","object":{"kind":"B"}}',
      expected: [{ kind: "A" }, { kind: "B" }],
    },
    {
      why: "an object of a kind is not unwrapped",
      content: '{"kind":"K","source":"x","object":{"kind":"B"}}',
      expected: [{ kind: "K", source: "x", object: { kind: "B" } }],
    },
    { why: "text alone is no object", content: "hello\n", expected: ["error: objects document 1 (line 1)"] },
    { why: "an empty file holds nothing", content: "\n \n", expected: [] },
  ] as const satisfies readonly { why: string; content: string; name?: string; expected: readonly unknown[] }[]) {
    test(why, async () => assert.deepEqual(brief(await read(content, name)), expected));
    test(`${why}, also gzipped`, async () => assert.deepEqual(brief(await read(gzipSync(content), name)), expected));
  }

  test("the source of a wrapped object is named with its place", async () => {
    const [first] = await read('{"source":"owner/repo:file.yaml","crd":{"kind":"A"}}');
    assert.equal(first?.where, "objects line 1 (owner/repo:file.yaml)");
  });

  test("an error names file, place and reason", async () => {
    const [first] = await read("kind: A\nb: [1\n", "crds.yaml");
    assert.ok(first !== undefined && "error" in first);
    assert.ok(isPolykindError(first.error, "CONFIG_INVALID"));
    assert.match(first.error.message, /^cannot read .*crds\.yaml document 1 \(line \d\): .+$/);
    assert.deepEqual(first.error.facts, { file: join(folder, "crds.yaml"), line: 2 });
  });

  test("__proto__ is a key like any other", async () => {
    for (const content of ['{"__proto__":{"a":1}}', "__proto__: {a: 1}\n"]) {
      const [first] = await read(content);
      assert.ok(first !== undefined && "document" in first);
      assert.equal(JSON.stringify(first.document), '{"__proto__":{"a":1}}');
    }
  });

  test("a file cut short in its compression keeps what came before", async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => JSON.stringify({ kind: "A", index, text: Math.sin(index) })).join("\n");
    const all = await read(gzipSync(lines).subarray(0, 60_000));
    assert.ok(all.length > 100);
    assert.ok("document" in (all[0] ?? {}) && "error" in (all.at(-1) ?? {}));
  });

  for (const [why, content] of [
    ["JSON", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["YAML", `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
  ] as const) {
    test(`${why} nested very deeply is an error, not a crash`, async () => {
      assert.deepEqual(
        (await read(content)).map((each) => "error" in each),
        [true],
      );
    });
  }

  test("few aliases that would grow to very much are refused", async () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `l${index + 1}: &l${index + 1} [${Array.from({ length: 10 }, () => `*l${index}`).join(", ")}]`,
    );
    assert.deepEqual(brief(await read(`l0: &l0 [a]\n${levels.join("\n")}\n`)), ["error: objects document 1 (line 1)"]);
  });

  for (const name of ["absent.yaml", "."]) {
    test(`"${name}" cannot be read, which is told by the file's name`, async () => {
      const file = join(folder, name);
      await assert.rejects(
        Array.fromAsync(readDocuments(file)),
        (thrown) => isPolykindError(thrown, "CONFIG_INVALID") && thrown.facts["file"] === file,
      );
    });
  }

  test("ending early closes the file", async () => {
    const file = join(folder, "many.ndjson");
    await writeFile(file, '{"kind":"A"}\n'.repeat(100_000));
    for await (const each of readDocuments(file)) {
      assert.ok("document" in each);
      break;
    }
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((name) => name.includes("FSReqCallback")),
      [],
    );
  });
});
