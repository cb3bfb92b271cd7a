import { isJsonObject, type JsonObject } from "../../../src/patch/index.ts";
import type { RealServer, ServerAnswer } from "../../apply/real-server.ts";
import type { Cause } from "../recording.ts";
import { asSent, type Crd, crdOf, type CustomObject, type RealInput } from "./input.ts";

/** What became of a CRD or an object: the causes of its refusal, or it as it was kept. */
export interface Verdict {
  readonly isAccepted: boolean;
  readonly causes: readonly Cause[];
  /** Without its metadata. */
  readonly kept?: JsonObject;
  /** Fields that are unknown, asked for strictly; sorted. */
  readonly unknown?: readonly string[];
}

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const BUSY = new Set([404, 429, 503]);
const AT_ONCE = 4;

function verdictOf({ status, body }: ServerAnswer): Verdict {
  if (!isJsonObject(body)) throw new Error(`cannot read the server's answer ${status}`);
  const { metadata: _, ...kept } = body;
  if (status === 201) return { isAccepted: true, causes: [], kept };
  const { details, message = "" } = body as { readonly details?: { readonly causes?: readonly Cause[] }; readonly message?: string }; // A Status.
  return { isAccepted: false, causes: details?.causes ?? [{ message }] };
}

/** Does `work` for all of `items`, a few at a time; the results keep their order. */
async function forEach<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** Sends until the server serves the kind: that takes seconds where CRDs are many. */
async function sendPatiently(server: RealServer, path: string, body: JsonObject): Promise<ServerAnswer> {
  for (let tries = 0; ; tries++) {
    const answer = await server.send({ method: "POST", path, body });
    if (!BUSY.has(answer.status) || tries === 120) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function createObject(server: RealServer, object: CustomObject, crd: Crd): Promise<Verdict> {
  const { scope, names } = crd.spec;
  const path = `/apis/${object.apiVersion}/${scope === "Namespaced" ? "namespaces/default/" : ""}${names.plural}?dryRun=All`;
  const verdict = verdictOf(await sendPatiently(server, path, asSent(object, crd)));
  if (!verdict.isAccepted) return verdict;
  const strict = verdictOf(await sendPatiently(server, `${path}&fieldValidation=Strict`, asSent(object, crd)));
  const message = strict.causes[0]?.message ?? "";
  const unknown = [...message.matchAll(/unknown field "([^"]*)"/g)].map(([, field = ""]) => field);
  return { ...verdict, unknown: unknown.sort() };
}

/** What a real server makes of all CRDs, and of the objects whose CRD it took (`undefined` for the others). */
export async function theirVerdicts(
  server: RealServer,
  { crds, objects }: RealInput,
): Promise<{ readonly crds: readonly Verdict[]; readonly objects: readonly (Verdict | undefined)[] }> {
  const onCrds = await forEach(crds, async (crd) => verdictOf(await server.send({ method: "POST", path: CRDS, body: crd })));
  const find = crdOf(crds.filter((_, index) => onCrds[index]?.isAccepted));
  const onObjects = await forEach(objects, async (object) => {
    const crd = find(object);
    return crd === undefined ? undefined : createObject(server, object, crd);
  });
  return { crds: onCrds, objects: onObjects };
}
