import type { JsonObject } from "../../src/patch/index.ts";
import { type Recording, untilServed } from "../apply/differential.ts";
import type { RealServer, ServerAnswer } from "../apply/real-server.ts";
import { CRD_CASES, type CrdCase, crdWith } from "./crd-cases.ts";
import { EXPRESSIONS, SPEC, SPEC_SCHEMA, WRONG_EXPRESSIONS } from "./expressions.ts";
import { OBJECT_CASES, type ObjectCase } from "./object-cases.ts";

/** One cause of a refusal. */
export interface Cause {
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

/** What the server made of something: its `spec` as kept, or why it was refused. */
export interface Outcome {
  readonly why: string;
  readonly code: number;
  readonly causes?: readonly Cause[];
  readonly message?: string;
  readonly spec?: unknown;
  /** The fields that it does not know, asked for strictly. */
  readonly unknown?: string;
}

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface StatusBody {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
  readonly spec?: unknown;
}

function outcomeOf(why: string, { status, body }: ServerAnswer): Outcome {
  const { message, details, spec } = body as StatusBody; // A Status or an object.
  // The name that the server gives to the type of `self` is another each time.
  const causes = details?.causes?.map((cause) => ({ ...cause, message: (cause.message ?? "").replace(/selfType\d+/g, "self") }));
  if (status === 422) return { why, code: status, causes: causes ?? [] };
  return status < 300 ? { why, code: status, spec } : { why, code: status, message: message ?? "" };
}

async function recordCrd(server: RealServer, { why, crd, before }: CrdCase): Promise<Outcome> {
  if (before === undefined) return outcomeOf(why, await server.send({ method: "POST", path: `${CRDS}?dryRun=All`, body: crd }));
  const name = "things.cases.example.com";
  await server.send({ method: "POST", path: CRDS, body: before });
  await untilServed(server, "/apis/cases.example.com/v1/things");
  const current = (await server.send({ method: "GET", path: `${CRDS}/${name}` })).body as { readonly metadata: JsonObject }; // It was just created.
  const body = { ...crd, metadata: { ...(crd["metadata"] as JsonObject), resourceVersion: current.metadata["resourceVersion"] } }; // A CRD has metadata.
  const answer = await server.send({ method: "PUT", path: `${CRDS}/${name}?dryRun=All`, body });
  await removeCrd(server, name);
  return outcomeOf(why, answer);
}

async function removeCrd(server: RealServer, name: string): Promise<void> {
  await server.send({ method: "DELETE", path: `${CRDS}/${name}` });
  while ((await server.send({ method: "GET", path: `${CRDS}/${name}` })).status !== 404);
}

/** A CRD of its own for each schema, so that nothing is waited for between cases. */
export function crdForSpec(index: number, spec: JsonObject): JsonObject {
  const plural = `cases${index}`;
  const schema = { type: "object", properties: { spec } };
  const crd = crdWith({ schema, names: { plural, kind: `Case${index}` }, metadata: { name: `${plural}.cases.example.com` } });
  return crd;
}

/** The object of a case. */
export function objectForCase(index: number, spec: unknown): JsonObject {
  return { apiVersion: "cases.example.com/v1", kind: `Case${index}`, metadata: { name: "x", namespace: "default" }, spec };
}

function pathOf(index: number): string {
  return `/apis/cases.example.com/v1/namespaces/default/cases${index}`;
}

async function createCrd(server: RealServer, { why, spec, before }: ObjectCase, index: number): Promise<void> {
  const created = await server.send({ method: "POST", path: CRDS, body: crdForSpec(index, before ?? spec) });
  if (created.status !== 201) throw new Error(`cannot create the CRD of "${why}": ${JSON.stringify(created.body)}`);
}

async function recordCreate(server: RealServer, { why, object }: ObjectCase, index: number): Promise<Outcome> {
  const [path, body] = [`${pathOf(index)}?dryRun=All`, objectForCase(index, object)];
  const outcome = outcomeOf(why, await server.send({ method: "POST", path, body }));
  const strict = await server.send({ method: "POST", path: `${path}&fieldValidation=Strict`, body });
  return strict.status === 400 && outcome.code !== 400 ? { ...outcome, unknown: (strict.body as StatusBody).message ?? "" } : outcome; // A Status.
}

/** Keeps the object as it was, under the schema as it was, and then tightens the schema. */
async function prepareUpdate(server: RealServer, { spec, old }: ObjectCase, index: number): Promise<unknown> {
  const stored = await server.send({ method: "POST", path: pathOf(index), body: objectForCase(index, old) });
  const value = { ...spec, description: "now" };
  const patch = [{ op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec", value }];
  await server.send({
    method: "PATCH",
    path: `${CRDS}/cases${index}.cases.example.com`,
    body: patch,
    contentType: "application/json-patch+json",
  });
  return (stored.body as { readonly metadata: JsonObject }).metadata["resourceVersion"]; // It was just created.
}

async function recordUpdate(
  server: RealServer,
  { why, object }: ObjectCase,
  { index, version }: { readonly index: number; readonly version: unknown },
): Promise<Outcome> {
  await untilPublished(server, index);
  const body = objectForCase(index, object);
  const metadata = { ...(body["metadata"] as JsonObject), resourceVersion: version }; // Made above.
  return outcomeOf(why, await server.send({ method: "PUT", path: `${pathOf(index)}/x?dryRun=All`, body: { ...body, metadata } }));
}

/** All at once, since a new CRD takes two seconds until it may be written to. */
async function recordObjects(server: RealServer, cases: readonly ObjectCase[], first: number): Promise<readonly Outcome[]> {
  for (const [index, each] of cases.entries()) await createCrd(server, each, first + index);
  for (const [index] of cases.entries()) await untilServed(server, pathOf(first + index));
  const versions = new Map<number, unknown>();
  for (const [index, each] of cases.entries())
    if (each.before !== undefined) versions.set(index, await prepareUpdate(server, each, first + index));
  const outcomes: Outcome[] = [];
  for (const [index, each] of cases.entries()) {
    const isUpdate = versions.has(index);
    outcomes.push(
      isUpdate
        ? await recordUpdate(server, each, { index: first + index, version: versions.get(index) })
        : await recordCreate(server, each, first + index),
    );
  }
  return outcomes;
}

/** The new schema is in force once it is published: both follow the same event. */
async function untilPublished(server: RealServer, index: number): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const { body } = await server.send({ method: "GET", path: "/openapi/v3/apis/cases.example.com/v1" });
    const schemas = (body as { readonly components?: { readonly schemas?: JsonObject } }).components?.schemas ?? {}; // OpenAPI.
    const schema = schemas[`com.example.cases.v1.Case${index}`] as
      | { readonly properties?: { readonly spec?: { readonly description?: string } } }
      | undefined; // As above.
    if (schema?.properties?.spec?.description === "now") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`cannot go on: the schema of cases${index} is not published`);
}

/** CRDs that are created and updated. */
export const CRDS_RECORDED: Recording<Outcome> = {
  file: new URL("recorded-crds.ndjson", import.meta.url),
  record: async (server) => {
    const outcomes: Outcome[] = [];
    for (const each of CRD_CASES) outcomes.push(await recordCrd(server, each));
    return outcomes;
  },
};

/** Objects that are created and updated. */
export const OBJECTS_RECORDED: Recording<Outcome> = {
  file: new URL("recorded-objects.ndjson", import.meta.url),
  record: (server) => recordObjects(server, OBJECT_CASES, 0),
};

/** The schema with an expression as the rule of `spec`; its message is its number. */
export function schemaWithRules(expressions: readonly string[]): JsonObject {
  return { ...SPEC_SCHEMA, "x-kubernetes-validations": expressions.map((rule, index) => ({ rule, message: `#${index}` })) };
}

/** Expressions that the server takes for too costly. */
function costlyOf({ body }: ServerAnswer): ReadonlySet<number> {
  const causes = (body as StatusBody).details?.causes ?? []; // A Status or an object.
  const refused = causes.filter(({ message = "" }) => message.includes("estimated rule cost exceeds budget"));
  return new Set(refused.map(({ field = "" }) => Number(/validations\[(\d+)\]/.exec(field)?.[1])));
}

/** What the compiler says of expressions that are wrong. */
export const WRONG_RECORDED: Recording<Outcome> = {
  file: new URL("recorded-wrong.ndjson", import.meta.url),
  record: async (server) => {
    const crd = crdForSpec(9000, schemaWithRules(WRONG_EXPRESSIONS));
    return [outcomeOf("wrong", await server.send({ method: "POST", path: `${CRDS}?dryRun=All`, body: crd }))];
  },
};

/** What expressions are of {@link SPEC}: those that are not true are causes. `message` holds the numbers of those that were too costly. */
export const EXPRESSIONS_RECORDED: Recording<Outcome> = {
  file: new URL("recorded-expressions.ndjson", import.meta.url),
  record: async (server) => {
    const costly = costlyOf(
      await server.send({ method: "POST", path: `${CRDS}?dryRun=All`, body: crdForSpec(9001, schemaWithRules(EXPRESSIONS)) }),
    );
    const cheap = EXPRESSIONS.map((rule, index) => (costly.has(index) ? "true" : rule));
    const outcomes = await recordObjects(server, [{ why: "right", spec: schemaWithRules(cheap), object: SPEC }], 9002);
    return outcomes.map((outcome) => ({ ...outcome, message: [...costly].join(" ") }));
  },
};
