import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";
import { ApplyError } from "./apply-error.ts";
import { type Conflict, conflictMessage, describeConflict, type LocatedConflict, locateConflicts } from "./conflict.ts";
import { hasPath, type FieldSet, emptySet } from "./field-set.ts";
import { fieldsOfLastApplied, KUBECTL, withLastApplied } from "./last-applied.ts";
import { type Manager, type ManagerIdentity, type Managers, managedFieldsOf, managerKey, readManagers, writeManagers } from "./managers.ts";
import { merge } from "./merge.ts";
import { ownedFieldsOf } from "./owned-fields.ts";
import { changesOf, contestedFields, type OwnershipContext, ownable, reconcileManagers, withLosses, withoutReset } from "./ownership.ts";
import { prune } from "./prune.ts";
import { contextOf, identityOf, trackManagers, withManagedFields, type WriteContext } from "./track-managers.ts";
import { typeErrors } from "./validate.ts";
import { keepTimes } from "./keep-times.ts";

/** A server-side apply. */
export interface Application extends WriteContext {
  /** The object as it is stored; absent when there is none yet. */
  readonly live?: object | undefined;
  /** What is applied: the fields that the manager wants to own, and no others. */
  readonly applied: object;
  /** Whether to take fields from others. Default: false. */
  readonly force?: boolean | undefined;
}

/** The object after an apply, or what was in its way. */
export type ApplyOutcome =
  | { readonly object: JsonObject; readonly conflicts?: undefined }
  | {
      readonly conflicts: readonly Conflict[] /** The message of the server's 409. */;
      readonly message: string;
      readonly object?: undefined;
    };

/** Who owned the fields of an object to which nothing had ever been applied. */
const BEFORE_FIRST_APPLY = "before-first-apply";

/**
 * Server-side apply (KEP-555), as structured-merge-diff does it: merges `applied` into `live`, removes what the manager applied before,
 * does not apply any more and nobody else owns, and notes in `metadata.managedFields` that the manager owns what it applied.
 *
 * Without `force`, a field that another manager owns with another value is a conflict, and nothing is done. The inputs stay as they are; the
 * object is not defaulted or validated. An apply that changes nothing gives back `live`, times included.
 *
 * @throws ApplyError 400 when `applied` has `managedFields`, 500 when it does not fit the schema.
 */
export function applyConfiguration(application: Application): ApplyOutcome {
  const { applied, apiVersion, manager, force = false } = application;
  if (!isJsonObject(applied)) throw new ApplyError("invalid object type", { httpStatus: 400, reason: "BadRequest" });
  if (managedFieldsOf(applied) !== undefined)
    throw new ApplyError("metadata.managedFields must be nil", { httpStatus: 400, reason: "BadRequest" });
  const context = contextOf(application);
  refuseMisfit(applied, context);
  const first = attempt({ ...application, force }, context);
  const outcome = manager === KUBECTL && first.conflicts !== undefined ? takeOver(first, application, context) : first;
  if (outcome.conflicts !== undefined)
    return { conflicts: outcome.conflicts.map(describeConflict), message: conflictMessage(outcome.conflicts) };
  const object = manager === KUBECTL ? withLastApplied(outcome.object, { ...applied, apiVersion }) : outcome.object;
  return { object: keepTimes(application.live, object) };
}

type Attempt = { readonly object: JsonObject; readonly conflicts?: undefined } | { readonly conflicts: readonly LocatedConflict[] };

function refuseMisfit(applied: JsonObject, { type }: OwnershipContext): void {
  const errors = typeErrors(applied, type);
  if (errors.length === 0) return;
  const metadata = memberOf(applied, "metadata");
  const [group = "", version = ""] = String(applied["apiVersion"]).includes("/")
    ? String(applied["apiVersion"]).split("/")
    : ["", String(applied["apiVersion"])];
  const kind = `${group}/${version}, Kind=${String(applied["kind"])}`;
  const name = `${String(memberOf(metadata, "namespace") ?? "")}/${String(memberOf(metadata, "name") ?? "")}; ${kind}`;
  const text = errors.length === 1 ? errors.join("") : ["errors:", ...errors.map((error) => `  ${error}`)].join("\n");
  throw new ApplyError(`failed to create typed patch object (${name}): ${text}`, { httpStatus: 500, reason: "" });
}

function attempt(application: Application & { readonly force: boolean }, context: OwnershipContext): Attempt {
  const { applied, at, force } = application;
  const before = liveWithOwners(application);
  const identity = identityOf(application, "Apply");
  const key = managerKey(identity);
  const managers = reconcileManagers(readManagers(managedFieldsOf(before)) ?? new Map<string, Manager>(), context);
  const live = before === undefined ? undefined : withManagedFields(before, undefined);
  const claimed = new Map(managers).set(
    key,
    claimOf(identity, withoutReset(ownedFieldsOf(applied, context.type), context), managers.get(key)),
  );
  const merged = prune(merge(live, applied, context.type), {
    type: context.type,
    lastApplied: managers.get(key)?.fields ?? emptySet(),
    managers: claimed,
  });
  const changes = changesOf(live ?? {}, merged, context);
  const conflicts = force ? [] : locateConflicts(contestedFields(claimed, key, changes), claimed);
  if (conflicts.length > 0) return { conflicts };
  const isChanged = !isDeepStrictEqual(live, merged);
  return { object: withOwners(merged, { managers: withLosses(claimed, key, changes), key, at: isChanged ? at : undefined }) };
}

/** The live object; with an owner for all of its fields when it was never tracked. */
function liveWithOwners({ live, ...context }: Application): object | undefined {
  if (live === undefined || (readManagers(managedFieldsOf(live))?.size ?? 0) > 0) return live;
  return trackManagers({ ...context, after: withManagedFields(live, undefined), manager: BEFORE_FIRST_APPLY });
}

function claimOf(identity: ManagerIdentity, fields: FieldSet, previous: Manager | undefined): Manager {
  return { ...identity, fields, ...(previous?.time !== undefined && { time: previous.time }) };
}

interface Ownership {
  readonly managers: Managers;
  readonly key: string;
  /** When the object changed; absent when it did not. */
  readonly at: string | undefined;
}

function withOwners(merged: unknown, { managers, key, at }: Ownership): JsonObject {
  const owners = new Map(managers);
  const self = owners.get(key);
  if (self !== undefined) owners.set(key, { ...self, fields: ownable(self.fields), ...(at !== undefined && { time: at }) });
  return withManagedFields(isJsonObject(merged) ? merged : {}, writeManagers(owners));
}

/** kubectl may take what it applied itself before, from the client's side; other conflicts stay. */
function takeOver({ conflicts = [] }: Attempt, application: Application, context: OwnershipContext): Attempt {
  const own = fieldsOfLastApplied(application.live, context.type, application.apiVersion);
  const others = conflicts.filter(({ path }) => !hasPath(own, path));
  return others.length > 0 ? { conflicts: others } : attempt({ ...application, force: true }, context);
}
