import { openSandbox } from "@polykind/sandbox";
import { eventsContract } from "./support/events-contract.ts";
import { kubeconfigFile } from "./support/kubeconfig-file.ts";

eventsContract("the embedded API server", async () => {
  const sandbox = await openSandbox();
  const file = await kubeconfigFile(sandbox.kubeconfig);
  return {
    kubeconfig: file.path,
    async [Symbol.asyncDispose]() {
      await file.remove();
      await sandbox.close();
    },
  };
});
