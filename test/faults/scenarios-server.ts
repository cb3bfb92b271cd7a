import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPolykindError } from "@polykind/core";
import { loadCredentials, openClient } from "@polykind/client";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { EXPIRED, LISTS, NO_WATCH_LIST, PLAIN_WATCHES, refusal, VICTIM, WATCH_LISTS } from "./answers.ts";
import { scratchDirectory, writeKubeconfig } from "./kubeconfig-file.ts";
import { RESOURCES } from "./ours.ts";
import type { Scenario } from "./scenario.ts";
import { raiseVersions } from "./raise-versions.ts";
import type { Stage } from "./stage.ts";

const BOTH = ["configmaps", "secrets"];

/** A change of the other kind arrives within a second. */
async function expectOthersGoOn(stage: Stage): Promise<void> {
  const name = await stage.create(undefined, {}, "secrets");
  stage.expect(await stage.waitFor(() => stage.cached("secrets").has(name), 1_000), "another kind heard nothing for 1 s");
}

/** What was cached stays readable while `body` runs. */
async function expectReadable(stage: Stage, body: () => Promise<void>): Promise<void> {
  const before = stage.cached().size;
  await body();
  stage.expect(stage.cached().size === before, `of ${before} cached objects ${stage.cached().size} were readable meanwhile`);
}

/** Connections are lost, and new ones fail in this way for a while. */
async function cutOff(stage: Stage, mode: "refuse" | "garble" | "drop"): Promise<void> {
  await stage.server.become(mode);
  stage.server.reset();
  await expectReadable(stage, async () => {
    await stage.stir();
    await stage.sleep(2_000);
    stage.expect(!stage.isOurs || stage.contender?.state("configmaps") === "waiting", "it does not say that it waits");
  });
}

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
  const tries = stage.requests("watch", at).length + stage.requests("list", at).length;
  stage.expect(tries <= 12, `${tries} tries in 2.5 s of what is refused with ${code}`);
}

/** A token file whose token the server no longer takes, while the file holds the next one. */
async function rotateToken(stage: Stage): Promise<void> {
  const tokenFile = join(scratchDirectory(), `token-${stage.server.url.slice(-5)}`);
  let accepted = "one";
  stage.server.rule({ when: ({ authorization }) => authorization !== `Bearer ${accepted}`, fault: refusal(401, "Unauthorized") });
  await writeFile(tokenFile, "one");
  await stage.start({ kubeconfig: stage.kubeconfig.replace(/token: \S+/, `tokenFile: ${tokenFile}`) });
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

/** Three servers go, one after another, and come back, under many informers. */
async function restartAll(stage: Stage): Promise<void> {
  const at = performance.now();
  for (let replica = 0; replica < 3; replica += 1) {
    stage.server.goAway();
    await stage.sleep(100);
    await stage.server.become("refuse");
    await stage.sleep(400);
    await stage.server.become("pass");
    await stage.stir();
    await stage.sleep(1_000);
  }
  const all = stage.namespaces.length;
  const back = await stage.waitFor(() => stage.server.openWatches >= all, 30_000);
  const lists = stage.requests("list", at).length;
  const perSecond = new Map<number, number>();
  for (const { at: when } of stage.server.requests) {
    if (when >= at) perSecond.set(Math.floor((when - at) / 1_000), (perSecond.get(Math.floor((when - at) / 1_000)) ?? 0) + 1);
  }
  const took = back
    ? `all ${all} watch again ${Math.round(performance.now() - at)} ms after the first went`
    : `${stage.server.openWatches} of ${all} watch`;
  stage.remarks.push(
    `${took}, ${lists} lists, ${Math.max(0, ...perSecond.values())} requests a second at most, ${stage.server.connections} connections`,
  );
  stage.expect(back, "not all watch again within 30 s");
  stage.expect(lists === 0, `${lists} lists where all watches could go on`);
}

const bump = (by: bigint) => (version: string) => String(BigInt(version) + by);
const BILLION = 1_000_000_000n;
/** Two more than the largest integer that a `Number` holds exactly. */
const BEYOND = 2n ** 53n + 1n;

export const SERVER_SCENARIOS: readonly Scenario[] = [
  {
    id: "A10",
    fault: "slow list, and 410 for its next page",
    isCold: true,
    objects: 700,
    async run(stage) {
      stage.server.rule(NO_WATCH_LIST);
      stage.server.rule({ when: LISTS, times: 1, fault: { is: "late", byMs: 1_000 } });
      stage.server.rule({ when: ({ query }) => query.has("continue"), times: 1, fault: EXPIRED });
      await stage.start({ isCold: true });
      const sizes = new Set<number>();
      await stage.waitFor(() => sizes.add(stage.cached().size) && stage.has("configmaps"), 10_000);
      stage.expect(
        [...sizes].every((size) => size === 0 || size >= 700),
        `a half-filled cache of ${[...sizes].join()} objects was seen`,
      );
    },
  },
  { id: "A12", fault: "connection refused for 2 s", run: (stage) => cutOff(stage, "refuse") },
  { id: "A12t", fault: "TLS handshakes fail for 2 s", run: (stage) => cutOff(stage, "garble") },
  { id: "A12d", fault: "connections dropped at once for 2 s", run: (stage) => cutOff(stage, "drop") },
  {
    id: "A12h",
    fault: "HTML of a proxy with status 200 for 2 s",
    async run(stage) {
      stage.server.rule({
        fault: { is: "answer", status: 200, headers: { "content-type": "text/html" }, body: "<html><title>Login</title></html>" },
      });
      stage.server.cut("end");
      await expectReadable(stage, () => stage.sleep(2_000));
    },
  },
  {
    id: "A14",
    fault: "stale list of a replica that lags, after 410",
    async run(stage) {
      const path = `/api/v1/namespaces/${stage.namespace}/configmaps`;
      const { items } = await stage.truth.client.list(RESOURCES["configmaps"]!, { namespace: stage.namespace }); // of the scenarios
      const version = items.reduce((most, { metadata }) => Math.max(most, Number(metadata.resourceVersion)), 0);
      const old = Buffer.from(
        JSON.stringify({ kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: String(version) }, items }),
      );
      await stage.stir();
      await stage.sleep(300);
      stage.server.rule(NO_WATCH_LIST);
      stage.server.rule({
        when: ({ verb, path: asked }) => verb === "list" && asked === path,
        times: 1,
        fault: { is: "body", map: () => old },
      });
      stage.server.rule({ when: PLAIN_WATCHES, times: 1, fault: EXPIRED });
      stage.server.cut("end");
      await stage.sleep(1_500);
    },
  },
  {
    id: "A15",
    fault: "storage restored from an old backup, versions go back",
    withinMs: 25_000,
    async run(stage) {
      for (let count = 0; count < 40; count += 1) await stage.stir();
      await stage.sleep(300);
      await stage.swapTruth();
      for (let count = 0; count < 3; count += 1) await stage.create(`restored-${count}`);
      stage.server.reset();
      await stage.sleep(1_000);
    },
  },
  {
    id: "A16",
    fault: "storage restored with versions raised by 10⁹",
    versionSeen: bump(BILLION),
    isCold: true,
    async run(stage) {
      const undo = raiseVersions(stage.server, 0n);
      await stage.start();
      undo();
      await stage.swapTruth();
      raiseVersions(stage.server, BILLION);
      for (let count = 0; count < 3; count += 1) await stage.create(`restored-${count}`);
      stage.server.reset();
      await stage.sleep(500);
    },
  },
  {
    id: "A17",
    fault: "first list must be of the latest state",
    async run(stage) {
      const [first] = [...stage.requests("list"), ...stage.requests("watch")].toSorted((a, b) => a.at - b.at);
      stage.expect(first?.query.get("resourceVersion") !== "0", "the first list asked for resourceVersion=0: any old state");
      await stage.stir();
    },
  },
  { id: "A21", fault: "403 on one kind after a change of RBAC", plurals: BOTH, run: (stage) => refuseOne(stage, 403, "Forbidden") },
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
  { id: "A24", fault: "a write refused by a webhook", isOnlyOurs: true, run: (stage) => write(stage, [400, "BadRequest"], "API_INVALID") },
  {
    id: "A24t",
    fault: "a write failed by a webhook's timeout",
    isOnlyOurs: true,
    run: (stage) => write(stage, [500, "InternalError"], "API_UNAVAILABLE"),
  },
  { id: "A25", fault: "a write in conflict", isOnlyOurs: true, run: (stage) => write(stage, [409, "Conflict"], "API_CONFLICT") },
  {
    id: "A30",
    fault: "versions beyond 2⁵³",
    isCold: true,
    versionSeen: bump(BEYOND),
    async run(stage) {
      raiseVersions(stage.server, BEYOND);
      await stage.start();
      const name = await stage.create();
      for (let count = 0; count < 5; count += 1) await stage.change(name);
      stage.server.cut("end");
      await stage.stir();
      await stage.sleep(1_500);
    },
  },
  {
    id: "A31",
    fault: "GOAWAY, then the connection goes",
    async run(stage) {
      const at = performance.now();
      stage.server.goAway();
      await stage.stir();
      await stage.sleep(200);
      stage.server.reset();
      await stage.stir();
      await stage.sleep(500);
      stage.expect(stage.requests("list", at).length === 0, "listed where the watch could go on");
    },
  },
  {
    id: "A31r",
    fault: "connections reset at every request, three times",
    async run(stage) {
      stage.server.rule({ times: 3, fault: { is: "reset" } });
      stage.server.cut("end");
      await stage.stir();
      await stage.sleep(500);
    },
  },
  {
    id: "A32",
    fault: "the lists of one kind starve",
    plurals: BOTH,
    isCold: true,
    async run(stage) {
      await stage.create("other", {}, "secrets");
      stage.server.rule({ when: (request) => VICTIM(request), times: 1, fault: { is: "late", byMs: 3_000 } });
      const at = performance.now();
      await stage.start({ isCold: true });
      const isFed = await stage.waitFor(() => stage.cached("secrets").size > 0, 2_500);
      stage.remarks.push(`the other kind after ${Math.round(performance.now() - at)} ms`);
      stage.expect(isFed, "another kind waited for the one that starves");
    },
  },
  {
    id: "A33",
    fault: "three servers restarted in turn under 200 informers",
    namespaces: 200,
    withinMs: 30_000,
    objects: 3,
    run: restartAll,
  },
  {
    id: "A33w",
    fault: "WatchList broken off in the middle, after 410",
    async run(stage) {
      stage.server.rule({ when: WATCH_LISTS, times: 2, fault: { is: "tear", cut: "end" } });
      stage.server.rule({ when: PLAIN_WATCHES, times: 1, fault: EXPIRED });
      stage.server.cut("end");
      await stage.stir();
    },
  },
];
