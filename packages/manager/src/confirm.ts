import { CRD_RESOURCE, type CustomResourceDefinition } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { isPolykindError, messageOf } from "@polykind/core";
import type { Log } from "@polykind/telemetry";
import type { StandIn } from "./stand-in.ts";

/** Whom a CRD is asked of. */
export interface Confirming {
  readonly client: Client;
  readonly log: Log;
  /** Asked where CRDs may not be read. */
  readonly standIn: Pick<StandIn, "uidOf" | "confirm">;
  /** Ends the question; then nothing is known. */
  readonly signal: AbortSignal;
}

/** Asks the server whether the CRD is still there in the life of this uid. What it is now, the watch tells. Never rejects. */
export async function confirm(
  { client, log, standIn, signal }: Confirming,
  name: string,
  uid: string,
): Promise<"there" | "absent" | "unknown"> {
  try {
    const { metadata } = await client.get<CustomResourceDefinition>(CRD_RESOURCE, { name }, { signal });
    return standIn.uidOf(name, metadata.uid) === uid ? "there" : "absent";
  } catch (cause) {
    if (isPolykindError(cause, "API_FORBIDDEN")) return standIn.confirm(name, signal);
    if (isPolykindError(cause, "API_NOT_FOUND")) return "absent";
    if (!signal.aborted) log.debug("cannot confirm that a CRD is there", { crd: name, cause: messageOf(cause) });
    return "unknown";
  }
}
