export { builtinColumnsOf } from "./builtin-columns.ts";
export type { Column, ColumnDefinition } from "./column.ts";
export { columnsOf, type PrinterColumn } from "./custom-columns.ts";
export { ageOf, humanDuration } from "./duration.ts";
export { compileJsonPath, type JsonPath } from "./json-path.ts";
export { type IncludeObject, type Table, type TableContent, tableOf } from "./table.ts";
