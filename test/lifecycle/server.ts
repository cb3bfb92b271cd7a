import { readFile } from "node:fs/promises";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import type { Scope } from "@polykind/core";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type FaultyServer, openFaultyServer, seededRandom } from "@polykind/testing";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { writeKubeconfig } from "../faults/kubeconfig-file.ts";
import type { RealApi } from "../support/real-api.ts";

/** The user under whose name the manager comes to a real server: one who may do anything, or one who may do nothing but what a row allows. */
export type User = "anything" | "nothing";

/** As a real server is to be started with them. */
export const USERS: readonly string[] = ["anything=system:masters", "nothing"];

/** An API server, with something before it that sees and breaks what the manager asks. */
export interface Server {
  readonly sandbox: Sandbox | undefined;
  /** Sees nothing of what the hand does. */
  readonly front: FaultyServer;
  /** Changes the server behind the back of the manager. */
  readonly hand: Client;
  /** The path of the kubeconfig that leads to the front. */
  readonly kubeconfig: string;
}

/** Opens a sandbox, or uses `real`, with a front of its own. */
export async function openServer(scope: Scope, real: RealApi | undefined, user: User): Promise<Server> {
  const sandbox = real === undefined ? scope.own(await openSandbox()) : undefined;
  const ofUser = await kubeconfigOf(sandbox, real, user);
  const file = real?.kubeconfig ?? (await writeKubeconfig(ofUser));
  const hand = scope.own(openClient({ credentials: await loadCredentials({ kubeconfig: file }) }));
  const { ca, certificate: cert, key } = makeCertificates("127.0.0.1", Date.now());
  const front = await openFaultyServer({ target: targetOf(ofUser), certificate: { cert, key }, random: seededRandom(1) });
  scope.defer(() => front.close());
  const text = ofUser
    .replace(/server: ["']?[^\s,"'}]+["']?/, `server: ${front.url}`)
    .replace(/certificate-authority-data: ["']?[^\s,"'}]+["']?/, `certificate-authority-data: ${Buffer.from(ca).toString("base64")}`);
  return { sandbox, front, hand, kubeconfig: await writeKubeconfig(text) };
}

async function kubeconfigOf(sandbox: Sandbox | undefined, real: RealApi | undefined, user: User): Promise<string> {
  if (sandbox !== undefined) return sandbox.kubeconfig;
  const path = real?.users[user];
  if (path === undefined) throw new Error(`the real server knows no user ${user}`);
  return readFile(path, "utf8");
}

function targetOf(kubeconfig: string): { readonly url: string; readonly ca: string } {
  const read = (field: string): string => new RegExp(`${field}: ["']?([^\\s,"'}]+)`).exec(kubeconfig)?.[1] ?? "";
  return { url: read("server"), ca: Buffer.from(read("certificate-authority-data"), "base64").toString() };
}
