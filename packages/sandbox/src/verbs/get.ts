import { resourceNameOf } from "../kind/served-kind.ts";
import { notFound } from "../status/index.ts";
import { type Answer, type Call, keyOfCall } from "./call.ts";

/** GET of an object. @throws StatusError 404. */
export function get(call: Call): Answer {
  const stored = call.kind.collection.get(keyOfCall(call));
  if (stored === undefined) throw notFound(resourceNameOf(call.kind), call.name);
  return { code: 200, object: call.kind.read(stored) };
}
