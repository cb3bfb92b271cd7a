import type { SchemaProps } from "../schema-props.ts";

/** A printer column of a CRD. */
export interface Column {
  readonly name?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath?: string;
}

/** The subresources of a CRD. */
export interface Subresources {
  readonly status?: object;
  readonly scale?: { readonly specReplicasPath?: string; readonly statusReplicasPath?: string; readonly labelSelectorPath?: string };
}

/** A field by which objects can be selected. */
export interface SelectableField {
  readonly jsonPath?: string;
}

/** What a version of a CRD says, and the CRD itself where all versions say the same. */
export interface VersionParts {
  readonly schema?: { readonly openAPIV3Schema?: SchemaProps } | undefined;
  readonly subresources?: Subresources | undefined;
  readonly additionalPrinterColumns?: readonly Column[] | undefined;
  readonly selectableFields?: readonly SelectableField[] | undefined;
}

/** A version of a CRD. */
export interface CrdVersion extends VersionParts {
  readonly name?: string;
  readonly served?: boolean;
  readonly storage?: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
}

/** The names of a CRD's resource. */
export interface Names {
  readonly plural?: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly kind?: string;
  readonly listKind?: string;
  readonly categories?: readonly string[];
}

/** The conversion between a CRD's versions. */
export interface Conversion {
  readonly strategy?: string;
  readonly webhook?: {
    readonly clientConfig?: {
      readonly url?: string;
      readonly service?: { readonly namespace?: string; readonly name?: string; readonly path?: string; readonly port?: number };
      readonly caBundle?: string;
    };
    readonly conversionReviewVersions?: readonly string[];
  };
}

/** A CustomResourceDefinition of apiextensions.k8s.io/v1, as far as its rules look at it. */
export interface Crd {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly group?: string;
    readonly names?: Names;
    readonly scope?: string;
    readonly versions?: readonly CrdVersion[];
    readonly conversion?: Conversion;
    readonly preserveUnknownFields?: boolean;
  };
  readonly status?: {
    readonly acceptedNames?: Names;
    readonly storedVersions?: readonly string[];
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
  };
}

/** Whether a condition of a CRD's status is true. */
export function isConditionTrue(crd: Crd, type: string): boolean {
  return crd.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") === true;
}
