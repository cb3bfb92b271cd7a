import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isPolykindError, type PolykindErrorCode } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import { type ExecConfig, ExecPlugin } from "../../src/credentials/exec-plugin.ts";

const SECRET = "eyJhbGciOiJI.c2VjcmV0.c2ln";
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "polykind-"));
});
after(() => rm(folder, { recursive: true }));

/** A plugin that is this shell script; each run appends a line to `runs`. */
async function plugin(script: string, config: ExecConfig = {}) {
  const at = await mkdtemp(join(folder, "p-"));
  await writeFile(join(at, "plugin"), `#!/bin/sh\necho run >> "${join(at, "runs")}"\n${script}\n`);
  await chmod(join(at, "plugin"), 0o755);
  const clock = new ManualClock();
  const options = {
    clock,
    env: { PATH: process.env["PATH"], SHARED: "1" },
    file: join(at, "config"),
    user: "dev",
    cluster: () => Promise.resolve({ server: "https://x" }),
  };
  const runs = async (): Promise<number> => (await readFile(join(at, "runs"), "utf8")).trim().split("\n").length;
  return { plugin: new ExecPlugin({ command: "./plugin", ...config }, options), clock, runs, at };
}

/** A plugin whose first run ignores SIGTERM and hangs once it is `up`; the second tells whether the first is still there. */
async function hanging(script = "") {
  const made = await plugin(`
cd "$(dirname "$0")"
if [ -e first ]; then
  if kill -0 "$(cat first)"; then token=beside; else token=alone; fi
  echo "{\\"status\\":{\\"token\\":\\"$token\\"}}"
  exit
fi
echo $$ > first
trap '' TERM
${script}
echo up > up
exec sleep 120`);
  execFileSync("/bin/sh", ["-c", 'mkfifo "$0"', join(made.at, "up")]);
  return { ...made, up: () => readFile(join(made.at, "up")) };
}

function printing(status: object): string {
  return `echo '${JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status })}'`;
}

function is(code: PolykindErrorCode, ...says: readonly RegExp[]) {
  return (error: unknown): boolean => {
    assert.ok(isPolykindError(error, code), String(error));
    assert.doesNotMatch(`${error.message} ${String(error.cause)} ${JSON.stringify(error.facts)}`, /c2VjcmV0/);
    for (const text of says) assert.match(error.message, text);
    return true;
  };
}

describe("ExecPlugin", () => {
  test("runs once for all who wait, and keeps the answer until shortly before it expires", async () => {
    const expirationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 10)).toISOString();
    const { plugin: exec, clock, runs } = await plugin(printing({ token: "t", expirationTimestamp }));
    const proofs = await Promise.all(Array.from({ length: 20 }, () => exec.current()));
    assert.deepEqual(new Set(proofs.map(({ authorization }) => authorization)), new Set(["Bearer t"]));
    await clock.advance(9 * 60_000);
    await exec.current();
    assert.equal(await runs(), 1);
    await clock.advance(30_000);
    await exec.current();
    assert.equal(await runs(), 2);
  });

  test("keeps an answer without expiry until it is told to forget", async () => {
    const { plugin: exec, clock, runs } = await plugin(printing({ token: "t" }));
    await exec.current();
    await clock.advance(86_400_000);
    await exec.current();
    assert.equal(await runs(), 1);
    exec.forget();
    await exec.current();
    assert.equal(await runs(), 2);
  });

  test("gives a certificate with its key", async () => {
    const { plugin: exec } = await plugin(printing({ clientCertificateData: "CERT", clientKeyData: "KEY" }));
    const { cert, key, authorization } = await exec.current();
    assert.deepEqual([String(cert), String(key), authorization], ["CERT", "KEY", undefined]);
  });

  test("tells the plugin what it may know, with the environment of the kubeconfig", async () => {
    const script = `printf '{"status":{"token":"%s"}}' "$SHARED$OWN $(echo "$KUBERNETES_EXEC_INFO" | tr -d '"')"`;
    const { plugin: exec } = await plugin(script, { env: [{ name: "OWN", value: "2" }], provideClusterInfo: true });
    const { authorization } = await exec.current();
    assert.equal(
      authorization,
      "Bearer 12 {apiVersion:client.authentication.k8s.io/v1,kind:ExecCredential,spec:{interactive:false,cluster:{server:https://x}}}",
    );
  });

  for (const { why, script, config, code, says } of [
    { why: "prints rubbish", script: `echo '${SECRET}'`, code: "CONFIG_INVALID", says: [/config/, /no ExecCredential/] },
    { why: "prints no status", script: `echo '{"token":"${SECRET}"}'`, code: "CONFIG_INVALID", says: [/no ExecCredential/] },
    {
      why: "prints neither token nor certificate",
      script: printing({ clientKeyData: SECRET }),
      code: "CONFIG_INVALID",
      says: [/neither a token nor/],
    },
    {
      why: "prints no time of expiry",
      script: printing({ token: SECRET, expirationTimestamp: "soon" }),
      code: "CONFIG_INVALID",
      says: [/no time/],
    },
    {
      why: "fails",
      script: `echo '${SECRET}'; echo "please log in; token=${SECRET}" >&2; exit 3`,
      code: "API_UNAUTHORIZED",
      says: [/ended with 3/, /please log in/],
    },
    {
      why: "is not there",
      script: "",
      config: { command: "./absent", installHint: "Install it." },
      code: "CONFIG_INVALID",
      says: [/"\.\/absent" is not there; Install it\./],
    },
    { why: "is not named", script: "", config: { command: "" }, code: "CONFIG_INVALID", says: [/names no command/] },
    { why: "needs a terminal", script: "", config: { interactiveMode: "Always" as const }, code: "CONFIG_INVALID", says: [/terminal/] },
  ] as const) {
    test(`that ${why} is ${code}, and no secret is told`, async () => {
      const { plugin: exec } = await plugin(script, config);
      await assert.rejects(exec.current(), is(code, /user "dev"/, ...says));
    });
  }

  test("lets a failure stand for a second, since each of many kinds would start a process", async () => {
    const { plugin: exec, clock, runs } = await plugin("exit 1");
    for (let i = 0; i < 3; i += 1) await assert.rejects(exec.current());
    assert.equal(await runs(), 1);
    await clock.advance(1_000);
    await assert.rejects(exec.current());
    assert.equal(await runs(), 2);
  });

  test("uses an answer for some seconds that expires soon, since a plugin gives what it has kept", async () => {
    const expirationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, 25)).toISOString();
    const { plugin: exec, clock, runs } = await plugin(printing({ token: "t", expirationTimestamp }));
    for (let i = 0; i < 10; i += 1) await exec.current();
    await clock.advance(4_999);
    assert.equal(exec.isFresh(), true);
    await exec.current();
    assert.equal(await runs(), 1);
    await clock.advance(1);
    assert.equal(exec.isFresh(), false);
    await exec.current();
    assert.equal(await runs(), 2);
  });

  test("does not use an answer beyond its expiry for that", async () => {
    const expirationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, 3)).toISOString();
    const { plugin: exec, clock } = await plugin(printing({ token: "t", expirationTimestamp }));
    await exec.current();
    await clock.advance(3_000);
    assert.equal(exec.isFresh(), false);
  });

  test("lets an answer that is expired stand for a second, since each of many kinds would start a process", async () => {
    const { plugin: exec, clock, runs } = await plugin(printing({ token: "t", expirationTimestamp: "2025-12-31T00:00:00Z" }));
    for (let i = 0; i < 10; i += 1) await exec.current();
    assert.equal(await runs(), 1);
    await clock.advance(1_000);
    await exec.current();
    assert.equal(await runs(), 2);
  });

  test("lets an answer that brings nothing new stand for a second, however often it is refused", async () => {
    const { plugin: exec, clock, runs } = await plugin(printing({ token: "t" }));
    for (let i = 0; i < 10; i += 1) {
      exec.forget();
      await exec.current();
    }
    assert.equal(await runs(), 2, "once at first, and once since it was refused");
    await clock.advance(1_000);
    exec.forget();
    await exec.current();
    assert.equal(await runs(), 3);
  });

  test("forgets at once what is new", async () => {
    const { plugin: exec, runs } = await plugin(`printf '{"status":{"token":"%s"}}' "$(wc -l < "$(dirname "$0")/runs")"`);
    for (let i = 0; i < 3; i += 1) {
      await exec.current();
      exec.forget();
    }
    assert.equal(await runs(), 3);
  });

  for (const { why, config } of [
    { why: "what no argument may have", config: { args: [`${SECRET}\0`] } },
    { why: "what no variable may have", config: { env: [{ name: "A", value: `${SECRET}\0` }] } },
  ]) {
    test(`that has ${why} is API_UNAUTHORIZED, and no secret is told`, async () => {
      const { plugin: exec } = await plugin("", config);
      await assert.rejects(exec.current(), is("API_UNAUTHORIZED", /user "dev"/));
    });
  }

  test("that does not end is given up after a minute, with what it said", async () => {
    const { plugin: exec, clock, up } = await hanging("echo 'open a browser' >&2");
    const waiting = exec.current();
    await up();
    const outcome = assert.rejects(waiting, is("API_UNAUTHORIZED", /did not end within 60 s and said: open a browser/));
    await clock.advance(60_000);
    await outcome;
    assert.equal(clock.pending, 0);
  });

  test("that ignores being ended is gone before another begins", async () => {
    const { plugin: exec, up } = await hanging();
    const abort = new AbortController();
    const waiting = exec.current(abort.signal);
    await up();
    abort.abort("enough");
    await assert.rejects(waiting, (reason) => reason === "enough");
    const next = exec.current();
    // As far as it gets before the end of the first can be noticed.
    for (let i = 0; i < 100; i += 1) await Promise.resolve();
    assert.equal(process.getActiveResourcesInfo().filter((resource) => resource === "ProcessWrap").length, 1);
    assert.equal((await next).authorization, "Bearer alone");
  });

  test("is ended when nobody waits for it any more", async () => {
    const { plugin: exec } = await plugin("exec sleep 60");
    const abort = new AbortController();
    const waiting = exec.current(abort.signal);
    abort.abort("enough");
    await assert.rejects(waiting, (reason) => reason === "enough");
    // The test itself would not end with the process left behind.
  });
});
