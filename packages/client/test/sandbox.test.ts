import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSandbox } from "@polykind/sandbox";
import { listWatchContract } from "@polykind/testing";
import { openSubject } from "./support/contract-subject.ts";

listWatchContract("our client on the embedded server", async () => {
  const sandbox = await openSandbox();
  const folder = await mkdtemp(join(tmpdir(), "polykind-"));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
  const subject = await openSubject(kubeconfig, `contract-${randomUUID().slice(0, 8)}`);
  return {
    ...subject,
    async [Symbol.asyncDispose]() {
      await subject[Symbol.asyncDispose]();
      await sandbox.close();
      await rm(folder, { recursive: true });
    },
  };
});
