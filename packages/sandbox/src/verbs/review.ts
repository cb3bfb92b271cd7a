import type { Review } from "../kind/served-kind.ts";
import type { Answer, Call } from "./call.ts";
import { decodeObject } from "./decode.ts";
import { writeOptionsOf } from "./options.ts";

/** POST of a question that is answered and not stored. @throws StatusError 400 and 422. */
export function review(call: Call, answer: Review): Answer {
  const draft = decodeObject(call, writeOptionsOf("CreateOptions", call.query).fieldValidation);
  answer(draft, call.user);
  return { code: 201, object: draft };
}
