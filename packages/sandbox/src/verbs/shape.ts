import { apiVersionOf, type KubeObject } from "@polykind/apimachinery";
import { isRecord, type JsonObject } from "../json.ts";
import { canonicalBuiltin } from "../kind/canonical.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { tableFor } from "../kind/table-port.ts";

/** The form in which a client wants objects: whole, only their metadata, or as the rows of a table. */
export interface Shape {
  readonly as: "Object" | "PartialObjectMetadata" | "Table";
  /** What of the object a row carries. */
  readonly includeObject: "Metadata" | "None" | "Object";
}

/** Objects as they are. */
export const WHOLE: Shape = { as: "Object", includeObject: "Object" };

/** What an object or a list looks like in this shape. `now` dates the ages in tables. */
export function shaped(
  object: unknown,
  kind: ServedKind,
  shape: Shape,
  { hasColumns = true }: { readonly hasColumns?: boolean } = {},
): unknown {
  if (shape.as === "Object" || !isRecord(object) || object["kind"] === "Status") return object;
  const items = Array.isArray(object["items"]) ? (object["items"] as readonly KubeObject[]) : undefined; // Lists are made of objects.
  if (shape.as === "Table") return tableOf({ object, items, kind, shape, hasColumns });
  if (items === undefined) return partialOf(object as JsonObject & KubeObject);
  return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata: listMeta(object), items: items.map(partialOf) };
}

interface TableRequest {
  readonly object: JsonObject;
  readonly items: readonly KubeObject[] | undefined;
  readonly kind: ServedKind;
  readonly shape: Shape;
  readonly hasColumns: boolean;
}

function tableOf({ object, items, kind, shape, hasColumns }: TableRequest): unknown {
  const typed = (items ?? [object as JsonObject & KubeObject]).map(
    (each): KubeObject => ({ ...each, apiVersion: apiVersionOf(kind), kind: kind.kind }),
  );
  const metadata = items === undefined ? { resourceVersion: typed[0]?.metadata.resourceVersion } : listMeta(object);
  const table = tableFor({ kind, objects: typed, includeObject: shape.includeObject, partialOf });
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: hasColumns ? table.columnDefinitions : [],
    rows: table.rows,
  };
}

function listMeta(list: JsonObject): JsonObject {
  const metadata = isRecord(list["metadata"]) ? list["metadata"] : {};
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== "" && value !== undefined));
}

function partialOf(object: KubeObject): JsonObject {
  const { metadata } = canonicalBuiltin(object);
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
