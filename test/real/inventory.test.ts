import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, test } from "node:test";
import type { KindReport } from "@polykind/manager";
import { Cli } from "../support/cli.ts";
import { findRealInput } from "../support/real-input.ts";
import { loadCluster } from "../support/load-cluster.ts";
import { skipWithoutRealApi, startRealApi } from "../support/real-api.ts";

const INVENTORY = resolve(import.meta.dirname, "../../plugins/inventory");
const input = findRealInput();

/** The kinds of a manager that runs inventory, as soon as all of them run and all objects have been counted. */
async function kindsOf(args: readonly string[]): Promise<ReadonlyMap<string, string>> {
  await using cli = Cli.start(["run", "--plugins", INVENTORY, "--endpoint", ":0", "--log-level", "error", ...args]);
  const [, endpoint = ""] = await cli.said(/endpoint http:\/\/(\S+):/);
  await cli.said(/^running: /m);
  let kinds: readonly KindReport[] = [];
  do
    ({ kinds } = JSON.parse((await Cli.run(["get", "kinds", "-o", "json", "--endpoint", endpoint])).out) as {
      kinds: readonly KindReport[];
    });
  while (
    !kinds.every(
      ({ state, runs }) =>
        (state === "Running" && runs.every(({ queued, note }) => queued === 0 && note !== undefined)) ||
        state === "Pending" ||
        state === "Parked",
    )
  );
  assert.equal((await cli.stop()).code, 0);
  return new Map(kinds.map(({ name, state, version, runs }) => [name, `${state} ${version} ${runs.map(({ note }) => note).join()}`]));
}

const skip = skipWithoutRealApi() || ("reason" in input ? input.reason : false);

describe("inventory on real CRDs and objects", { skip }, () => {
  test("finds on the embedded server the same kinds, in the same state, with the same counts, as on the real one", async (t) => {
    if ("reason" in input) return;
    await using api = await startRealApi();
    const refusals = await loadCluster(api.kubeconfig, input);
    t.diagnostic(`the real server refused ${refusals.size}`);
    const real = await kindsOf(["--kubeconfig", api.kubeconfig]);
    const embedded = await kindsOf(["--sandbox", "--crds", input.crds, "--objects", input.objects]);
    assert.deepEqual(Object.fromEntries(embedded), Object.fromEntries(real));
    t.diagnostic(`${real.size} kinds`);
  });
});
