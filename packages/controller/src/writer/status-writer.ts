import type { KubeObject, Resource } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import { asSent } from "./json.ts";
import type { Sender, Sending } from "./sender.ts";
import { isUntouched, statusPatch } from "./status.ts";

/** Conflicts with changes of other fields are overcome so often in one call. */
const TRIES = 3;

type WithStatus = KubeObject & { readonly status?: object };

/**
 * Writes statuses: a merge patch of the subresource that names the version it was decided on, and no request when nothing would change.
 *
 * Why with a version: a merge patch replaces lists as a whole, so without one a condition that somebody else has set meanwhile would be lost
 * unseen. Why conflicts are tried again here: most come from a change elsewhere in the object, such as a label or a finalizer. The object is read
 * anew, and as long as the fields to be written are those that the plugin saw, they are written on its new version. Otherwise the conflict is the plugin's: it
 * must decide again on what there is now.
 */
export class StatusWriter {
  readonly #sender: Sender;
  /** What an object that a plugin holds has become by its own status writes: several of one run build on each other. */
  readonly #latest = new WeakMap<KubeObject, WithStatus>();

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** @returns whether a request was sent. */
  async write(
    resource: Resource,
    { object, status }: { readonly object: WithStatus; readonly status: object },
    sending: Sending,
  ): Promise<boolean> {
    const wished = asSent(status);
    let base = this.#latest.get(object) ?? object;
    for (let tries = 1; ; tries += 1) {
      const patch = statusPatch(base.status, wished);
      if (patch === undefined) return tries > 1;
      try {
        this.#latest.set(object, await this.#send(resource, { base, status: patch }, sending));
        return true;
      } catch (cause) {
        if (!isPolykindError(cause, "API_CONFLICT") || tries === TRIES) throw cause;
        const now = await this.#read(resource, base, sending);
        if (now.metadata.uid !== base.metadata.uid || !isUntouched(base.status, now.status, patch)) throw cause;
        base = now;
      }
    }
  }

  #send(
    resource: Resource,
    { base, status }: { readonly base: WithStatus; readonly status: object },
    sending: Sending,
  ): Promise<WithStatus> {
    const { uid, resourceVersion } = base.metadata;
    const body = { metadata: { uid, resourceVersion }, status };
    return this.#sender.write(
      {
        verb: "patchStatus",
        resource,
        name: base.metadata,
        send: (client, call) =>
          client.patch<WithStatus>(resource, base.metadata, { type: "merge", body }, { ...call, subresource: "status" }),
      },
      sending,
    );
  }

  #read(resource: Resource, { metadata }: WithStatus, sending: Sending): Promise<WithStatus> {
    return this.#sender.read(
      { verb: "get", resource, name: metadata, send: (client, call) => client.get<WithStatus>(resource, metadata, call) },
      sending,
    );
  }
}
