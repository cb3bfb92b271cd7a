import type { CrdDescriptor, VersionDescriptor } from "@polykind/apimachinery";
import type { SchemaPart } from "@polykind/plugin";

/** What a plugin may have to know of the version that it watches. */
export type Shape = Pick<VersionDescriptor, "schemaHash" | "bodyHash" | "hasStatus" | "hasScale" | "selectableFields">;

const PARTS: readonly (readonly [SchemaPart, (shape: Shape) => string])[] = [
  ["schema", ({ schemaHash }) => schemaHash],
  ["bodies", ({ bodyHash }) => bodyHash],
  ["subresources", ({ hasStatus, hasScale }) => `${hasStatus} ${hasScale}`],
  ["selectableFields", ({ selectableFields }) => selectableFields.join()],
];

/** What the CRD says of one of its versions now; `undefined` when it has none of this name. */
export function shapeOf({ versions }: CrdDescriptor, version: string): Shape | undefined {
  return versions.find(({ name }) => name === version);
}

/** What differs between two shapes. Of one that is not known nothing does. */
export function partsBetween(before: Shape | undefined, after: Shape | undefined): readonly SchemaPart[] {
  if (before === undefined || after === undefined) return [];
  return PARTS.filter(([, part]) => part(before) !== part(after)).map(([name]) => name);
}
