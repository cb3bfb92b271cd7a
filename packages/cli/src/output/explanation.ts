import type { Awaited, Evidence, KindExplanation, LifeReport, ReleaseReport, RunReport } from "@polykind/manager";
import { stringify } from "yaml";
import { stateText } from "./kinds.ts";
import { ageText, type Column, countOf, oneLine, tableLines } from "./table.ts";

/** How `explain` prints. */
export type ExplanationFormat = "text" | "json" | "yaml";

/** All formats, for help and for refusals. */
export const EXPLANATION_FORMATS: readonly ExplanationFormat[] = ["text", "json", "yaml"];

/** Whether `text` names a format. */
export function isExplanationFormat(text: string): text is ExplanationFormat {
  return EXPLANATION_FORMATS.some((format) => format === text);
}

/** An explanation as text that ends in a line feed. `at` is now, in Unix milliseconds. */
export function printExplanation(explanation: KindExplanation, format: ExplanationFormat, at: number): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(explanation, undefined, 2)}\n`;
    case "yaml":
      return stringify(explanation);
    case "text":
      return `${textLines(explanation, at).join("\n")}\n`;
  }
}

function textLines(explanation: KindExplanation, at: number): readonly string[] {
  const { evidence, awaits, runs, lives } = explanation;
  return [
    ...headLines(explanation, at),
    ...section("Why", tableLines(EVIDENCE, evidence)),
    ...section("Awaited", awaits.length === 0 ? ["nothing"] : tableLines(awaitColumns(at), awaits)),
    ...(runs.length === 0 ? [] : section("Plugins", tableLines(RUNS, runs))),
    ...(lives.length === 0 ? [] : section("Lives (oldest first)", livesLines(explanation))),
  ];
}

function headLines(explanation: KindExplanation, at: number): readonly string[] {
  const { name, crd, state, reason, message, since, incarnation, incarnations, resourceScope, version, objects, nextAttempt } = explanation;
  const is = stateText({ state, ...(reason !== undefined && { reason }) });
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Kind", name],
    ["CRD", crd === "" ? undefined : crd],
    ["State", `${is}, for ${ageText(Date.parse(since), at)} (since ${secondsOf(since)})`],
    ["", message],
    ["Life", incarnation === undefined ? undefined : `${incarnation}, number ${incarnations}, ${resourceScope ?? ""}`],
    ["Version", version],
    ["Objects", objects === undefined ? undefined : String(objects)],
    ["Next", nextAttempt === undefined ? undefined : `${inText(nextAttempt, at)} (${secondsOf(nextAttempt)})`],
  ];
  return rows.flatMap(([title, text]) => (text === undefined ? [] : [`${title.padEnd(10)}${oneLine(text)}`]));
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ["", title, ...lines.map((line) => `  ${line}`)];
}

const EVIDENCE: readonly Column<Evidence>[] = [
  { title: "OF", of: (each) => each.of },
  { title: "FACT", of: ({ type }) => type },
  { title: "IS", of: ({ status }) => status },
  { title: "MESSAGE", of: ({ message }) => message ?? "" },
];

function awaitColumns(at: number): readonly Column<Awaited>[] {
  return [
    { title: "WHEN", of: (awaited) => (awaited.at === undefined ? "-" : inText(awaited.at, at)) },
    { title: "WHAT", of: ({ what }) => what },
    { title: "BY WHOM", of: ({ who }) => who },
  ];
}

const RUNS: readonly Column<RunReport>[] = [
  { title: "PLUGIN", of: ({ plugin }) => plugin },
  { title: "PHASE", of: ({ phase }) => phase },
  { title: "VERSION", of: ({ version }) => version },
  { title: "EPOCH", of: ({ epoch }) => String(epoch) },
  { title: "RECONCILES", of: ({ reconciles }) => String(reconciles) },
  { title: "ERRORS", of: ({ errors }) => String(errors) },
  { title: "QUEUED", of: ({ queued }) => String(queued) },
  { title: "NOTE", of: ({ note }) => note ?? "" },
];

function livesLines({ lives, livesBefore }: KindExplanation): readonly string[] {
  const before = livesBefore > 0 ? [`${livesBefore} before`] : [];
  return [...before, ...lives.flatMap((life) => [lifeText(life), ...releaseLines(life)])];
}

function lifeText({ incarnation, resourceScope, since, until, end }: LifeReport): string {
  const ended =
    until === undefined
      ? "it lasts"
      : `until ${secondsOf(until)}, ${end === "Replaced" ? "when another took its place" : "when it was gone"}`;
  return oneLine(`${incarnation}, ${resourceScope}, since ${secondsOf(since)}: ${ended}`);
}

function releaseLines({ releases, releasesBefore, until }: LifeReport): readonly string[] {
  if (releases.length === 0 && until !== undefined) return ["  nothing to release: no plugin ran"];
  const before = releasesBefore > 0 ? [`  ${releasesBefore} releases before`] : [];
  return [...before, ...releases.map((release) => `  ${oneLine(releaseText(release))}`)];
}

function releaseText({ plugin, version, epoch, reason, at, tookMs, objects, carriers = 0, reconciles, leaked }: ReleaseReport): string {
  const cache =
    objects === undefined
      ? "it had not come up"
      : `its cache of ${countOf(objects, "object")}${carriers === 0 ? "" : `, ${carriers} with its finalizer`}, after ${countOf(reconciles, "reconcile")}`;
  const left = leaked === 0 ? "nothing left behind" : `${countOf(leaked, "hook")} LEFT BEHIND`;
  return `released ${plugin} in ${version} (epoch ${epoch}), ${reason}, at ${secondsOf(at)} within ${tookMs} ms: ${cache}; ${left}`;
}

/** `in 12s`, or `now` when the time has come. */
function inText(then: string, at: number): string {
  const ms = Date.parse(then) - at;
  return ms <= 0 ? "now" : `in ${ageText(at - ms, at)}`;
}

/** The same instant without fractions of a second. */
function secondsOf(time: string): string {
  return time.replace(/\.\d+Z$/, "Z");
}
