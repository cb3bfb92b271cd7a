import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import type { GateMode } from "@polykind/testing";
import { expectReadable } from "./expectations.ts";
import { UnsteadyName } from "./names.ts";
import type { Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Connections are lost, and new ones fail in this way for a while. */
async function cutOff(stage: Stage, mode: Exclude<GateMode, "pass">): Promise<void> {
  await stage.server.become(mode);
  stage.server.reset();
  await expectReadable(stage, async () => {
    await stage.stir();
    await stage.sleep(2_000);
    stage.expect(!stage.isOurs || stage.contender?.state("configmaps") === "waiting", "it does not say that it waits");
  });
}

/** DNS forgets the name of the server for a while, and connections are lost. */
async function forgetName(stage: Stage): Promise<void> {
  const name = new UnsteadyName(`${stage.isOurs ? "ours" : "theirs"}.faults.invalid`);
  const { ca, certificate: cert, key } = makeCertificates(name.host, Date.now());
  stage.server.present({ cert, key });
  const kubeconfig = stage.kubeconfig
    .replace("https://127.0.0.1:", `https://${name.host}:`)
    .replace(/certificate-authority-data: \S+/, `certificate-authority-data: ${Buffer.from(ca).toString("base64")}`);
  await stage.start({ kubeconfig });
  name.isKnown = false;
  stage.server.reset();
  await expectReadable(stage, async () => {
    await stage.stir();
    await stage.sleep(2_000);
  });
  name.isKnown = true;
}

/** Gzip only for those who ask; whoever does must be able to read it. */
async function compressLists(stage: Stage): Promise<void> {
  stage.server.rule({ fault: { is: "gzip" } });
  await stage.start();
  const asked = stage.requests("list").some(({ acceptEncoding }) => acceptEncoding.includes("gzip"));
  stage.remarks.push(asked ? "asks for gzip" : "does not ask for gzip");
  stage.truth.sandbox.compact();
  stage.server.cut("end");
  await stage.stir();
}

/** The server closes connections that were kept just when they are used again. */
async function closeKept(stage: Stage): Promise<void> {
  const reused = (): number => stage.server.requests.filter(({ isReused }) => isReused).length;
  stage.server.rule({ when: ({ isReused }) => isReused, times: 3, fault: { is: "reset" } });
  await stage.start();
  for (let round = 0; round < 3; round += 1) {
    stage.truth.sandbox.compact();
    stage.server.cut("end");
    await stage.stir();
    await stage.waitFor(() => stage.server.openWatches() > 0, 3_000);
  }
  stage.remarks.push(`${reused()} requests on kept connections`);
}

/** Three servers go, one after another, and come back, under many informers. */
async function restartAll(stage: Stage, farewell: "goAway" | "end"): Promise<void> {
  const at = performance.now();
  for (let replica = 0; replica < 3; replica += 1) {
    if (farewell === "goAway") stage.server.goAway();
    else stage.server.cut("end");
    await stage.sleep(100);
    await stage.server.become("refuse");
    await stage.sleep(400);
    await stage.server.become("pass");
    await stage.stir();
    await stage.sleep(1_000);
  }
  const all = stage.namespaces.length;
  const back = await stage.waitFor(() => stage.server.openWatches() >= all, 30_000);
  const lists = stage.requests("list", at).length;
  const perSecond = new Map<number, number>();
  for (const { at: when } of stage.server.requests) {
    if (when >= at) perSecond.set(Math.floor((when - at) / 1_000), (perSecond.get(Math.floor((when - at) / 1_000)) ?? 0) + 1);
  }
  const took = back
    ? `all ${all} watch again ${Math.round(performance.now() - at)} ms after the first went`
    : `${stage.server.openWatches()} of ${all} watch`;
  stage.remarks.push(
    `${took}, ${lists} lists, ${Math.max(0, ...perSecond.values())} requests a second at most, ${stage.server.connections} connections`,
  );
  stage.expect(back, "not all watch again within 30 s");
  stage.expect(lists === 0, `${lists} lists where all watches could go on`);
}

/** Names, connections, and what goes over them. */
export const REACH_SCENARIOS: readonly Scenario[] = [
  { id: "A12", fault: "connection refused for 2 s", run: (stage) => cutOff(stage, "refuse") },
  { id: "A12t", fault: "TLS handshakes fail for 2 s", run: (stage) => cutOff(stage, "garble") },
  { id: "A12d", fault: "connections dropped at once for 2 s", run: (stage) => cutOff(stage, "drop") },
  { id: "A12a", fault: "TLS handshakes are refused by an alert for 2 s", run: (stage) => cutOff(stage, "alert") },
  { id: "A12s", fault: "TLS handshakes are never answered", speed: 10, run: (stage) => cutOff(stage, "silent") },
  { id: "A12n", fault: "its name is not found in DNS for 2 s", isCold: true, run: forgetName },
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
    id: "A31w",
    fault: "GOAWAY, and the connection stays",
    async run(stage) {
      const at = performance.now();
      stage.server.goAway();
      await stage.stir();
      await stage.sleep(2_000);
      stage.expect(stage.requests("list", at).length === 0, "listed where the watch could go on");
    },
  },
  { id: "A31g", fault: "gzip for those who ask for it", isCold: true, run: compressLists },
  { id: "A31k", fault: "kept connections close as they are used again (HTTP/1.1)", protocol: "h1", isCold: true, run: closeKept },
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
    id: "A33",
    fault: "three servers restarted in turn under 200 informers",
    namespaces: 200,
    isAlone: true,
    withinMs: 20_000,
    run: (stage) => restartAll(stage, "goAway"),
  },
  {
    id: "A33e",
    fault: "three servers end 100 watches in order and are restarted, in turn",
    namespaces: 100,
    isAlone: true,
    withinMs: 20_000,
    run: (stage) => restartAll(stage, "end"),
  },
];
