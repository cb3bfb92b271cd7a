// A server in a process of its own, so that what it does takes no time from the informers under test. Answers the calls of `server.ts`.
import { type Cut, type FaultyServer, openFaultyServer } from "@polykind/testing";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { openTruth } from "../faults/stage.ts";
import type { ServerCall } from "./server.ts";

const { ca, certificate: cert, key } = makeCertificates("127.0.0.1", Date.now());
const namespaces = process.argv.slice(2);
const truth = await openTruth(namespaces);
let front: FaultyServer | undefined;

process.on("message", (call: ServerCall) => {
  void answer(call).then((value) => process.send?.({ id: call.id, value }));
});
process.send?.({ id: 0 });

async function answer(call: ServerCall): Promise<unknown> {
  switch (call.verb) {
    case "open":
      await front?.close();
      front = await openFaultyServer({ target: truth.target, certificate: { cert, key } });
      return truth.sandbox.kubeconfig
        .replace(truth.sandbox.url, front.url)
        .replace(/certificate-authority-data: \S+/, `certificate-authority-data: ${Buffer.from(ca).toString("base64")}`);
    case "cut":
      return front?.cut(call.value as Cut); // server.ts sends one
    case "watches":
      return front?.openWatches();
    case "change":
      return changeEach(call.value);
    case "close":
      await front?.close();
      await truth.client.close();
      return truth.sandbox.close();
  }
}

/** Changes the ConfigMap of every namespace, or makes it. */
async function changeEach(value: string): Promise<void> {
  for (const namespace of namespaces) {
    const outcome = await truth.sandbox.load({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "one", namespace },
      data: { value },
    });
    if (!outcome.isAccepted) throw new Error(`the server refused a ConfigMap: ${outcome.reason}`);
    // Others have their turn, as between the writes of many clients.
    await new Promise(setImmediate);
  }
}
