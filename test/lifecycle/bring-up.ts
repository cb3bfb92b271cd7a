import type { WireFault } from "@polykind/testing";
import type { CrdWishes } from "./manifests.ts";
import type { Stage } from "./stage.ts";

/** A stream of changes that is closed where the version asked for is compacted. */
export const EXPIRED = {
  is: "answer",
  status: 410,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", message: "too old resource version", code: 410 },
} as const;
export const UNAVAILABLE = {
  is: "answer",
  status: 503,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "ServiceUnavailable", message: "not now", code: 503 },
} as const;

/** An answer with which a server refuses. */
export function refusal(code: number, reason: string, message: string): WireFault {
  return { is: "answer", status: code, body: { kind: "Status", apiVersion: "v1", status: "Failure", reason, message, code } };
}

/** The manager with the plugin, a CRD and objects of which it has reconciled each. */
export async function bringUp(
  stage: Stage,
  { objects = 3, wishes = {} }: { readonly objects?: number; readonly wishes?: CrdWishes } = {},
): Promise<void> {
  if (!stage.manager.isReady) await stage.start();
  const before = stage.notebook.count("reconcile");
  await stage.install(wishes);
  await stage.untilRunning(wishes.kind);
  const version = wishes.versions?.[0];
  const resource = stage.balls({ ...wishes, version: typeof version === "object" ? version.name : (version ?? "v1") });
  for (let made = 0; made < objects; made += 1) await stage.create(undefined, resource);
  await stage.until(() => stage.notebook.count("reconcile") >= before + objects, `${objects} reconciles`);
}

export const isCrds = ({ path }: { readonly path: string }): boolean =>
  path.startsWith("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");

const BOXES = { kind: "Box", plural: "boxes" } as const;

/** A second kind beside, whose plugin must not notice anything. */
export async function bringUpBeside(stage: Stage): Promise<void> {
  stage.add({ name: "boxing", manages: { group: stage.group, kind: "Box" } });
  if (!stage.manager.isReady) await stage.start();
  await stage.install(BOXES);
  await stage.untilRunning("Box");
}

/** The kind beside goes on as before. */
export async function expectBeside(stage: Stage, name: string): Promise<void> {
  // A server may hold the first objects of a new kind back for two seconds.
  await stage.create(name, stage.balls(BOXES));
  const from = performance.now();
  await stage.until(() => stage.notebook.count("reconcile", name) === 1, "a reconcile of the kind beside");
  const tookMs = performance.now() - from;
  stage.expect(tookMs < 1_000, `the kind beside waited ${Math.round(tookMs)} ms`);
  stage.expectEqual(
    [stage.report("Box")?.state, stage.notebook.told.filter(({ is, plugin }) => is === "setup" && plugin === "boxing").length],
    ["Running", 1],
    "the kind beside",
  );
}
