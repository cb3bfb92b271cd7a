import type { KubeObject } from "@polykind/apimachinery";
import type { Answer, Call } from "./call.ts";
import { type Cluster, timestampOf } from "./cluster.ts";
import { deleteOptionsOf, removeStored } from "./delete.ts";
import { listObject } from "./list.ts";
import { listOptionsOf } from "./options.ts";
import { selectionOf } from "./selection.ts";

/** DELETE of a collection: every object that is selected. Answers with the list of them as they were. @throws StatusError. */
export function removeCollection(call: Call, { clock, store }: Cluster): Answer {
  const options = deleteOptionsOf(call);
  const selection = selectionOf(call, listOptionsOf(call.query, false));
  const items: KubeObject[] = [];
  const revision = store.revision;
  const at = timestampOf(clock);
  for (const stored of call.kind.collection.list(call.namespace)) {
    const object = call.kind.read(stored);
    if (selection !== undefined && !selection(object)) continue;
    items.push(object);
    removeStored(stored, call.kind, { ...options, at });
  }
  return { code: 200, object: listObject(call.kind, { items, revision, continue: "", remaining: undefined }) };
}
