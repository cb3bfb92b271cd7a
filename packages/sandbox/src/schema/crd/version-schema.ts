import { type FieldError, forbidden, invalid, invalidShown } from "../field-error.ts";
import { child } from "../field-path.ts";
import type { SchemaProps } from "../schema-props.ts";
import type { VersionParts } from "./crd-types.ts";
import { defaultErrors } from "./default-rules.ts";
import { shownSchema } from "./go-internal.ts";
import type { CrdOptions } from "./older-crd.ts";
import { checkNodeRules, defaultRuleErrors, RULE_STEPS, rootScope } from "./rule-compile.ts";
import { unsupportedKeyword } from "./schema-facts.ts";
import { schemaRuleErrors } from "./schema-rules.ts";
import { structuralSchemaErrors } from "./structural-rules.ts";

/** What is known of the schema that is looked at. */
export interface VersionSchemaFacts {
  /** Whether the status subresource is on: the root of the schema may then have few keywords only. */
  readonly hasStatus: boolean;
  readonly options: CrdOptions;
  readonly isUnchanged: boolean;
}

/** What is wrong with the schema of a version. */
export function versionSchemaErrors(part: VersionParts["schema"], path: string, facts: VersionSchemaFacts): readonly FieldError[] {
  const schema = part?.openAPIV3Schema;
  if (schema === undefined) return [];
  const at = child(path, "openAPIV3Schema");
  const errors = facts.hasStatus ? rootErrors(schema, at) : [];
  if (schema.nullable === true) errors.push(forbidden(child(at, "nullable"), "nullable cannot be true at the root"));
  const unsupported = facts.options.needsStructure ? unsupportedKeyword(schema) : undefined;
  const ofStructure = !facts.options.needsStructure || unsupported !== undefined ? [] : structureErrors(schema, at, facts.options);
  errors.push(...ofStructure);
  const isStructural = facts.options.needsStructure && unsupported === undefined && ofStructure.length === 0;
  const walk = { options: facts.options, checkRules: checkNodeRules, steps: RULE_STEPS };
  errors.push(...schemaRuleErrors(schema, at, walk, isStructural ? rootScope(schema) : undefined));
  return errors.length === 0 && unsupported !== undefined ? [invalid(at, "", unsupported)] : errors;
}

function structureErrors(schema: SchemaProps, path: string, options: CrdOptions): readonly FieldError[] {
  const errors = structuralSchemaErrors(schema, path);
  return errors.length > 0
    ? errors
    : defaultErrors(schema, path, { needsPruned: options.needsPrunedDefaults, checkRules: defaultRuleErrors });
}

const ROOT_KEYWORDS: readonly string[] = (
  "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf " +
  "Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations"
).split(" ");

const GO_NAMES: Readonly<Record<string, string>> = {
  "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
  "x-kubernetes-validations": "XValidations",
  "x-kubernetes-embedded-resource": "XEmbeddedResource",
  "x-kubernetes-int-or-string": "XIntOrString",
  "x-kubernetes-list-map-keys": "XListMapKeys",
  "x-kubernetes-list-type": "XListType",
  "x-kubernetes-map-type": "XMapType",
};

function rootErrors(schema: SchemaProps, path: string): FieldError[] {
  if ((schema.type ?? "") !== "" && schema.type !== "object") {
    return [
      invalid(
        child(path, "type"),
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    ];
  }
  const goName = (key: string): string => GO_NAMES[key] ?? `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
  const strays = Object.entries(schema).filter(
    ([key, value]) => value !== undefined && value !== false && !ROOT_KEYWORDS.includes(goName(key)),
  );
  if (strays.length === 0) return [];
  return [
    invalidShown(
      path,
      shownSchema(schema),
      `only [${ROOT_KEYWORDS.join(" ")}] fields are allowed at the root of the schema if the status subresource is enabled`,
    ),
  ];
}
