import { randomBytes } from "node:crypto";
import { systemClock } from "@polykind/core";
import { tokenAuthenticator } from "./auth/authenticator.ts";
import { ADMIN } from "./auth/user.ts";
import { type Control, openControl } from "./control.ts";
import { makeCertificates } from "./http/certificates.ts";
import { Front } from "./http/front.ts";
import { kubeconfigOf } from "./http/kubeconfig.ts";
import { Listener } from "./http/listener.ts";
import { Traffic } from "./http/traffic.ts";
import type { LoadOutcome } from "./load-outcome.ts";
import { loadDocument } from "./loader.ts";
import type { SandboxOptions } from "./options.ts";

/**
 * An API server in this process. kubectl, client-go and `@kubernetes/client-node` use it as they use any other.
 */
export interface Sandbox extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** YAML, with the certificate of the authority and a token in it. */
  readonly kubeconfig: string;
  /**
   * Creates the object of a document, or applies it when it is there, in process. Namespaces that are missing are created. A CRD that is accepted is
   * served when the promise resolves, unless its names are taken. Never rejects because of the document.
   */
  load(document: unknown): Promise<LoadOutcome>;
  /** Open watches by path, for leak checks. */
  openWatches(): ReadonlyMap<string, number>;
  /** Requests so far by `VERB PATH`, such as `list /api/v1/pods`. */
  requests(): ReadonlyMap<string, number>;
  /** Forgets what happened: a watch that resumes at an older version gets 410, as does a list that goes on. */
  compact(): void;
  /** Ends all connections and stops listening; once resolved, nothing is left. */
  close(): Promise<void>;
}

/** Opens a sandbox, which serves when the promise resolves. Rejects with `CONFIG_INVALID` when it cannot listen where it is told to. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, clock = systemClock } = options;
  const control = await openControl(options);
  const token = randomBytes(24).toString("base64url");
  const traffic = new Traffic();
  const front = new Front({ cluster: control.cluster, authenticate: tokenAuthenticator(new Map([[token, ADMIN]])), traffic });
  const certificates = makeCertificates(host, clock.now());
  const listener = await Listener.open({ host, port, certificates, answer: (exchange) => front.answer(exchange) });
  return sandboxOf({ control, front, listener, traffic, host, token, ca: certificates.ca });
}

interface Parts {
  readonly control: Control;
  readonly front: Front;
  readonly listener: Listener;
  readonly traffic: Traffic;
  readonly host: string;
  readonly token: string;
  readonly ca: string;
}

function sandboxOf({ control, front, listener, traffic, host, token, ca }: Parts): Sandbox {
  const url = `https://${host}:${listener.port}`;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    front.close();
    closed ??= listener.close().finally(() => control.close());
    return closed;
  };
  return {
    url,
    kubeconfig: kubeconfigOf({ url, ca, token }),
    load: async (document) => {
      const outcome = await loadDocument(document, control.cluster);
      // An immediate comes after all that a write has set going.
      if (outcome.kind === "CustomResourceDefinition") await new Promise(setImmediate);
      return outcome;
    },
    openWatches: () => new Map(traffic.watches),
    requests: () => new Map(traffic.requests),
    compact: () => control.cluster.store.compact(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
