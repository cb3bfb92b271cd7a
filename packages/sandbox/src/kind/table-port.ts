import type { KubeObject } from "@polykind/apimachinery";
import type { ServedKind } from "./served-kind.ts";

export interface TableRequest {
  readonly kind: ServedKind;
  readonly objects: readonly KubeObject[];
  readonly includeObject: "Metadata" | "None" | "Object";
  partialOf(object: KubeObject): object;
}
export function tableFor({ objects, includeObject, partialOf }: TableRequest): {
  readonly columnDefinitions: readonly object[];
  readonly rows: readonly object[];
} {
  const definition = (name: string, type: string, format = ""): object => ({ name, type, format, description: "", priority: 0 });
  return {
    columnDefinitions: [definition("Name", "string", "name"), definition("Age", "date")],
    rows: objects.map((object) => ({
      cells: [object.metadata.name, object.metadata.creationTimestamp],
      object: includeObject === "Object" ? object : partialOf(object),
    })),
  };
}
