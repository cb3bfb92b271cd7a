import { parseDocument, type ScalarTag, type Tags } from "yaml";

/** Scalars that YAML 1.1 would turn into what JSON cannot hold, or that Kubernetes' reader leaves as text. */
const LEFT_AS_TEXT: ReadonlySet<string> = new Set([
  "tag:yaml.org,2002:binary",
  "tag:yaml.org,2002:float",
  "tag:yaml.org,2002:omap",
  "tag:yaml.org,2002:pairs",
  "tag:yaml.org,2002:set",
  "tag:yaml.org,2002:timestamp",
]);

const FLOAT: ScalarTag = {
  default: true,
  tag: "tag:yaml.org,2002:float",
  test: /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/,
  resolve: (text) => Number(text.replaceAll("_", "")),
};

/** YAML 1.1 less its times in base 60: what kubectl reads (`yes` and `on` are booleans, `0777` is octal, dates are text). */
function kubernetesTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === "string" || !(LEFT_AS_TEXT.has(tag.tag) || ("format" in tag && tag.format === "TIME")));
  return [...kept, FLOAT];
}

/** What stands between two `---` of a YAML file, or why it cannot be read; lines count from 1 within it. */
export type YamlChunk =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "nothing" }
  | { readonly kind: "broken"; readonly line: number; readonly reason: string };

/** Reads one YAML document as kubectl does. Aliases work, up to a limit that keeps small files small. Never throws. */
export function readYaml(text: string): YamlChunk {
  try {
    const document = parseDocument(text, {
      version: "1.1",
      schema: "yaml-1.1",
      customTags: kubernetesTags,
      logLevel: "silent",
      prettyErrors: true,
    });
    const [error] = document.errors;
    if (error !== undefined) return { kind: "broken", line: error.linePos?.[0].line ?? 1, reason: firstLineOf(error.message) };
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value === null || value === undefined ? { kind: "nothing" } : { kind: "value", value };
  } catch (thrown) {
    const reason =
      thrown instanceof RangeError ? "it is nested too deeply" : thrown instanceof Error ? firstLineOf(thrown.message) : String(thrown);
    return { kind: "broken", line: 1, reason };
  }
}

function firstLineOf(text: string): string {
  return text
    .split("\n", 1)
    .join("")
    .replace(/ at line \d+, column \d+:?$/, "");
}
