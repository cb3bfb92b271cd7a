import type { Answer, Request, Server } from "./server.ts";

/** One step of a script: a request, whose answer must be the same on both servers. */
export interface Step {
  readonly why: string;
  readonly send: Request | ((answers: readonly Answer[]) => Request);
  /** Repeats the request until the answer is so: for what controllers do in their own time. */
  readonly until?: (answer: Answer) => boolean;
}

/** Requests that build on each other. */
export interface Script {
  readonly name: string;
  /** Whether it works on what others see, too: then it is played when no other such script is. */
  readonly isShared?: boolean;
  readonly steps: readonly Step[];
}

/** A step with what it was answered, fit to be compared. */
export interface Outcome {
  readonly why: string;
  readonly answer: unknown;
}

const PATIENCE_MS = 20_000;
const PAUSE_MS = 20;

/** Sends the steps one after another, but watches that follow each other at once: they only look. @throws when a step waits in vain. */
export async function play({ steps }: Script, server: Server): Promise<readonly Outcome[]> {
  const answers: Answer[] = [];
  for (const batch of batchesOf(steps, answers)) {
    const sent = batch.map(({ request, until }) => sendUntil(server, request, until ?? (() => true)));
    answers.push(...(await Promise.all(sent)));
  }
  const normalize = normalizer();
  return answers.map((answer, index) => ({ why: steps[index]?.why ?? "", answer: normalize(answer) }));
}

interface Sending extends Pick<Step, "until"> {
  readonly request: Request;
}

function* batchesOf(steps: readonly Step[], answers: readonly Answer[]): Generator<readonly Sending[]> {
  for (let next = 0; next < steps.length; ) {
    const batch: Sending[] = [];
    do {
      const { send, until } = steps[next] as Step; // The index is below the length.
      batch.push({ request: typeof send === "function" ? send(answers) : send, ...(until !== undefined && { until }) });
      next += 1;
    } while (isWatch(steps[next - 1], answers) && isWatch(steps[next], answers));
    yield batch;
  }
}

function isWatch(step: Step | undefined, answers: readonly Answer[]): boolean {
  if (step === undefined) return false;
  const { path } = typeof step.send === "function" ? step.send(answers) : step.send;
  return path.includes("watch=");
}

/** Plays scripts on one server, at the same time where they have nothing in common. */
export async function playAll(scripts: readonly Script[], server: Server): Promise<readonly (readonly [Script, readonly Outcome[]])[]> {
  const shared = async (): Promise<readonly (readonly [Script, readonly Outcome[]])[]> => {
    const played: (readonly [Script, readonly Outcome[]])[] = [];
    for (const script of scripts) if (script.isShared === true) played.push([script, await play(script, server)]);
    return played;
  };
  const own = scripts.filter(({ isShared }) => isShared !== true).map(async (script) => [script, await play(script, server)] as const);
  const [ofShared, ...ofOwn] = await Promise.all([shared(), ...own]);
  return [...ofShared, ...ofOwn].toSorted(([a], [b]) => scripts.indexOf(a) - scripts.indexOf(b));
}

async function sendUntil(server: Server, request: Request, isEnough: (answer: Answer) => boolean): Promise<Answer> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await server.send(request);
    if (isEnough(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`${request.method} ${request.path} is not as expected: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Who the real server of the tests is in managed fields. */
const REAL_SERVER = "realapi";
const TIMES: ReadonlySet<string> = new Set(["creationTimestamp", "deletionTimestamp", "lastTransitionTime", "time"]);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const VERSIONS =
  /(too old resource version: |Too large resource version: |ResourceVersion in (?:record|object meta):? \(?)\d+|(current: )\d+|(\()\d+(?=\)$)/g;

/** The real server tells the kinds of CRDs in any order. */
function sortedResources(list: object): object {
  const { resources } = list as { readonly resources: readonly { readonly name: string }[] };
  return { ...list, resources: resources.toSorted((a, b) => a.name.localeCompare(b.name)) };
}

/** Managers are in the order of their times: it depends on when a second began. */
function sortedManagers(entries: readonly unknown[]): readonly unknown[] {
  const keyOf = (entry: unknown): string => {
    const {
      manager,
      operation,
      subresource = "",
    } = entry as { readonly manager: string; readonly operation: string; readonly subresource?: string };
    return JSON.stringify([manager, operation, subresource]);
  };
  return entries.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

/** Replaces what differs between any two servers: uids (numbered by their appearance), times, versions, tokens, generated names. */
function normalizer(): (value: unknown) => unknown {
  const uids = new Map<string, string>();
  const uid = (text: string): string => {
    if (!uids.has(text)) uids.set(text, `uid-${uids.size + 1}`);
    return uids.get(text) ?? text;
  };
  const text = (value: string): string =>
    value
      .replace(UUID, uid)
      .replace(VERSIONS, "$1$2$3N")
      .replace(/\b(gen-)[a-z0-9]{5}\b/g, "$1xxxxx")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
      // Within a text their order is that of their times.
      .replace(/\\*"managedFields\\*":\[.*?\],(?=\\*"name)/g, "")
      .replace(/(resourceVersion\\*":\\*")\d+/g, "$1RV");
  const walk = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return (key === "managedFields" ? sortedManagers(value) : value).map((item) => walk(item, key));
    if (typeof value === "string")
      return TIMES.has(key) && value !== ""
        ? "TIME"
        : key === "resourceVersion"
          ? "RV"
          : key === "continue" && value !== ""
            ? "TOKEN"
            : text(value);
    if (typeof value !== "object" || value === null) return value;
    if ("kind" in value && value.kind === "APIResourceList") return sortedResources(value);
    const entries = Object.entries(value).map(
      ([field, member]) => [text(field), field === "manager" && member === REAL_SERVER ? "kube-apiserver" : walk(member, field)] as const,
    );
    return Object.fromEntries(entries);
  };
  return (value) => walk(value, "");
}
