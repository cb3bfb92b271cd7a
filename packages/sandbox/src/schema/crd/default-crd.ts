import { isRecord, itemsAt, recordAt, textAt, type JsonObject } from "../../json.ts";

/** Sets, in place, what the server adds to a CRD: singular and list kind, conversion, the port of a webhook, the first stored version. */
export function defaultCrd(crd: object): void {
  const root = crd as JsonObject; // An object of the API is JSON.
  const spec = recordAt(root, "spec");
  if (spec === undefined) return;
  const names = recordAt(spec, "names");
  if (names !== undefined) setNames(names);
  if (spec["conversion"] === undefined || spec["conversion"] === null) spec["conversion"] = { strategy: "None" };
  const service = recordAt(recordAt(recordAt(recordAt(spec, "conversion"), "webhook"), "clientConfig"), "service");
  if (service !== undefined) service["port"] ??= 443;
  setStoredVersions(root, spec);
}

function setNames(names: JsonObject): void {
  const kind = textAt(names, "kind") ?? "";
  if ((names["singular"] ?? "") === "" && kind !== "") names["singular"] = kind.toLowerCase();
  if ((names["listKind"] ?? "") === "" && kind !== "") names["listKind"] = `${kind}List`;
}

function setStoredVersions(crd: JsonObject, spec: JsonObject): void {
  const status = recordAt(crd, "status");
  if (status === undefined || itemsAt(status, "storedVersions").length > 0) return;
  const stored = itemsAt(spec, "versions")
    .filter(isRecord)
    .find((version) => version["storage"] === true);
  if (stored !== undefined) status["storedVersions"] = [stored["name"]];
}
