import type { Answer, Request } from "../server.ts";

/** The collection of CRDs. */
export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** What of a CRD a script wants to be other than usual. */
export interface CrdWishes {
  readonly group?: string;
  readonly plural: string;
  readonly kind: string;
  readonly scope?: "Cluster" | "Namespaced";
  readonly names?: object;
  readonly schema?: object;
  readonly version?: object;
  readonly versions?: readonly object[];
  readonly spec?: object;
  readonly metadata?: object;
}

const ANY_OBJECT = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** A CRD with one version, `v1`, unless other ones are wished for. */
export function crdOf({
  group = "diff.example.com",
  plural,
  kind,
  scope = "Namespaced",
  names = {},
  schema = ANY_OBJECT,
  version = {},
  versions,
  spec = {},
  metadata = {},
}: CrdWishes): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, ...metadata },
    spec: {
      group,
      scope,
      names: { plural, kind, ...names },
      versions: versions ?? [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
      ...spec,
    },
  };
}

export function get(path: string, rest: Partial<Request> = {}): Request {
  return { method: "GET", path, ...rest };
}

export function post(path: string, body: unknown, rest: Partial<Request> = {}): Request {
  return { method: "POST", path, body, ...rest };
}

export function put(path: string, body: unknown, rest: Partial<Request> = {}): Request {
  return { method: "PUT", path, body, ...rest };
}

export function remove(path: string, body?: unknown): Request {
  return { method: "DELETE", path, ...(body !== undefined && { body }) };
}

const PATCH_TYPES = {
  apply: "application/apply-patch+yaml",
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

export function patch(type: keyof typeof PATCH_TYPES, path: string, body: unknown): Request {
  return { method: "PATCH", path, body, contentType: PATCH_TYPES[type] };
}

/** Whether a CRD has a condition with this status. */
export function hasCondition(type: string, status: string): (answer: Answer) => boolean {
  return ({ body }) => {
    const { status: state } = body as {
      readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    };
    return state?.conditions?.some((each) => each.type === type && each.status === status) === true;
  };
}

/** Whether the answer is a 404. */
export function isGone({ status }: Answer): boolean {
  return status === 404;
}

/** Whether the answer is a success. */
export function isFound({ status }: Answer): boolean {
  return status === 200;
}

/** The version that an answer carries. */
export function versionIn(answer: Answer | undefined): string {
  return metadataOf(answer)["resourceVersion"] ?? "";
}

/** The texts in the metadata of an answer. */
export function metadataOf(answer: Answer | undefined): Readonly<Record<string, string | undefined>> {
  const { metadata = {} } = (answer?.body ?? {}) as { readonly metadata?: Readonly<Record<string, string>> }; // Objects, lists and statuses have it.
  return metadata;
}
