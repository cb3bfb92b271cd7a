import type { Review } from "../kind/served-kind.ts";
import type { Answer, Call } from "./call.ts";
import { type Cluster, timestampOf } from "./cluster.ts";
import { decodeObject } from "./decode.ts";
import { trackedUpdate } from "./managers.ts";
import { writeOptionsOf } from "./options.ts";

/** POST of a question that is answered and not stored. @throws StatusError 400 and 422. */
export function review(call: Call, { clock }: Cluster, answer: Review): Answer {
  const { fieldValidation, fieldManager } = writeOptionsOf("CreateOptions", call.query);
  const draft = decodeObject(call, fieldValidation);
  trackedUpdate({ draft, before: undefined, subresource: undefined }, call, { at: timestampOf(clock), manager: fieldManager });
  answer(draft, call.user);
  return { code: 201, object: draft };
}
