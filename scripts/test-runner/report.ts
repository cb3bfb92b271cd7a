import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileResult } from "./run-file.ts";

/** Writes for people. With colours only where they are seen. */
export interface Style {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** One line on a file: whether all is well, the counts, the time. */
export function lineOf({ file, passed, failures, skipped, tookMs }: FileResult, style: Style): string {
  const mark = failures.length > 0 ? style.red("✗") : style.green("✓");
  return `${mark} ${file}  ${countsOf(passed, failures.length, skipped.length)}  ${style.dim(`${(tookMs / 1000).toFixed(1)} s`)}`;
}

/** `N passed, N failed`, and how many were skipped when any were. */
export function totalOf(results: readonly FileResult[]): string {
  const sum = (count: (result: FileResult) => number): number => results.reduce((total, result) => total + count(result), 0);
  const skipped = sum((result) => result.skipped.length);
  const total = `${sum((result) => result.passed)} passed, ${sum((result) => result.failures.length)} failed`;
  return skipped === 0 ? total : `${total}, ${skipped} skipped`;
}

/** Everything that is known about the failures of a file. */
export function failuresOf({ failures, file, output }: FileResult, root: string, style: Style): string {
  const texts = failures.map(({ name, at, text }) => {
    const where = at === "" ? file : relative(root, at.startsWith("file:") ? fileURLToPath(at) : at);
    return `${style.red("✗")} ${name}\n  ${style.dim(where)}\n${indent(text)}`;
  });
  const printed = output.trim() === "" ? "" : `\n  ${style.dim(`what ${file} printed:`)}\n${indent(output.trim())}\n`;
  return (texts.join("\n\n") + printed).replaceAll(`${pathToFileURL(root).href}/`, "").replaceAll(`${root}/`, "");
}

/** The skipped tests, a line for each reason in a file. */
export function skippedOf({ file, skipped }: FileResult): readonly string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return [...byReason].map(
    ([reason, [first, ...others]]) => `skipped ${file}: ${first?.name}${others.length > 0 ? ` and ${others.length} more` : ""}: ${reason}`,
  );
}

function countsOf(passed: number, failed: number, skipped: number): string {
  return [
    ...(passed > 0 || failed + skipped === 0 ? [`${passed} passed`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(", ");
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
