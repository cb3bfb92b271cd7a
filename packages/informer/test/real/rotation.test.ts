import assert from "node:assert/strict";
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type Clock, isPolykindError, systemClock } from "@polykind/core";
import { type RealApi, skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { Recorder } from "../support/recorder.ts";
import { changeTo, clientOf, CRDS, crdOf, failuresOf, kindOf, objectOf, poolOf, startAgain, until } from "./support.ts";

const WIDGETS = kindOf("rotation", "widgets");
const ROBOT = "system:serviceaccount:default:robot";
const FLAGS = ["--authorization-mode=AlwaysAllow"];
const REVIEWS = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  resourceScope: "Cluster",
} as const;

/** Between two tries, after many that failed. */
const LONGEST_WAIT_MS = 70_000;

/** The machine's clock, which can be put forward. */
class AheadClock implements Clock {
  #aheadMs = 0;

  putForward(byMs: number): void {
    this.#aheadMs += byMs;
  }

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  elapsed(): number {
    return systemClock.elapsed() + this.#aheadMs;
  }

  readonly setTimer: Clock["setTimer"] = (afterMs, fire) => systemClock.setTimer(afterMs, fire);
  readonly sleep: Clock["sleep"] = (forMs, signal) => systemClock.sleep(forMs, signal);
}

describe("a token in a file that is replaced", { skip: skipWithoutRealApi() }, () => {
  let api: RealApi;
  let admin: Client;
  let robot: Client;
  const clock = new AheadClock();
  const tokenOf = (name: string): string => `token-of-robot-${name}`;

  /** Puts another token in the place of the file, at once, as the kubelet does. */
  const rotateTo = async (name: string): Promise<void> => {
    await writeFile(join(api.dir, "robot.token.new"), `${tokenOf(name)}\n`, { mode: 0o600 });
    await rename(join(api.dir, "robot.token.new"), join(api.dir, "robot.token"));
  };

  /** Starts the server again, which from then on knows only these tokens of the robot; each is known by its uid. */
  const acceptOnly = async (...names: readonly string[]): Promise<void> => {
    const file = join(api.dir, "pki/tokens.csv");
    await api.stop({ keep: true });
    const others = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "" && !line.includes(ROBOT));
    await writeFile(file, `${others.join("\n")}\n`);
    for (const name of names) await appendFile(file, `${tokenOf(name)},"${ROBOT}","${name}","system:serviceaccounts"\n`);
    api = await startAgain(api, (place) => startRealApi({ ...place, flags: FLAGS }));
  };

  /** Which of its tokens the server saw in a call of the robot. */
  const tokenInUse = async (): Promise<string> => {
    const manifest = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: { name: "" } };
    const { status } = await robot.create<KubeObject & { status: { userInfo: { username: string; uid: string } } }>(REVIEWS, manifest);
    assert.equal(status.userInfo.username, ROBOT);
    return status.userInfo.uid;
  };

  before(async () => {
    api = await startRealApi({ flags: FLAGS });
    await acceptOnly("first", "second");
    await rotateTo("first");
    const alice = await readFile(api.users["alice"] ?? "", "utf8");
    const kubeconfig = join(api.dir, "robot.kubeconfig");
    await writeFile(kubeconfig, alice.replace(/token: [^\s}]+/, `tokenFile: robot.token`));
    robot = openClient({ credentials: await loadCredentials({ kubeconfig, clock }) });
    admin = await clientOf(api.kubeconfig);
    await admin.create(CRDS, crdOf(WIDGETS, "first"));
    await until(() => admin.create(WIDGETS, objectOf(WIDGETS, "one")).then(Boolean, () => false), "the kind is served");
  });
  after(async () => {
    await robot?.close();
    await admin?.close();
    await api?.stop();
  });

  test("is taken up while the old one still holds, at once when that is refused, and as soon as it comes when it comes late", async () => {
    const { pool, asked } = poolOf(robot);
    await using _ = pool;
    const { informer } = await pool.acquire({ resource: WIDGETS });
    const recorder = new Recorder();
    await informer.addHandler(recorder).synced();
    await until(() => informer.state.phase === "watching", "it watches");
    recorder.take();
    const failures = failuresOf(informer);
    const hears = async (n: number): Promise<void> => {
      const { metadata } = await changeTo(robot, WIDGETS, "one", n);
      await informer.reached(metadata.resourceVersion);
      await until(() => recorder.lines.length === 1, "the change is told");
      assert.match(recorder.take().join(), new RegExp(`^~one@\\d+>${metadata.resourceVersion}$`));
    };
    assert.equal(await tokenInUse(), "first");

    // Both are good, as for a while after a TokenRequest.
    await rotateTo("second");
    clock.putForward(61_000);
    assert.equal(await tokenInUse(), "second");
    const watches = asked.watches.length;
    await hears(1);
    assert.equal(asked.watches.length, watches, "the watch went on");
    assert.deepEqual(failures, []);

    // The one in use is refused, and the next one lies in the file.
    await rotateTo("third");
    await acceptOnly("third");
    assert.equal(await tokenInUse(), "third");
    await hears(2);
    assert.deepEqual(
      failures.filter((code) => code === "API_UNAUTHORIZED"),
      [],
    );

    // The one in use is refused before there is another.
    await acceptOnly("fourth");
    const refused = await changeTo(robot, WIDGETS, "one", 3).catch((error: unknown) => error);
    assert.ok(isPolykindError(refused, "API_UNAUTHORIZED"));
    assert.doesNotMatch(JSON.stringify([refused.message, refused.facts]), /token-of-robot/);
    await until(
      () => informer.state.phase === "waiting" && informer.state.error?.code === "API_UNAUTHORIZED",
      "the state says why it waits",
    );
    assert.equal(informer.store.size, 1);
    await rotateTo("fourth");
    await until(() => informer.state.phase === "watching", "it watches again by itself", LONGEST_WAIT_MS);
    await hears(4);
    assert.equal(await tokenInUse(), "fourth");
  });
});
