import { parseDocument } from "yaml";
import type { Parsed } from "./decode.ts";

/** The JSON value of one YAML document. @param refuse the error for a text that is none. */
export function parseYamlBody(text: string, refuse: (why: string) => Error): Parsed {
  const document = parseDocument(text, { uniqueKeys: false, version: "1.2", merge: true });
  const [first] = document.errors;
  if (first !== undefined) throw refuse(first.message.split("\n", 1)[0] ?? "");
  return { value: document.toJS({ maxAliasCount: 100 }) as unknown, duplicates: [] };
}
