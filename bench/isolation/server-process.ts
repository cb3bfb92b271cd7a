// The API server with a faulty one before it, in a process of its own: what they do takes no time from the manager. Answers the calls of `run.ts`.
import { setTimeout as sleep } from "node:timers/promises";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { type FaultyServer, openFaultyServer, type SeenRequest, type WireFault } from "@polykind/testing";
import { makeCertificates } from "../../packages/sandbox/src/http/certificates.ts";
import { writeKubeconfig } from "../../test/faults/kubeconfig-file.ts";
import { answerCalls } from "../../test/support/child.ts";
import { crdOf, type Fault, GROUP, KINDS, objectOf, OBJECTS, pluralOf, preciseNow } from "./kinds.ts";

/** So many events instead of each one, while it floods: each of a version of its own. */
const FLOOD = 100;
/** The victim is written so often, in milliseconds. */
const VICTIM_EVERY_MS = 50;
const TICK_MS = 5;
const ROOM = 1_000;
/** In an object, when it was written. */
const WRITTEN_AT = /"at":\s*[\d.]+/;
const VERSION = /("resourceVersion":\s*)"(\d+)"/g;

interface Open {
  readonly sandbox: Sandbox;
  readonly faulty: FaultyServer;
}

let opened: Open | undefined;
let edits = 0;
let writes = 0;
/** What follows each event of the victim. */
let more: "nothing" | "copies" | "spaces" = "nothing";
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
  const faulty = await openFaultyServer({ target, certificate: { cert: own.certificate, key: own.key }, isDirect: true });
  makeRoom(faulty);
  stampOthers(faulty);
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
      return flood("copies");
    case "sends spaces":
      return flood("spaces");
    case "answers 500":
      return await refuse({ is: "answer", status: 500, body: STATUS });
    case "hangs":
      return await refuse({ is: "late", byMs: forMs });
  }
}

function flood(how: "copies" | "spaces"): () => void {
  more = how;
  return () => {
    more = "nothing";
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
    { is: "map", map: (line) => [line.includes('"BOOKMARK"') ? spaced(line, 0) : flooded(line)] },
  ];
  for (const fault of faults) faulty.rule({ when: isVictims, fault });
}

/** Events of the others say when they were sent: how long the server takes until then is not what is measured. */
function stampOthers(faulty: FaultyServer): void {
  const isOthers = (seen: SeenRequest): boolean => seen.path.includes(`/${GROUP}/`) && !isVictims(seen);
  faulty.rule({ when: isOthers, fault: { is: "map", map: (line) => [stamped(line)] } });
}

/** A line and what follows it: in one piece, so that the sending takes the server as little time as may be. */
function flooded(line: Buffer): Buffer {
  if (more === "nothing") return spaced(line, 0);
  const text = line.toString();
  const copies = Buffer.from(Array.from({ length: FLOOD }, (_, at) => spacedText(text, at)).join("\n"));
  return more === "copies" ? copies : copies.fill(" ", copies.indexOf("\n"));
}

function spaced(text: Buffer, at: number): Buffer {
  return Buffer.from(spacedText(text.toString(), at));
}

function spacedText(text: string, at: number): string {
  return text.replaceAll(VERSION, (_, name: string, digits: string) => `${name}"${Number(digits) * ROOM + at}"`);
}

/** A line of others that says when it was sent. */
function stamped(line: Buffer): Buffer {
  return Buffer.from(line.toString().replace(WRITTEN_AT, () => `"at":${preciseNow()}`));
}
