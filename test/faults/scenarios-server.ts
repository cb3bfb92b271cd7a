import { EXPIRED, LISTS, NO_WATCH_LIST, PLAIN_WATCHES, VICTIM, WATCH_LISTS } from "./answers.ts";
import { RESOURCES } from "./ours.ts";
import type { Scenario } from "./scenario.ts";
import { raiseVersions } from "./raise-versions.ts";

const BOTH = ["configmaps", "secrets"];

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
