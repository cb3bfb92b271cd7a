import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { crdOf, objectOf } from "./connection.ts";

const run = promisify(execFile);

const home = process.env["REALAPI_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "realapi");
const kubectl = [...(process.env["PATH"] ?? "").split(delimiter), join(home, "bin")]
  .map((folder) => join(folder, "kubectl"))
  .find(existsSync);

describe("kubectl", kubectl === undefined ? { skip: "no kubectl on this machine" } : {}, () => {
  let folder = "";
  let sandbox: Sandbox;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sandbox-kubectl-"));
    sandbox = await openSandbox();
    await writeFile(join(folder, "config"), sandbox.kubeconfig);
    await writeFile(join(folder, "crd.json"), JSON.stringify(crdOf("things", "Thing")));
    await writeFile(join(folder, "thing.json"), JSON.stringify(objectOf("Thing", "a", { spec: { x: 1 } })));
  });
  after(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const env = (): NodeJS.ProcessEnv => ({ ...process.env, KUBECONFIG: join(folder, "config"), KUBECACHEDIR: join(folder, "cache") });
  const call = async (...args: readonly string[]): Promise<string> =>
    (await run(kubectl ?? "", args, { env: env(), encoding: "utf8" })).stdout;

  test("goes through the life of a kind and of its objects", async () => {
    assert.match(await call("apply", "-f", join(folder, "crd.json")), /created/);
    assert.match(await call("wait", "--for=condition=Established", "crd/things.sandbox.example.com", "--timeout=10s"), /condition met/);
    assert.match(await call("get", "crd"), /things\.sandbox\.example\.com/);
    assert.match(await call("api-resources", "--api-group=sandbox.example.com"), /things\s+sandbox\.example\.com\/v1\s+true\s+Thing/);
    assert.match(await call("apply", "-f", join(folder, "thing.json")), /thing\.sandbox\.example\.com\/a created/);
    assert.match(await call("apply", "-f", join(folder, "thing.json")), /unchanged/);
    assert.match(await call("apply", "--server-side", "--force-conflicts", "-f", join(folder, "thing.json")), /serverside-applied/);
    assert.match(await call("get", "things"), /NAME\s+AGE\na\s/);
    assert.match(await call("get", "thing", "a", "-o", "yaml"), /x: 1/);
    assert.match(await call("patch", "thing", "a", "--type=merge", "-p", '{"spec":{"x":2}}'), /patched/);
    assert.match(await call("describe", "thing", "a"), /X:\s+2/);
    assert.match(await call("explain", "deployment.spec.replicas"), /FIELD: replicas <integer>/);
    assert.match(await call("delete", "thing", "a"), /deleted/);
    assert.match(await call("delete", "crd", "things.sandbox.example.com"), /deleted/);
  });

  test("watches", async () => {
    const child = spawn(kubectl ?? "", ["get", "configmaps", "-w"], { env: env(), stdio: ["ignore", "pipe", "ignore"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdout.setEncoding("utf8");
    let text = "";
    await sandbox.load({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "first" }, data: { a: "b" } });
    for await (const chunk of child.stdout as AsyncIterable<string>) {
      if (text === "") await sandbox.load({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "second" } });
      text += chunk;
      if (/second.*\n/.test(text)) break;
    }
    child.kill();
    await ended;
    assert.match(text, /first\s+1\s+\S+\nsecond\s+0/);
  });
});
