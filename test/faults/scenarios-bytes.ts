import type { KubeObject } from "@polykind/apimachinery";
import { WATCH_LISTS } from "./answers.ts";
import type { Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Rewrites the next line of an object. */
function mapOnce(stage: Stage, map: (line: string) => Buffer | string): void {
  let isDone = false;
  stage.server.disturb({
    is: "map",
    map: (line) => {
      if (isDone || line.includes('"BOOKMARK"')) return [line];
      isDone = true;
      return [Buffer.from(map(line.toString()))];
    },
  });
}

async function expectContent(stage: Stage, name: string, content: Readonly<Record<string, string>>, what: string): Promise<void> {
  await stage.waitFor(() => stage.contender?.object("configmaps", name) !== undefined, 5_000);
  const got = contentOf(stage.contender?.object("configmaps", name));
  const isSame = Object.entries(content).every(([key, value]) => got !== undefined && Object.hasOwn(got, key) && got[key] === value);
  stage.expect(isSame, what);
}

function contentOf(object: KubeObject | undefined): Readonly<Record<string, string>> | undefined {
  return (object as { readonly data?: Readonly<Record<string, string>> } | undefined)?.data; // a ConfigMap
}

const TEXTS = { letters: "äöü € 𝄞 한국어", separators: "a\u2028b\u2029c\u0085d", carriage: "a\r\nb\rc\n" };

export const BYTE_SCENARIOS: readonly Scenario[] = [
  {
    id: "A26",
    fault: "objects of 1 MB, and 1,500 in a list",
    objects: 1_500,
    async run(stage) {
      for (const name of ["huge-1", "huge-2", "huge-3"]) await stage.create(name, { text: "x".repeat(1_000_000) });
      await stage.waitFor(() => stage.cached().has("huge-3"), 5_000);
      await stage.change("huge-2");
      stage.truth.sandbox.compact();
      stage.server.cut("end");
      await stage.stir();
    },
  },
  {
    id: "A26p",
    fault: "10,000 objects in a page",
    isAlone: true,
    isCold: true,
    objects: 10_000,
    async run(stage) {
      const whole = (query: URLSearchParams): void => query.delete("limit");
      stage.server.rule({ fault: { is: "query", change: whole } });
      const at = performance.now();
      await stage.start();
      stage.remarks.push(`listed in ${Math.round(performance.now() - at)} ms`);
    },
  },
  {
    id: "A26h",
    fault: "a list of 100 MB",
    isAlone: true,
    isCold: true,
    objects: 1_000,
    async run(stage) {
      const padding = `"padding":"${"x".repeat(100_000)}","uid":"`;
      const pad = (bytes: Buffer): Buffer => Buffer.from(bytes.toString().replaceAll('"uid":"', padding));
      stage.server.rule({ fault: { is: "body", map: pad } });
      stage.server.rule({ when: WATCH_LISTS, fault: { is: "map", map: (line) => [pad(line)] } });
      const at = performance.now();
      await stage.start();
      stage.remarks.push(`listed in ${Math.round(performance.now() - at)} ms`);
    },
  },
  {
    id: "A26l",
    fault: "a line larger than the limit",
    maxLineBytes: 1_000_000,
    async run(stage) {
      mapOnce(stage, (line) => line.replace('"metadata":{', `"padding":"${"x".repeat(3_000_000)}","metadata":{`));
      await stage.create();
      await stage.stir();
    },
  },
  {
    id: "A27",
    fault: "nesting of 10,000",
    async run(stage) {
      const at = performance.now();
      mapOnce(stage, (line) => line.replace('"metadata":{', `"deep":${"[".repeat(10_000)}${"]".repeat(10_000)},"metadata":{`));
      const name = await stage.create();
      stage.expect(await stage.waitFor(() => stage.cached().has(name), 5_000), "the nested object did not arrive");
      stage.remarks.push(`${stage.requests("list", at).length} lists`);
    },
  },
  {
    id: "A28",
    fault: "__proto__, constructor and toString as keys",
    async run(stage) {
      const content = JSON.parse('{"__proto__":"own","constructor":"own","prototype":"own","toString":"own"}') as Record<string, string>;
      const name = await stage.create("proto", content);
      await expectContent(stage, name, content, "a key that is legal was lost or is not the object's own");
      stage.server.cut("end");
      stage.expect(
        ({} as Record<string, unknown>)["own"] === undefined && Object.keys(Object.prototype).length === 0,
        "Object.prototype is polluted",
      );
    },
  },
  {
    id: "A29",
    fault: "one byte at a time: UTF-8, U+2028, CR in texts",
    async run(stage) {
      stage.server.disturb({ is: "split", bytes: 1 });
      const name = await stage.create("texts", TEXTS);
      await expectContent(stage, name, TEXTS, "texts did not arrive as they are");
      await stage.stir();
    },
  },
  {
    id: "A29i",
    fault: "invalid UTF-8 in a line",
    async run(stage) {
      const at = performance.now();
      mapOnce(stage, (line) => {
        const bytes = Buffer.from(line);
        bytes[bytes.indexOf('"name":"') + 9] = 0xff;
        return bytes;
      });
      await stage.create();
      stage.expect(await stage.waitFor(() => stage.requests("watch", at).length > 0, 3_000), "read on behind bytes that are no text");
    },
  },
  {
    id: "A30d",
    fault: "numbers beyond 2⁵³ and duplicate keys",
    async run(stage) {
      mapOnce(stage, (line) => line.replace('"metadata":{', '"n":9007199254740993,"n":9007199254740995,"metadata":{'));
      const name = await stage.create();
      stage.expect(await stage.waitFor(() => stage.cached().has(name), 5_000), "the object did not arrive");
    },
  },
  {
    id: "A31c",
    fault: "a list in chunks of 7 bytes",
    isCold: true,
    objects: 20,
    async run(stage) {
      stage.server.rule({ fault: { is: "split", bytes: 7 } });
      await stage.start();
      await stage.stir();
    },
  },
];
