import { apiVersionOf, type KubeObject } from "@polykind/apimachinery";
import { isRecord, type JsonObject } from "../json.ts";
import { canonicalBuiltin } from "../kind/canonical.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { type IncludeObject, tableOf } from "../table/index.ts";

/** The form in which a client wants objects: whole, only their metadata, or as the rows of a table. */
export interface Shape {
  readonly as: "Object" | "PartialObjectMetadata" | "Table";
  /** What of the object a row carries. */
  readonly includeObject: IncludeObject;
}

/** What else shapes an answer. */
export interface ShapeFacts {
  readonly kind: ServedKind;
  /** Unix milliseconds, for ages. */
  readonly now: number;
  /** Whether a table tells its columns. Default: true. */
  readonly hasHeaders?: boolean;
}

/** What an object or a list looks like in this shape. A `Status` stays as it is. */
export function shaped(object: unknown, { as, includeObject }: Shape, facts: ShapeFacts): unknown {
  if (as === "Object" || !isRecord(object) || object["kind"] === "Status") return object;
  const items = Array.isArray(object["items"]) ? (object["items"] as readonly KubeObject[]) : undefined; // Lists are made of objects.
  if (items === undefined) {
    const single = object as JsonObject & KubeObject; // What is no list and no status is an object.
    return as === "Table" ? tabulated([single], undefined, { ...facts, includeObject }) : partialOf(single);
  }
  if (as === "Table") return tabulated(items, object, { ...facts, includeObject });
  return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata: listMeta(object), items: items.map(partialOf) };
}

function tabulated(
  objects: readonly KubeObject[],
  list: JsonObject | undefined,
  { kind, now, hasHeaders = true, includeObject }: ShapeFacts & Pick<Shape, "includeObject">,
): unknown {
  const typed = objects.map((each) => ({ ...canonicalBuiltin(each), apiVersion: apiVersionOf(kind), kind: kind.kind }));
  const meta = list === undefined ? { resourceVersion: objects[0]?.metadata.resourceVersion } : listMeta(list);
  return tableOf({ columns: kind.columns(), objects: typed, now, includeObject, listMeta: meta, hasHeaders });
}

function listMeta(list: JsonObject): JsonObject {
  const metadata = isRecord(list["metadata"]) ? list["metadata"] : {};
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== "" && value !== undefined));
}

function partialOf(object: KubeObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: canonicalBuiltin(object).metadata };
}
