import { randomUUID } from "node:crypto";
import type { Random } from "@polykind/core";
import { textAt } from "../json.ts";
import { required } from "../kind/field-errors.ts";
import type { Draft } from "../kind/kind-rules.ts";
import { beginMetadata } from "../kind/metadata.ts";
import { validateMeta } from "../schema/index.ts";
import { kindNameOf, resourceNameOf, type ServedKind } from "../kind/served-kind.ts";
import { alreadyExists, badRequest, forbidden, invalid, StatusError } from "../status/index.ts";
import { type Answer, type Call, keyOfCall } from "./call.ts";
import { type Cluster, timestampOf } from "./cluster.ts";
import { CHANGED_MEANWHILE, dryRunResult, isAdmitted, untilUndisturbed } from "./commit.ts";
import { decodeObject } from "./decode.ts";
import { trackedUpdate } from "./managers.ts";
import { writeOptionsOf, type WriteOptions } from "./options.ts";

/** POST to a collection. @throws StatusError. */
export async function create(call: Call, cluster: Cluster): Promise<Answer> {
  const options = writeOptionsOf("CreateOptions", call.query);
  const draft = decodeObject(call, options.fieldValidation);
  return { code: 201, object: await createDraft(draft, call, cluster, options) };
}

/** Stores a new object. `isOwned`: its managed fields are already told. @throws StatusError. */
export async function createDraft(
  draft: Draft,
  call: Call,
  cluster: Cluster,
  options: WriteOptions & { readonly isOwned?: boolean },
): Promise<unknown> {
  const { kind } = call;
  checkNamespace(draft, call);
  const hasGivenName = textAt(draft.metadata, "name") !== undefined && draft.metadata["name"] !== "";
  if (!hasGivenName) draft.metadata["name"] = generatedName(draft, cluster.random);
  const name = textAt(draft.metadata, "name") ?? "";
  if (textAt(draft.metadata, "resourceVersion"))
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  if (kind.isTerminating) throw forbidden(resourceNameOf(kind), name, "create not allowed while custom resource definition is terminating");
  if (name === "") {
    throw invalid(kindNameOf(kind), "", [required("metadata.name", "name or generateName is required")]);
  }
  return untilUndisturbed(() => storeDraft(draft, { ...call, name }, cluster, options));
}

function checkNamespace(draft: Draft, { kind, namespace }: Call): void {
  const given = textAt(draft.metadata, "namespace") ?? "";
  if (kind.resourceScope === "Cluster") delete draft.metadata["namespace"];
  else if (given !== "" && given !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

async function storeDraft(
  draft: Draft,
  call: Call,
  cluster: Cluster,
  options: WriteOptions & { readonly isOwned?: boolean },
): Promise<unknown> {
  const { kind, name, namespace } = call;
  const at = timestampOf(cluster.clock);
  const step = { draft, before: undefined, subresource: undefined, verb: "create", isDryRun: options.isDryRun } as const;
  const stored = kind.collection.get(keyOfCall(call));
  if (!(await isAdmitted(step, call, { cluster, stored }))) return CHANGED_MEANWHILE;
  beginMetadata(draft.metadata, { name, namespace, at, uid: randomUUID() });
  // Owned is what the client wrote and what defaults added, not what the server decides.
  if (options.isOwned !== true) trackedUpdate(step, call, { at, manager: options.fieldManager });
  kind.rules.prepare(step);
  validateDraft(draft, kind);
  for (const warning of kind.rules.warningsOf?.(step) ?? []) call.warnings.add(warning);
  if (stored !== undefined) throw alreadyExists(resourceNameOf(kind), name);
  if (options.isDryRun) return dryRunResult(kind, draft, undefined);
  return kind.read(kind.collection.create(kind.write(draft)));
}

function validateDraft(draft: Draft, { rules, ...kind }: ServedKind): void {
  const { nameRule } = rules;
  const options = { isNamespaced: kind.resourceScope === "Namespaced", isCreate: true, ...(nameRule !== undefined && { nameRule }) };
  const meta = rules.checksMetadata === true ? [] : validateMeta(draft.metadata, options);
  const errors = [...meta, ...rules.validate({ draft, before: undefined, subresource: undefined }, meta)];
  if (errors.length > 0) throw invalid(kindNameOf(kind), textAt(draft.metadata, "name") ?? "", errors);
}

/** Without vowels and what looks like them, so that no words come up. Source: `k8s.io/apimachinery/pkg/util/rand`. */
const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const LONGEST_PREFIX = 58;

function generatedName(draft: Draft, random: Random): string {
  const prefix = textAt(draft.metadata, "generateName") ?? "";
  if (prefix === "") return "";
  const suffix = Array.from({ length: 5 }, () => SUFFIX_LETTERS[Math.floor(random() * SUFFIX_LETTERS.length)] ?? "b");
  return prefix.slice(0, LONGEST_PREFIX) + suffix.join("");
}
