import { posix } from "node:path";
import type { Violation } from "../source.ts";
import type { TextFile } from "../tree.ts";

/** Relative links of Markdown files that lead nowhere, in files or to headings. */
export function deadLinks(texts: readonly TextFile[]): readonly Violation[] {
  const files = new Map(texts.map(({ path, text }) => [path, text]));
  const exists = (path: string): boolean => files.has(path) || texts.some((each) => each.path.startsWith(`${path}/`)) || path === ".";
  return texts
    .filter(({ path }) => path.endsWith(".md"))
    .flatMap(({ path, text }) =>
      linksOf(text).flatMap(({ target, line }) => {
        const [file = "", anchor] = target.split("#");
        const full = file === "" ? path : posix.join(posix.dirname(path), file).replace(/\/$/, "");
        if (!exists(full)) return [{ path, line, text: `links to ${target}, which is not there` }];
        const isKnown = anchor === undefined || !full.endsWith(".md") || headingsOf(files.get(full) ?? "").includes(anchor);
        return isKnown ? [] : [{ path, line, text: `links to ${target}: there is no such heading` }];
      }),
    );
}

function linksOf(text: string): readonly { readonly target: string; readonly line: number }[] {
  const lines = withoutFences(text).split("\n");
  return lines.flatMap((content, index) =>
    [...content.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? "")
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ target, line: index + 1 })),
  );
}

/** The text with code blanked out, its lines kept. */
function withoutFences(text: string): string {
  return text
    .replaceAll(/^```[^]*?^```/gm, (fence) => fence.replaceAll(/[^\n]/g, ""))
    .replaceAll(/`[^`\n]*`/g, (code) => " ".repeat(code.length));
}

/** The anchors of a Markdown file, as forges make them of its headings. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ +(.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Code fences of a Markdown file in one language. */
export function fencesOf({ text }: TextFile, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map((match) => match[1] ?? "");
}

const PRIVATE_PLACES = [
  { pattern: /(?<![\w.~$}-])\/(work|home|root|Users)\/[\w.-]+/, what: "a path of one machine" },
  {
    pattern: /\bhttps?:\/\/(?!registry\.npmjs\.org\b)[\w.-]*(registry|artifactory|verdaccio|nexus|npm)[\w.-]*\.[a-z]{2,}(:\d+)?\//i,
    what: "the address of a registry",
  },
] satisfies readonly { readonly pattern: RegExp; readonly what: string }[];

/** Paths and addresses that hold on one machine only. */
export function privatePlaces({ path, text }: TextFile): readonly Violation[] {
  return text.split("\n").flatMap((line, index) =>
    PRIVATE_PLACES.flatMap(({ pattern, what }) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [{ path, line: index + 1, text: `has ${what}: ${found}` }];
    }),
  );
}
