// The API server with a faulty one before it, in a process of its own: what they do takes no time from the manager. Answers the calls of `run.ts`.
import { setTimeout as sleep } from "node:timers/promises";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type FaultyServer, openFaultyServer, type SeenRequest, type WireFault } from "@polykind/testing";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { writeKubeconfig } from "../../test/faults/kubeconfig-file.ts";
import { answerCalls } from "../../test/support/child.ts";
import { crdOf, type Fault, KINDS, objectOf, OBJECTS, pluralOf, preciseNow } from "./kinds.ts";

/** So many events instead of each one, while it floods. */
const FLOOD = 100;
/** The victim is written so often, in milliseconds. */
const VICTIM_EVERY_MS = 50;
const TICK_MS = 5;
const ROOM = 1_000;
const VERSION = /("resourceVersion":\s*)"(\d+)"/g;

interface Open {
  readonly sandbox: Sandbox;
  readonly faulty: FaultyServer;
}

let opened: Open | undefined;
let edits = 0;
let writes = 0;
/** Of each event of the victim: so many are made, and so many sent. */
let copies = { made: 1, sent: 1 };
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
  makeRoom(faulty);
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
  heal();
}

/** Makes the victim's server such, for its open watches, too; returns what ends it. */
async function strike(fault: Fault, forMs: number): Promise<() => void> {
  switch (fault) {
    case "none":
      return () => {};
    case "floods":
      return flood(FLOOD);
    case "floods nobody":
      return flood(1);
    case "answers 500":
      return await refuse({ is: "answer", status: 500, body: STATUS });
    case "hangs":
      return await refuse({ is: "late", byMs: forMs });
  }
}

function flood(sent: number): () => void {
  copies = { made: FLOOD, sent };
  return () => {
    copies = { made: 1, sent: 1 };
  };
}

async function refuse(fault: WireFault): Promise<() => void> {
  const end = open().faulty.rule({ when: isVictims, fault });
  // Its open watches end, as they do at every edit of a CRD, and come back to the fault.
  await load(crdOf(0, (edits += 1)));
  return end;
}

function isVictims({ path }: SeenRequest): boolean {
  return path.includes(`/${pluralOf(0)}`) && !path.includes("customresourcedefinitions");
}

const STATUS = {
  apiVersion: "v1",
  kind: "Status",
  status: "Failure",
  reason: "InternalError",
  message: "an error on the server has prevented the request from succeeding",
  code: 500,
};

/** Versions have room between them, so that an event can be told many times, each of a version of its own. */
function makeRoom(faulty: FaultyServer): void {
  const faults: readonly WireFault[] = [
    {
      is: "query",
      change: (query) => {
        const version = Number(query.get("resourceVersion") ?? 0);
        if (version > 0) query.set("resourceVersion", String(Math.floor(version / ROOM)));
      },
    },
    { is: "body", map: (body) => spaced(body, 0) },
    { is: "map", map: (line) => (line.includes('"BOOKMARK"') ? [spaced(line, 0)] : copiesOf(line)) },
  ];
  for (const fault of faults) faulty.rule({ when: isVictims, fault });
}

function copiesOf(line: Buffer): readonly Buffer[] {
  return Array.from({ length: copies.made }, (_, at) => spaced(line, at)).slice(0, copies.sent);
}

function spaced(text: Buffer, at: number): Buffer {
  const changed = text.toString().replaceAll(VERSION, (_, name: string, digits: string) => `${name}"${Number(digits) * ROOM + at}"`);
  return Buffer.from(changed);
}
