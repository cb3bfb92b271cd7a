import { type Condition, findCondition } from "./condition.ts";
import { readingPartOf } from "./reading-part.ts";
import type { KubeObject } from "./object.ts";
import type { Resource, ResourceScope } from "./resource.ts";
import { compareKubeVersions } from "./version.ts";

/** The names of a CRD: those wished for (`spec.names`) and those the server accepted (`status.acceptedNames`). */
export interface CrdNames {
  readonly plural: string;
  readonly kind: string;
  readonly singular?: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** One version of a CRD as the object carries it. */
export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly schema?: { readonly openAPIV3Schema?: object };
  readonly subresources?: { readonly status?: object; readonly scale?: object };
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly additionalPrinterColumns?: readonly object[];
}

/** A CustomResourceDefinition of `apiextensions.k8s.io/v1`, in the parts that this project reads. */
export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: CrdNames;
    readonly scope: ResourceScope;
    readonly versions: readonly CrdVersion[];
    readonly conversion?: { readonly strategy: string; readonly webhook?: object };
    readonly preserveUnknownFields?: boolean;
  };
  readonly status?: {
    readonly acceptedNames?: CrdNames;
    readonly storedVersions?: readonly string[];
    readonly conditions?: readonly Condition[];
  };
}

/** The resource of CRDs themselves. */
export const CRD_RESOURCE: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  resourceScope: "Cluster",
};

/** One version of a kind as a {@link CrdDescriptor} tells it. */
export interface VersionDescriptor {
  readonly name: string;
  readonly isServed: boolean;
  readonly isStorage: boolean;
  readonly isDeprecated: boolean;
  /** Equal when the schema is the same, descriptions included. */
  readonly schemaHash: string;
  /** Equal when objects read the same: the schema without what only tells or refuses, such as descriptions, patterns and rules. */
  readonly bodyHash: string;
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
  /** JSON paths by which a field selector may select. */
  readonly selectableFields: readonly string[];
}

/** What the life of a kind depends on, derived from its CRD. Plain data; equal CRDs give equal descriptors. */
export interface CrdDescriptor {
  /** The slot: `plural.group`. */
  readonly name: string;
  /** The incarnation. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly group: string;
  /** What is served: the accepted names, or those wished for as long as none are accepted. */
  readonly names: CrdNames;
  readonly resourceScope: ResourceScope;
  /** In Kubernetes' order, the best first; not served ones too. */
  readonly versions: readonly VersionDescriptor[];
  readonly storedVersions: readonly string[];
  readonly conversion: { readonly strategy: string; readonly hash: string };
  readonly isEstablished: boolean;
  /** Why the server has not established it; absent once it has, and before it has said anything. */
  readonly establishing?: Pick<Condition, "reason" | "message">;
  readonly namesAccepted: Pick<Condition, "status" | "reason" | "message">;
  /** Whether the server deletes it: it waits for its objects to be gone. */
  readonly isTerminating: boolean;
  /** Present where the CRD could not be read, and this is what discovery tells of its kind. */
  readonly isAssumed?: true;
}

/** Derives the descriptor. Never throws on an object that the API server accepted. */
export function describeCrd(crd: CustomResourceDefinition): CrdDescriptor {
  const { metadata, spec, status } = crd;
  const isTrue = (type: string): boolean => findCondition(status?.conditions, type)?.status === "True";
  const established = findCondition(status?.conditions, "Established");
  const { status: accepted = "Unknown", reason = "", message = "" } = findCondition(status?.conditions, "NamesAccepted") ?? {};
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    group: spec.group,
    // An object that was not looked at yet has acceptedNames with empty strings.
    names: status?.acceptedNames?.kind ? status.acceptedNames : spec.names,
    resourceScope: spec.scope,
    versions: spec.versions.map((version) => describeVersion(version, spec)).toSorted((a, b) => compareKubeVersions(a.name, b.name)),
    storedVersions: status?.storedVersions ?? [],
    conversion: { strategy: spec.conversion?.strategy ?? "None", hash: hashOf(spec.conversion ?? null) },
    isEstablished: isTrue("Established"),
    ...(established !== undefined &&
      established.status !== "True" && { establishing: { reason: established.reason, message: established.message } }),
    namesAccepted: { status: accepted, reason, message },
    isTerminating: metadata.deletionTimestamp !== undefined || isTrue("Terminating"),
  };
}

function describeVersion(version: CrdVersion, { preserveUnknownFields }: CustomResourceDefinition["spec"]): VersionDescriptor {
  const { schemaHash, bodyHash } = hashesOf(version);
  return {
    name: version.name,
    isServed: version.served,
    isStorage: version.storage,
    isDeprecated: version.deprecated === true,
    schemaHash,
    bodyHash: preserveUnknownFields === true ? `${bodyHash} with unknown fields` : bodyHash,
    hasStatus: version.subresources?.status !== undefined,
    hasScale: version.subresources?.scale !== undefined,
    selectableFields: version.selectableFields?.map(({ jsonPath }) => jsonPath) ?? [],
  };
}

/**
 * The versions that are served, the best first.
 */
export function servedVersionsOf({ versions }: Pick<CrdDescriptor, "versions">): readonly string[] {
  return versions.filter(({ isServed }) => isServed).map(({ name }) => name);
}

/** The resource by which one version of a kind is addressed. */
export function resourceOf(
  { group, names, resourceScope }: Pick<CrdDescriptor, "group" | "names" | "resourceScope">,
  version: string,
): Resource {
  const { kind, plural, listKind } = names;
  return { group, version, kind, plural, resourceScope, ...(listKind !== undefined && { listKind }) };
}

/** Stands in for a schema that was cut out of a cached CRD, so that what matters of it is still known. */
interface SchemaDigest {
  readonly "x-polykind-sha256": string;
  readonly "x-polykind-body-sha256": string;
}

/**
 * The same CRD with each schema replaced by its hash: what a cache of a thousand CRDs needs to hold.
 * Descriptors derived from it are equal to those of the whole CRD.
 */
export function withoutSchemas(crd: CustomResourceDefinition): CustomResourceDefinition {
  const digest = (version: CrdVersion): SchemaDigest => {
    const { schemaHash, bodyHash } = hashesOf(version);
    return { "x-polykind-sha256": schemaHash, "x-polykind-body-sha256": bodyHash };
  };
  const versions = crd.spec.versions.map((version) => ({ ...version, schema: { openAPIV3Schema: digest(version) } }));
  return { ...crd, spec: { ...crd.spec, versions } };
}

function hashesOf({ schema }: CrdVersion): Pick<VersionDescriptor, "schemaHash" | "bodyHash"> {
  const root = schema?.openAPIV3Schema ?? {};
  if ("x-polykind-sha256" in root && "x-polykind-body-sha256" in root)
    return { schemaHash: String(root["x-polykind-sha256"]), bodyHash: String(root["x-polykind-body-sha256"]) };
  return { schemaHash: hashOf(root), bodyHash: hashOf(readingPartOf(root)) };
}

function hashOf(value: unknown): string {
  // All of it would be loaded by whoever imports this package, for what few call.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}
