import { type Recording, untilServed } from "./differential.ts";
import type { RealServer, ServerAnswer } from "./real-server.ts";
import { SCENARIOS, type Scenario, type Step, WIDGET_CRD, WIDGETS } from "./scenarios.ts";

/** One write to the real server: what was stored before, what was asked, what was answered. */
export interface RecordedStep {
  readonly scenario: string;
  readonly step: Step;
  readonly before: object | null;
  readonly status: number;
  readonly answer: object;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

async function runStep(
  server: RealServer,
  { path, name }: Scenario,
  step: Step,
): Promise<Pick<RecordedStep, "answer" | "before" | "status">> {
  const object = `${path}/${name}`;
  const stored = await server.send({ method: "GET", path: object });
  const before = stored.status === 200 ? (stored.body as object) : null; // A success of a GET is an object.
  const query = new URLSearchParams({ fieldManager: step.manager, ...(step.force === true && { force: "true" }) });
  const { status, body } = await server.send(requestOf(step, { object, path, query: query.toString(), before }));
  return { before, status, answer: body as ServerAnswer["body"] & object }; // JSON, as the content type told.
}

interface Target {
  readonly object: string;
  readonly path: string;
  readonly query: string;
  readonly before: object | null;
}

function requestOf({ verb, body, subresource }: Step, { object, path, query, before }: Target): Parameters<RealServer["send"]>[0] {
  const at = subresource === undefined ? object : `${object}/${subresource}`;
  if (verb === "post") return { method: "POST", path: `${path}?${query}`, body };
  // What is put is the object as it was, with the members of the body in place of its own.
  if (verb === "put") return { method: "PUT", path: `${at}?${query}`, body: { ...before, ...body } };
  return { method: "PATCH", path: `${at}?${query}`, body, contentType: CONTENT_TYPES[verb] ?? "" };
}

/** Applies and other writes with what became of the objects and of their owners. */
export const APPLIES: Recording<RecordedStep> = {
  file: new URL("recorded.ndjson", import.meta.url),
  async record(server) {
    await server.send({ method: "POST", path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body: WIDGET_CRD });
    await untilServed(server, WIDGETS);
    const recorded: RecordedStep[] = [];
    for (const scenario of SCENARIOS) {
      for (const step of scenario.steps) recorded.push({ scenario: scenario.why, step, ...(await runStep(server, scenario, step)) });
    }
    return recorded;
  },
};
