// The API server with a faulty one before it, in a thread of its own: what they do takes no time from the manager. Answers the calls of `run.ts`.
import { setTimeout as sleep } from "node:timers/promises";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type FaultRule, type FaultyServer, openFaultyServer, type SeenRequest } from "@polykind/testing";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { writeKubeconfig } from "../../test/faults/kubeconfig-file.ts";
import { answerCalls } from "../../test/support/thread.ts";
import { crdOf, type Fault, KINDS, objectOf, OBJECTS, pluralOf, preciseNow } from "./kinds.ts";

/** So many events instead of each one, while it floods. */
const FLOOD = 100;
/** The victim is written so often, in milliseconds. */
const VICTIM_EVERY_MS = 50;
const TICK_MS = 5;

interface Open {
  readonly sandbox: Sandbox;
  readonly faulty: FaultyServer;
}

let opened: Open | undefined;
let edits = 0;
let writes = 0;
const open = (): Open => {
  if (opened === undefined) throw new Error("it is not open");
  return opened;
};

answerCalls({
  open: start,
  drive: (phase) => drive(phase as { readonly fault: Fault; readonly rate: number; readonly forMs: number }), // run.ts sends one
  async close() {
    await opened?.faulty.close();
    await opened?.sandbox.close();
  },
});

async function start(): Promise<string> {
  const sandbox = await openSandbox({ historySize: 10_000 });
  const ca = Buffer.from(/certificate-authority-data: (\S+)/.exec(sandbox.kubeconfig)?.[1] ?? "", "base64").toString();
  const token = /token: (\S+)/.exec(sandbox.kubeconfig)?.[1] ?? "";
  const own = makeCertificates("127.0.0.1", Date.now());
  const target = { url: sandbox.url, ca, authorization: `Bearer ${token}` };
  const faulty = await openFaultyServer({ target, certificate: { cert: own.certificate, key: own.key } });
  opened = { sandbox, faulty };
  for (let kind = 0; kind < KINDS; kind += 1) {
    await load(crdOf(kind));
    for (let object = 0; object < OBJECTS; object += 1) await load(objectOf(kind, object, 0));
  }
  const authority = `certificate-authority-data: ${Buffer.from(own.ca).toString("base64")}`;
  return await writeKubeconfig(sandbox.kubeconfig.replace(sandbox.url, faulty.url).replace(/certificate-authority-data: \S+/, authority));
}

async function load(document: object): Promise<void> {
  const outcome = await open().sandbox.load(document);
  if (!outcome.isAccepted) throw new Error(outcome.reason);
}

/** Writes objects of all kinds for a while, `rate` a second of the others and some of the victim, while its server is as told. */
async function drive({ fault, rate, forMs }: { readonly fault: Fault; readonly rate: number; readonly forMs: number }): Promise<void> {
  const heal = await strike(fault, forMs);
  const startedAt = performance.now();
  let [done, victims] = [0, 0];
  for (let ranMs = 0; ranMs < forMs; ranMs = performance.now() - startedAt) {
    for (; done < (ranMs * rate) / 1_000; done += 1) {
      writes += 1;
      await load(objectOf(1 + (writes % (KINDS - 1)), Math.floor(writes / KINDS) % OBJECTS, preciseNow()));
    }
    for (; victims < ranMs / VICTIM_EVERY_MS; victims += 1) await load(objectOf(0, victims % OBJECTS, preciseNow()));
    await sleep(TICK_MS);
  }
  await heal();
}

/** Makes the victim's server such, for its open watches, too; returns what ends it. */
async function strike(fault: Fault, forMs: number): Promise<() => Promise<void>> {
  const rule = ruleOf(fault, forMs);
  const end = rule === undefined ? (): void => {} : open().faulty.rule({ ...rule, when: isVictims });
  await load(crdOf(0, (edits += 1)));
  return async () => {
    end();
    await load(crdOf(0, (edits += 1)));
  };
}

function isVictims({ path }: SeenRequest): boolean {
  return path.includes(`/${pluralOf(0)}`) && !path.includes("customresourcedefinitions");
}

function ruleOf(fault: Fault, forMs: number): FaultRule | undefined {
  switch (fault) {
    case "none":
      return undefined;
    case "answers 500":
      return { fault: { is: "answer", status: 500, body: STATUS } };
    case "hangs":
      return { fault: { is: "late", byMs: forMs } };
    case "floods":
      return { fault: { is: "map", map: multiplied } };
  }
}

const STATUS = {
  apiVersion: "v1",
  kind: "Status",
  status: "Failure",
  reason: "InternalError",
  message: "an error on the server has prevented the request from succeeding",
  code: 500,
};

/** Each event many times, each of a version of its own. */
function multiplied(line: Buffer): readonly Buffer[] {
  const text = line.toString();
  const version = /"resourceVersion":"(\d+)"/;
  if (!version.test(text) || text.includes('"BOOKMARK"')) return [line];
  return Array.from({ length: FLOOD }, (_, at) =>
    Buffer.from(text.replace(version, (_all, digits: string) => `"resourceVersion":"${Number(digits) * 1_000 + at}"`)),
  );
}
