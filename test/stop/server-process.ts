// A server in a process of its own, so that what it does takes no time from the informers under test. Answers the calls of `server.ts`.
import { type Cut, type FaultyServer, openFaultyServer } from "@polykind/testing";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { openTruth } from "../faults/stage.ts";
import { answerCalls } from "../support/child.ts";

const { ca, certificate: cert, key } = makeCertificates("127.0.0.1", Date.now());
const namespaces = process.argv.slice(2);
const truth = await openTruth(namespaces);
let front: FaultyServer | undefined;

answerCalls({
  async open() {
    await front?.close();
    front = await openFaultyServer({ target: truth.target, certificate: { cert, key } });
    return truth.sandbox.kubeconfig
      .replace(truth.sandbox.url, front.url)
      .replace(/certificate-authority-data: \S+/, `certificate-authority-data: ${Buffer.from(ca).toString("base64")}`);
  },
  cut: (how) => front?.cut(how as Cut), // server.ts sends one
  watches: () => front?.openWatches(),
  change: (value) => changeEach(String(value)),
  async close() {
    await front?.close();
    await truth.client.close();
    await truth.sandbox.close();
  },
});

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
