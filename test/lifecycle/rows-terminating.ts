import { bringUp } from "./bring-up.ts";
import type { Row } from "./row.ts";
import { isRunning, type Stage } from "./stage.ts";

const FOREIGN = "else.example.com/hold";

async function finalizeTerminating(stage: Stage): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const refused: unknown[] = [];
  stage.add({
    finalize: async ({ apiVersion, metadata }, { client }) => {
      const made = client.create({ apiVersion, kind: "Ball", metadata: { name: `${metadata.name}-again`, namespace: "default" } });
      refused.push(await made.then(() => "created").catch((cause: { code?: unknown }) => cause.code));
      await gate.promise;
      return undefined;
    },
  });
  await bringUp(stage);
  const since = performance.now();
  await stage.uninstall();
  await stage.until(() => refused.length === 3, "all finalizes to begin");
  const draining = stage.report();
  stage.expectEqual([draining?.state, draining?.runs[0]?.phase], ["Draining", "running"], "while finalizers are held");
  stage.expectEqual(stage.notebook.count("stop"), 0, "stops before the CRD is gone");
  const posts = stage.requestsTo("balls", since).filter(({ method }) => method === "POST");
  stage.expectEqual([posts.length, refused.filter((code) => code === "created").length], [0, 0], "creates sent, creates that succeeded");
  gate.resolve();
  await stage.untilNoCrd();
  await stage.untilGone();
  stage.expectEqual([stage.notebook.count("finalize"), stage.notebook.count("stop", "CRDGone")], [3, 1], "finalizes and stops");
  stage.expectEqual(stage.notebook.count("terminating"), 1, "how often the plugin was told of the end");
  stage.remarks.push(`creates refused as ${String(refused[0])}`);
  await stage.expectEnded();
}

async function holdTerminating(stage: Stage): Promise<void> {
  stage.add();
  await stage.start();
  await stage.install();
  await stage.untilRunning();
  for (const name of ["red", "blue"]) await stage.create(name, stage.balls(), { finalizers: [FOREIGN] });
  await stage.until(() => stage.notebook.count("reconcile") >= 2, "the reconciles");
  await stage.uninstall();
  const blocked = await stage.untilKind((report) => report?.reason === "TerminationBlocked", "the blockade to be told");
  stage.expectEqual([blocked?.state, blocked?.runs[0]?.phase], ["Draining", "running"], "while it is blocked");
  stage.expect(blocked?.message?.includes(`${FOREIGN} (2)`) === true, `the message does not say who holds how many: ${blocked?.message}`);
  const writes = stage.requestsTo("balls").filter(({ verb }) => verb === "write");
  stage.expectEqual(writes.length, 0, "writes to objects of others");
  for (const name of ["red", "blue"]) {
    const at = { namespace: "default", name };
    await stage.server.hand.patch(stage.balls(), at, { type: "merge", body: { metadata: { finalizers: null } } });
  }
  await stage.untilNoCrd();
  await stage.untilGone();
  await stage.expectEnded();
}

async function removeFinalizing(stage: Stage): Promise<void> {
  stage.add({ isFinalizing: true });
  await bringUp(stage);
  const refused = await stage.plugins.remove("noting").then(
    () => undefined,
    (cause: Error) => cause.message,
  );
  await stage.sleep(500);
  const { items } = await stage.server.hand.list(stage.balls());
  const held = items.filter(({ metadata }) => metadata.finalizers?.includes("noting.polykind.dev/finalizer") === true).length;
  const isServed = isRunning(stage.report()) && stage.report()?.runs.length === 1;
  stage.expect(
    refused !== undefined || held === 0 || isServed,
    `${held} objects wait for the finalizer of a plugin that is gone; nobody was told`,
  );
  if (refused !== undefined) stage.remarks.push(`refused: ${refused}`);
}

export const TERMINATING_ROWS: readonly Row[] = [
  { id: "E8", what: "CRD Terminating, objects hold our finalizer", isReal: true, run: finalizeTerminating },
  { id: "E9", what: "CRD Terminating, objects hold somebody else's finalizer", isReal: true, speed: 60, run: holdTerminating },
  { id: "E10", what: "plugin removed while objects hold its finalizer", isReal: true, run: removeFinalizing },
  { id: "D2", what: "deleted while objects have our finalizer", isReal: true, run: finalizeTerminating },
];
