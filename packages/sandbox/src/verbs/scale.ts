import { type KubeObject, labelSelectorOf } from "@polykind/apimachinery";
import { cloneJson, isRecord, itemsAt, type JsonObject, recordAt } from "../json.ts";
import { invalidValue } from "../kind/field-errors.ts";
import { setAtPath, valueAtPath } from "../kind/json-path.ts";
import type { Draft } from "../kind/kind-rules.ts";
import { kindNameOf, resourceNameOf, type ScalePaths, type ServedKind } from "../kind/served-kind.ts";
import { applyJsonPatch, applyMergePatch } from "../patch/index.ts";
import { badRequest, internal, invalid, methodNotAllowed, notFound, unsupportedMediaType } from "../status/index.ts";
import { type Answer, type Call, keyOfCall } from "./call.ts";
import type { Cluster } from "./cluster.ts";
import { CHANGED_MEANWHILE, untilUndisturbed } from "./commit.ts";
import { parseBody } from "./decode.ts";
import { writeOptionsOf } from "./options.ts";
import { changeTo } from "./update.ts";

/** GET of the scale of an object. @throws StatusError 404, and 500 when the object has no replicas. */
export function getScale(call: Call): Answer {
  const stored = call.kind.collection.get(keyOfCall(call));
  if (stored === undefined) throw notFound(resourceNameOf(call.kind), call.name);
  return { code: 200, object: scaleOf(call.kind.read(stored), call.kind) };
}

/** PUT or PATCH of the scale of an object: changes its replicas. @throws StatusError. */
export function changeScale(call: Call, cluster: Cluster): Promise<Answer> {
  const isPatch = call.body.mediaType.includes("patch");
  const options = writeOptionsOf(isPatch ? "PatchOptions" : "UpdateOptions", call.query);
  return untilUndisturbed(async () => {
    const stored = call.kind.collection.get(keyOfCall(call));
    if (stored === undefined) throw notFound(resourceNameOf(call.kind), call.name);
    const before = call.kind.read(stored);
    const wanted = isPatch ? patchedScale(call, before) : parseBody(call.body, call.kind, false).value;
    const draft = withReplicas(before, wanted, call);
    const object = await changeTo(draft, {
      stored,
      call: { ...call, subresource: undefined },
      cluster,
      options,
      isUnconditional: true,
      writtenBy: "scale",
    });
    return object === CHANGED_MEANWHILE ? object : { code: 200, object: scaleOf(object, call.kind) };
  });
}

function patchedScale({ body, kind }: Call, before: KubeObject): unknown {
  const change: unknown = JSON.parse(Buffer.from(body.bytes).toString("utf8"));
  const scale = scaleOf(before, kind);
  if (body.mediaType === "application/json-patch+json") return applyJsonPatch(scale, change);
  if (body.mediaType === "application/apply-patch+yaml")
    throw unsupportedMediaType(["application/json-patch+json", "application/merge-patch+json"]);
  return applyMergePatch(scale, change);
}

function withReplicas(before: KubeObject, wanted: unknown, { kind, name }: Call): Draft {
  if (!isRecord(wanted) || wanted["kind"] !== "Scale") throw badRequest("the object provided is unrecognized (must be of type Scale)");
  const replicas = valueAtPath(wanted, ".spec.replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas))
    throw badRequest("json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32");
  if (replicas < 0) throw invalid(kindNameOf(kind), name, [invalidValue(".spec.replicas", replicas, "should be a non-negative integer")]);
  const draft = cloneJson(before) as unknown as Draft; // A stored object has all that a draft has.
  setAtPath(draft, pathsOf(kind).specReplicasPath, replicas);
  const version = recordAt(wanted, "metadata")?.["resourceVersion"];
  if (typeof version === "string" && version !== "") draft.metadata["resourceVersion"] = version;
  return draft;
}

function pathsOf({ scale }: ServedKind): ScalePaths {
  if (scale === undefined) throw methodNotAllowed();
  return scale;
}

function scaleOf(object: KubeObject, kind: ServedKind): JsonObject {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = pathsOf(kind);
  const replicas = valueAtPath(object, specReplicasPath) ?? (kind.isCustom ? undefined : 1);
  if (replicas === undefined) throw internal(`the spec replicas field "${specReplicasPath}" does not exist`);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = labelSelectorPath === undefined ? "" : selectorText(valueAtPath(object, labelSelectorPath));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
      ...ownersOfReplicas(object, kind),
    },
    spec: { replicas },
    status: { replicas: valueAtPath(object, statusReplicasPath) ?? 0, ...(selector !== "" && { selector }) },
  };
}

/** Who owns the replicas, told of the scale. The real server does so for built-in kinds only. */
function ownersOfReplicas({ metadata }: KubeObject, { isCustom }: ServedKind): { readonly managedFields?: readonly JsonObject[] } {
  const entries = itemsAt({ ...metadata }, "managedFields").filter(isRecord);
  const owners = entries.filter(({ fieldsV1 }) => valueAtPath(fieldsV1, ".f:spec.f:replicas") !== undefined);
  if (isCustom || owners.length === 0) return {};
  return {
    managedFields: owners.map((entry) => ({ ...entry, apiVersion: "autoscaling/v1", fieldsV1: { "f:spec": { "f:replicas": {} } } })),
  };
}

function selectorText(selector: unknown): string {
  if (typeof selector === "string") return selector;
  if (!isRecord(selector)) return "";
  const parts = labelSelectorOf(selector).map(({ key, operator, values }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return operator === "In" && values.length === 1
      ? `${key}=${values[0] ?? ""}`
      : `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return parts.sort().join(",");
}
