import type { KindReport } from "@polykind/manager";
import { stringify } from "yaml";
import { ageText, type Column, tableLines } from "./table.ts";

/** How `get` prints. */
export type OutputFormat = "table" | "wide" | "json" | "yaml" | "name";

/** All formats, for help and for refusals. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = ["table", "wide", "json", "yaml", "name"];

/** `Degraded(Forbidden)`, or `Running`. */
export function stateText({ state, reason }: Pick<KindReport, "state" | "reason">): string {
  return reason === undefined ? state : `${state}(${reason})`;
}

/** The columns of kinds. `at` is now, in Unix milliseconds. */
export function kindColumns({ isWide, at }: { readonly isWide: boolean; readonly at: number }): readonly Column<KindReport>[] {
  const plugins = ({ runs }: KindReport): string => runs.map(({ plugin }) => plugin).join(",") || "-";
  const sum = ({ runs }: KindReport, field: "reconciles" | "errors" | "queued"): string =>
    String(runs.reduce((total, run) => total + run[field], 0));
  const narrow: readonly Column<KindReport>[] = [
    { title: "NAME", of: ({ name }) => name },
    { title: "STATE", of: stateText },
    { title: "VERSION", of: ({ version }) => version ?? "-" },
    { title: "PLUGIN", of: plugins },
    { title: "INCARNATION", of: ({ incarnation }) => incarnation?.slice(0, 8) ?? "-" },
    { title: "OBJECTS", of: ({ objects }) => (objects === undefined ? "-" : String(objects)) },
    { title: "SINCE", of: ({ since }) => ageText(Date.parse(since), at) },
  ];
  const wide: readonly Column<KindReport>[] = [
    { title: "SCOPE", of: ({ resourceScope }) => resourceScope ?? "-" },
    { title: "EPOCH", of: ({ epoch }) => String(epoch) },
    { title: "LIVES", of: ({ incarnations }) => String(incarnations) },
    { title: "RECONCILES", of: (row) => sum(row, "reconciles") },
    { title: "ERRORS", of: (row) => sum(row, "errors") },
    { title: "QUEUED", of: (row) => sum(row, "queued") },
    { title: "NOTE", of: noteOf },
  ];
  return isWide ? [...narrow, ...wide] : narrow;
}

/** What is wrong, else what plugins say. */
function noteOf({ message, runs }: KindReport): string {
  if (message !== undefined) return message;
  return runs
    .flatMap(({ plugin, note, lastError }) => [
      ...(lastError === undefined ? [] : [`${plugin}: ${lastError}`]),
      ...(note === undefined ? [] : [note]),
    ])
    .join("; ");
}

/** Kinds as text, ending in a line feed when there is any. */
export function printKinds(kinds: readonly KindReport[], format: OutputFormat, at: number): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ kinds }, undefined, 2)}\n`;
    case "yaml":
      return stringify({ kinds });
    case "name":
      return kinds.map(({ name }) => `${name}\n`).join("");
    case "table":
    case "wide":
      return kinds.length === 0 ? "" : `${tableLines(kindColumns({ isWide: format === "wide", at }), kinds).join("\n")}\n`;
  }
}
