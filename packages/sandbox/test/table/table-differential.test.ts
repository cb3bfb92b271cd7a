import assert from "node:assert/strict";
import { describe } from "node:test";
import { columnsOf, tableOf } from "../../src/table/index.ts";
import { testAgainstReal } from "../apply/differential.ts";
import { type RecordedTable, TABLES } from "./recording.ts";

/** Without the sentences that describe the metadata, which are ours, and without the age in seconds, which passes. */
function comparable(table: unknown): unknown {
  const { columnDefinitions, rows, ...rest } = structuredClone(table) as {
    columnDefinitions: { name: string; description: string; type: string }[];
    rows: { cells: unknown[] }[];
  }; // A table, ours or the server's.
  for (const column of columnDefinitions) if (["Name", "Age"].includes(column.name)) column.description = "";
  for (const row of rows) row.cells = row.cells.map((cell) => (typeof cell === "string" ? cell.replace(/^\d{1,2}s$/, "seconds") : cell));
  return { ...rest, columnDefinitions, rows };
}

function check({ why, now, version, objects, tables }: RecordedTable): void {
  for (const [includeObject, expected] of Object.entries(tables)) {
    const { metadata: listMeta } = expected as { readonly metadata: object }; // A table has metadata.
    const actual = tableOf({ columns: columnsOf(version), objects, now, includeObject: includeObject as keyof typeof tables, listMeta }); // The keys are these.
    assert.deepEqual(JSON.parse(JSON.stringify(comparable(actual))), comparable(expected), `${why}, with ${includeObject}`);
  }
}

describe("tableOf of custom resources", () => {
  testAgainstReal("is the table that the API server makes", TABLES, check);
});
