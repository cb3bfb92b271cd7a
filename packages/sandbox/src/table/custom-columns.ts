import { goJson, goText, memberOf } from "../patch/json-object.ts";
import type { Column } from "./column.ts";
import { ageOf } from "./duration.ts";
import { compileJsonPath } from "./json-path.ts";

/** A column as a version of a CRD declares it. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

const NAME: Column = {
  definition: {
    name: "Name",
    type: "string",
    format: "name",
    description: "The name of the object: unique within its namespace.",
    priority: 0,
  },
  cell: (object) => memberOf(memberOf(object, "metadata"), "name") ?? "",
};

const DEFAULT_COLUMNS: readonly PrinterColumn[] = [
  {
    name: "Age",
    type: "date",
    jsonPath: ".metadata.creationTimestamp",
    description: "When the object was created, by the server's clock.",
  },
];

/**
 * The columns of the custom resources of one version of a CRD: the name, then what the CRD declares, or the age when it declares nothing.
 * A column whose JSONPath cannot be read has empty cells.
 */
export function columnsOf({ additionalPrinterColumns = [] }: { readonly additionalPrinterColumns?: readonly object[] }): readonly Column[] {
  const declared = additionalPrinterColumns.length === 0 ? DEFAULT_COLUMNS : additionalPrinterColumns.filter(isPrinterColumn);
  return [NAME, ...declared.map(customColumn)];
}

function isPrinterColumn(column: object): column is PrinterColumn {
  return ["name", "type", "jsonPath"].every((key) => typeof memberOf(column, key) === "string");
}

function customColumn({ name, type, jsonPath, format = "", description = "", priority = 0 }: PrinterColumn): Column {
  const find = compileJsonPath(jsonPath);
  const explained = description === "" ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description;
  return {
    definition: { name, type, format, description: explained, priority },
    cell(object, nowMs) {
      const found = find?.(object);
      return found === undefined || found.length === 0 ? null : cellOf(type, found[0], nowMs);
    },
  };
}

function cellOf(type: string, value: unknown, nowMs: number): unknown {
  if (type === "string") return printed(value);
  if (value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? ageOf(value === "null" ? "" : value, nowMs) : null;
    default:
      return null;
  }
}

/** As Go prints a value: objects and lists as JSON with sorted keys, numbers with an exponent of two digits. */
function printed(value: unknown): string {
  if (value === null) return "<no value>";
  if (typeof value === "object") return goJson(value);
  if (typeof value !== "number" || value === 0 || Math.abs(value) >= 1e-4) return goText(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}
