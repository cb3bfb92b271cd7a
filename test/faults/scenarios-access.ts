import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPolykindError } from "@polykind/core";
import { loadCredentials, openClient } from "@polykind/client";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { refusal, status, VICTIM } from "./answers.ts";
import { expectOthersGoOn, expectReadable } from "./expectations.ts";
import { scratchDirectory, writeKubeconfig } from "./kubeconfig-file.ts";
import { RESOURCES } from "./ours.ts";
import type { Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

const BOTH = ["configmaps", "secrets"];

/** One verb of one kind is refused for a while; others go on. */
async function refuseOne(stage: Stage, code: number, reason: string): Promise<void> {
  stage.server.rule({ when: VICTIM, fault: refusal(code, reason) });
  const at = performance.now();
  stage.server.cut("end");
  await expectReadable(stage, async () => {
    await stage.stir();
    await stage.sleep(1_500);
    await expectOthersGoOn(stage);
    await stage.sleep(1_000);
  });
  expectFewTries(stage, { at, what: `what is refused with ${code}` });
}

function expectFewTries(stage: Stage, { at, what }: { readonly at: number; readonly what: string }): void {
  const tries = stage.requests("watch", at).length + stage.requests("list", at).length;
  stage.expect(tries <= 12, `${tries} tries in 2.5 s of ${what}`);
}

const NO_CONVERSION = 'conversion webhook for example.com/v1, Kind=Gizmo failed: Post "https://hook": connection refused';

/** Each watch of one kind begins, and ends with an ERROR event instead of the object that cannot be converted. */
async function failConversion(stage: Stage): Promise<void> {
  const line = JSON.stringify({ type: "ERROR", object: status(500, "InternalError", NO_CONVERSION) });
  stage.server.rule({ when: (request) => VICTIM(request) && request.verb === "watch", fault: { is: "insert", line, after: "end" } });
  const at = performance.now();
  stage.server.cut("end");
  await expectReadable(stage, async () => {
    await stage.sleep(1_500);
    await expectOthersGoOn(stage);
    await stage.sleep(1_000);
  });
  expectFewTries(stage, { at, what: "watches that end with an ERROR event" });
}

/** One kind cannot even be listed at the start; the others can. */
async function startWithout(stage: Stage): Promise<void> {
  await stage.create("other", {}, "secrets");
  stage.server.rule({ when: VICTIM, fault: refusal(500, "InternalError", {}, NO_CONVERSION) });
  const at = performance.now();
  await stage.start({ isCold: true });
  stage.expect(await stage.waitFor(() => stage.cached("secrets").size > 0, 1_500), "another kind was not there within 1.5 s");
  await stage.sleep(1_000);
  stage.expect(!stage.has("configmaps"), "it takes what it could never list for complete");
  expectFewTries(stage, { at, what: "lists that are refused with 500" });
}

/** A token file whose token the server no longer takes, while the file holds the next one. */
async function rotateToken(stage: Stage): Promise<void> {
  const tokenFile = join(scratchDirectory(), `token-${stage.server.url.slice(-5)}`);
  let accepted = "one";
  stage.server.rule({ when: ({ authorization }) => authorization !== `Bearer ${accepted}`, fault: refusal(401, "Unauthorized") });
  await writeFile(tokenFile, "one");
  // client-node reads no `tokenFile`; this is how it reads the token file of a pod.
  const from = stage.isOurs ? `tokenFile: ${tokenFile}` : `auth-provider: { name: tokenFile, config: { tokenFile: ${tokenFile} } }`;
  await stage.start({ kubeconfig: stage.kubeconfig.replace(/token: \S+/, from) });
  accepted = "two";
  await writeFile(tokenFile, "two");
  const at = performance.now();
  stage.server.cut("end");
  const name = await stage.create();
  const back = await stage.waitFor(() => stage.cached().has(name), 8_000);
  stage.remarks.push(back ? `back after ${Math.round(performance.now() - at)} ms` : "not back within 8 s");
  stage.expect(back, "the rotated token was not read again");
}

/** The server gets a certificate of another authority, which is in the file. */
async function rotateAuthority(stage: Stage): Promise<void> {
  const caFile = join(scratchDirectory(), `ca-${stage.server.url.slice(-5)}`);
  const old = Buffer.from(/certificate-authority-data: (\S+)/.exec(stage.kubeconfig)?.[1] ?? "", "base64");
  await writeFile(caFile, old);
  await stage.start({ kubeconfig: stage.kubeconfig.replace(/certificate-authority-data: \S+/, `certificate-authority: ${caFile}`) });
  const next = makeCertificates("127.0.0.1", Date.now());
  await writeFile(caFile, next.ca);
  stage.server.present({ cert: next.certificate, key: next.key });
  stage.server.reset();
  const name = await stage.create();
  const at = performance.now();
  stage.expect(await stage.waitFor(() => stage.cached().has(name), 20_000), "the rotated authority was not read again");
  stage.remarks.push(`back after ${Math.round(((performance.now() - at) * (stage.isOurs ? 10 : 1)) / 1_000)} s`);
}

/** Writes through our client: told once, in our words, never repeated blindly. */
async function write(stage: Stage, [code, reason]: readonly [number, string], expected: string): Promise<void> {
  await using client = openClient({ credentials: await loadCredentials({ kubeconfig: await writeKubeconfig(stage.kubeconfig) }) });
  stage.server.rule({ when: ({ verb }) => verb === "write", fault: refusal(code, reason) });
  const at = performance.now();
  const body = { metadata: { labels: { a: "b" } } };
  const error = await client
    .patch(RESOURCES["configmaps"]!, { namespace: stage.namespace, name: "o1" }, { type: "merge", body }) // it is there
    .catch((cause: unknown) => cause);
  const code_ = isPolykindError(error) ? error.code : String(error);
  const writes = stage.requests("write", at).length;
  stage.remarks.push(`${code_} after ${writes} request`);
  stage.expect(code_ === expected && writes === 1, `${code_} after ${writes} requests instead of ${expected} after 1`);
}

/** Rights, credentials, webhooks. */
export const ACCESS_SCENARIOS: readonly Scenario[] = [
  {
    id: "A21",
    fault: "403 on one kind after a change of RBAC (why is not asked: that is its users' part)",
    plurals: BOTH,
    run: (stage) => refuseOne(stage, 403, "Forbidden"),
  },
  {
    id: "A21w",
    fault: "403 on watch only, list allowed",
    plurals: BOTH,
    async run(stage) {
      stage.server.rule({ when: (request) => VICTIM(request) && request.verb === "watch", fault: refusal(403, "Forbidden") });
      const at = performance.now();
      stage.server.cut("end");
      await stage.sleep(3_000);
      await expectOthersGoOn(stage);
      const lists = stage.requests("list", at).length;
      stage.expect(lists <= 2, `${lists} lists in 3 s while only the watch was forbidden`);
    },
  },
  {
    id: "A22",
    fault: "401 once",
    async run(stage) {
      stage.server.rule({ times: 1, fault: refusal(401, "Unauthorized") });
      stage.server.cut("end");
      await stage.stir();
    },
  },
  { id: "A22t", fault: "token rotated in its file, the old one refused", isCold: true, run: rotateToken },
  { id: "A22c", fault: "authority rotated in its file", isCold: true, speed: 10, withinMs: 20_000, run: rotateAuthority },
  {
    id: "A23",
    fault: "500 on one kind: its conversion webhook is down",
    plurals: BOTH,
    run: (stage) => refuseOne(stage, 500, "InternalError"),
  },
  { id: "A23e", fault: "ERROR event of a conversion webhook that is down", plurals: BOTH, run: failConversion },
  { id: "A23c", fault: "conversion webhook down at the start", plurals: BOTH, isCold: true, run: startWithout },
  { id: "A24", fault: "a write refused by a webhook", isOnlyOurs: true, run: (stage) => write(stage, [400, "BadRequest"], "API_INVALID") },
  {
    id: "A24t",
    fault: "a write failed by a webhook's timeout",
    isOnlyOurs: true,
    run: (stage) => write(stage, [500, "InternalError"], "API_UNAVAILABLE"),
  },
  { id: "A25", fault: "a write in conflict", isOnlyOurs: true, run: (stage) => write(stage, [409, "Conflict"], "API_CONFLICT") },
];
