import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deadLinks, fencesOf, privatePlaces } from "./rules/texts.ts";
import { asLines } from "./source.ts";
import { readTexts } from "./tree.ts";

const TEXTS = readTexts();

describe("the texts of this tree", () => {
  test("link to what is there", () => assert.deepEqual(asLines(deadLinks(TEXTS)), []));
  test("hold on every machine", () =>
    assert.deepEqual(asLines(TEXTS.filter(({ path }) => path !== "test/architecture/texts.test.ts").flatMap(privatePlaces)), []));
});

describe("deadLinks catches", () => {
  const texts = [
    {
      path: "README.md",
      text: "# Top\n\n[a](docs/a.md) [gone](docs/b.md) [there](docs/a.md#part-one) [nowhere](docs/a.md#part-two) [here](#top) [out](https://x.y/)\n```\n[code](x.md)\n```\n`[c](y.md)` [dir](docs)",
    },
    { path: "docs/a.md", text: "## Part: one\n[up](../README.md) [wrong](README.md)" },
  ];
  test("files and headings that are not there, not what is code or elsewhere", () => {
    assert.deepEqual(asLines(deadLinks(texts)), [
      "README.md:3: links to docs/a.md#part-two: there is no such heading",
      "README.md:3: links to docs/b.md, which is not there",
      "docs/a.md:2: links to README.md, which is not there",
    ]);
  });
});

describe("privatePlaces catches", () => {
  for (const { why, text, says } of [
    { why: "a home", text: "see /home/someone/x", says: /a path of one machine: \/home\/someone/ },
    { why: "a folder of work", text: `"/work/main/x"`, says: /a path of one machine/ },
    { why: "a registry", text: "http://npm.example.internal:8080/x", says: /the address of a registry/ },
  ]) {
    test(why, () => assert.match(asLines(privatePlaces({ path: "x", text })).join(), says));
  }

  test("nothing in relative paths, in paths of an API, and in the default registry", () => {
    const text = "./work/x ../home/y https://registry.npmjs.org/x https://host/work/x $HOME/root/x /apis/home";
    assert.deepEqual(privatePlaces({ path: "x", text }), []);
  });
});

describe("fencesOf", () => {
  test("gives the code of one language", () => {
    assert.deepEqual(fencesOf({ path: "x.md", text: "```ts\na\n```\n```sh\nb\n```\n```ts\nc\nd\n```\n" }, "ts"), ["a\n", "c\nd\n"]);
  });
});
