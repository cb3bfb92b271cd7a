import type { TestEvent } from "node:test/reporters";
import { inspect, stripVTControlCharacters } from "node:util";
import type { TestFileEvent } from "./event.ts";

type Outcome = Extract<TestEvent, { type: "test:pass" | "test:fail" }>["data"];

/** A reporter for `--test-reporter` that runs inside a test file's process and writes its events as lines of JSON. */
export default async function* reportEvents(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const event of source) {
    if (event.type === "test:start") path.splice(event.data.nesting, Infinity, event.data.name);
    for (const told of eventsOf(event, path.join(" › "))) yield `${JSON.stringify(told)}\n`;
  }
}

function eventsOf(event: TestEvent, name: string): readonly TestFileEvent[] {
  switch (event.type) {
    case "test:dequeue":
      return [{ type: "running", name: event.data.name }];
    case "test:pass":
    case "test:fail":
      return outcomeOf(
        event.type === "test:fail",
        event.data,
        [...name.split(" › ").slice(0, event.data.nesting), event.data.name].join(" › "),
      );
    case "test:diagnostic":
      return /^(Error|Warning): /.test(event.data.message) ? [{ type: "remarked", text: event.data.message }] : [];
    case "test:summary":
      return [{ type: "ended" }];
    default:
      return [];
  }
}

function outcomeOf(isFailed: boolean, { details, skip, todo, file, line, column }: Outcome, name: string): readonly TestFileEvent[] {
  if (skip !== undefined && skip !== false) return [{ type: "skipped", name, reason: skip === true ? "no reason given" : skip }];
  if (todo !== undefined && todo !== false)
    return [{ type: "skipped", name, reason: `to do: ${todo === true ? "no reason given" : todo}` }];
  if (!isFailed) return details.type === "suite" ? [] : [{ type: "passed", name }];
  const error = "error" in details ? details.error : undefined;
  // What is inside has failed, and has been told.
  if (isObject(error) && error["failureType"] === "subtestsFailed") return [];
  return [{ type: "failed", name, at: file === undefined ? "" : `${file}:${line}:${column}`, text: textOf(error) }];
}

function textOf(error: unknown): string {
  const thrown = isObject(error) && error["code"] === "ERR_TEST_FAILURE" && error["cause"] !== undefined ? error["cause"] : error;
  return thrown instanceof Error ? describeError(thrown, 0) : typeof thrown === "string" ? thrown : inspect(thrown);
}

/** The message with its diff, the frames that are ours, the fields, and what caused it. */
function describeError(error: Error, depth: number): string {
  const lines = (error.stack ?? String(error)).split("\n").filter((line) => !/^ +at .*\(?node:/.test(line));
  const isAssertion = error.name === "AssertionError" || "generatedMessage" in error;
  const fields = Object.entries(error).filter(([key]) => key !== "cause" && key !== "errors");
  if (!isAssertion && fields.length > 0) lines.push(inspect(Object.fromEntries(fields), { depth: 4, breakLength: 120 }));
  const inner = [error.cause, ...(error instanceof AggregateError ? error.errors : [])].filter((each) => each !== undefined);
  for (const each of depth < 4 ? inner : []) {
    lines.push(`caused by: ${each instanceof Error ? describeError(each, depth + 1) : inspect(each)}`.replaceAll("\n", "\n  "));
  }
  return stripVTControlCharacters(lines.join("\n"));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
