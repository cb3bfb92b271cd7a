import { parseApiVersion } from "@polykind/apimachinery";
import { messageOf } from "@polykind/core";
import { ADMIN } from "./auth/user.ts";
import { isRecord, type JsonObject, recordAt, textAt } from "./json.ts";
import type { ServedKind } from "./kind/served-kind.ts";
import type { LoadOutcome } from "./load-outcome.ts";
import { StatusError } from "./status/index.ts";
import type { Body, Call } from "./verbs/call.ts";
import type { Cluster } from "./verbs/cluster.ts";
import { create } from "./verbs/create.ts";
import { patch } from "./verbs/patch.ts";

const MANAGER = "polykind-sandbox";
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
]);

/**
 * Creates the object of a document as a client would, or applies it when it is there; namespaces that are missing are created, and what a server
 * filled into an exported object is left out.
 *
 * Never throws: what is refused says why.
 */
export async function loadDocument(document: unknown, cluster: Cluster, manager: string = MANAGER): Promise<LoadOutcome> {
  const object = isRecord(document) ? withoutServerFields(document) : {};
  const names = { kind: textAt(object, "kind") ?? "", name: nameOf(object) };
  const refused = (reason: string): LoadOutcome => ({ isAccepted: false, reason, ...names });
  const kind = kindOf(object, cluster);
  if (kind === undefined) return refused(`no kind "${names.kind}" is served in version "${textAt(object, "apiVersion") ?? ""}"`);
  try {
    const call = callOf(object, kind, manager);
    if (call.namespace !== "") await ensureNamespace(call.namespace, cluster);
    await createOrApply(call, names.name, cluster);
    return { isAccepted: true, ...names, ...(call.namespace !== "" && { namespace: call.namespace }) };
  } catch (thrown) {
    return refused(messageOf(thrown));
  }
}

/** What a server fills in is no wish of the author's: files of exported objects have it all the same. */
function withoutServerFields(object: JsonObject): JsonObject {
  const metadata = recordAt(object, "metadata");
  if (metadata === undefined) return object;
  return { ...object, metadata: Object.fromEntries(Object.entries(metadata).filter(([field]) => !SERVER_FIELDS.has(field))) };
}

function nameOf(object: JsonObject): string {
  const metadata = recordAt(object, "metadata");
  return textAt(metadata, "name") ?? textAt(metadata, "generateName") ?? "";
}

function kindOf(object: JsonObject, { kinds }: Cluster): ServedKind | undefined {
  const { group, version } = parseApiVersion(textAt(object, "apiVersion") ?? "");
  return kinds.named({ group, version, kind: textAt(object, "kind") ?? "" });
}

function callOf(object: JsonObject, kind: ServedKind, manager: string): Call {
  const isNamespaced = kind.resourceScope === "Namespaced";
  return {
    kind,
    namespace: isNamespaced ? (textAt(recordAt(object, "metadata"), "namespace") ?? "default") : "",
    name: "",
    subresource: undefined,
    query: new URLSearchParams({ fieldManager: manager, fieldValidation: "Ignore" }),
    user: ADMIN,
    manager,
    body: bodyOf(object, "application/json"),
    warnings: new Set(),
  };
}

function bodyOf(object: JsonObject, mediaType: string): Body {
  return { bytes: Buffer.from(JSON.stringify(object)), mediaType };
}

async function ensureNamespace(name: string, cluster: Cluster): Promise<void> {
  if (cluster.kinds.namespaces.get(name) !== undefined) return;
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  const kind = kindOf(namespace, cluster);
  if (kind !== undefined) await create(callOf(namespace, kind, MANAGER), cluster);
}

async function createOrApply(call: Call, name: string, cluster: Cluster): Promise<void> {
  try {
    await create(call, cluster);
  } catch (thrown) {
    if (!(thrown instanceof StatusError) || thrown.body.reason !== "AlreadyExists") throw thrown;
    const query = new URLSearchParams({ fieldManager: call.manager, fieldValidation: "Ignore", force: "true" });
    await patch({ ...call, name, query, body: { ...call.body, mediaType: "application/apply-patch+yaml" } }, cluster);
  }
}
