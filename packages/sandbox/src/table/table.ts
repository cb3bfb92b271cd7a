import { isJsonObject, memberOf } from "../patch/json-object.ts";
import type { Column, ColumnDefinition } from "./column.ts";

/** How much of each object its row carries, as the `includeObject` parameter says. */
export type IncludeObject = "None" | "Metadata" | "Object";

/** The `Table` of `meta.k8s.io/v1`. */
export interface Table {
  readonly kind: "Table";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly metadata: object;
  readonly columnDefinitions: readonly ColumnDefinition[] | null;
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: unknown }[];
}

/** What a table is made of. */
export interface TableContent {
  readonly columns: readonly Column[];
  readonly objects: readonly unknown[];
  /** Unix milliseconds, for ages. */
  readonly now: number;
  /** Default: `Metadata`. */
  readonly includeObject?: IncludeObject;
  /** The metadata of the list; of a single object, its `resourceVersion`. Default: empty. */
  readonly listMeta?: object;
  /** Whether the columns are told, too; not in the later events of a watch. Default: true. */
  readonly hasHeaders?: boolean;
}

/** The objects as a `Table`, a row each, in their order. */
export function tableOf({ columns, objects, now, includeObject = "Metadata", listMeta = {}, hasHeaders = true }: TableContent): Table {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: listMeta,
    columnDefinitions: hasHeaders ? columns.map(({ definition }) => definition) : null,
    rows: objects.map((object) => ({ cells: columns.map(({ cell }) => cell(object, now)), object: included(object, includeObject) })),
  };
}

function included(object: unknown, includeObject: IncludeObject): unknown {
  switch (includeObject) {
    case "None":
      return null;
    case "Object":
      return object;
    case "Metadata":
      return isJsonObject(object)
        ? { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: memberOf(object, "metadata") }
        : null;
  }
}
