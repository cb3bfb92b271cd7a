import { type CompiledRule, compileNodeRules, compileRules } from "../cel/rules.ts";
import type { Type } from "../cel/lang/types.ts";
import { typeOfSchema } from "../cel/types/schema-type.ts";
import { escapeField } from "../cel/values/field-names.ts";
import { type FieldError, internalError, invalid, invalidShown } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import type { SchemaProps } from "../schema-props.ts";
import { shownRule } from "./go-internal.ts";
import type { RuleCheck, ScopeSteps } from "./schema-rules.ts";

/** What rules see at a node. */
export interface RuleScope {
  /** The type, worked out when a rule asks for it. */
  readonly type: () => Type | undefined;
  /** Whether the node or one above it has rules. Types are named from there. */
  readonly isInRules: boolean;
}

/** The scope at the root of a schema. */
export function rootScope(schema: SchemaProps): RuleScope {
  return { type: remember(() => typeOfSchema(schema, "self", true)), isInRules: hasRules(schema) };
}

function hasRules(schema: SchemaProps): boolean {
  return (schema["x-kubernetes-validations"]?.length ?? 0) > 0;
}

function remember<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function step(scope: RuleScope, schema: SchemaProps, into: (type: Type) => Type | undefined): RuleScope {
  const type = remember(() => {
    const outer = scope.isInRules ? scope.type() : undefined;
    const found = outer === undefined ? undefined : into(outer);
    // What cannot be reached through its parent has a type of its own.
    return found ?? typeOfSchema(schema, "self", schema["x-kubernetes-embedded-resource"] === true);
  });
  return { type, isInRules: scope.isInRules || hasRules(schema) };
}

/** How the scope of rules goes down with a schema. */
export const RULE_STEPS: ScopeSteps<RuleScope> = {
  property: (scope, name, schema) =>
    step(scope, schema, (type) => (type.kind === "object" ? type.fields?.get(escapeField(name) ?? "") : undefined)),
  value: (scope, schema) => step(scope, schema, (type) => (type.kind === "map" ? type.value : undefined)),
  item: (scope, schema) => step(scope, schema, (type) => (type.kind === "list" ? type.of : undefined)),
};

/** Compiles the rules of a node, as the server does before it takes a CRD. */
export const checkNodeRules: RuleCheck<RuleScope> = (schema, { path, facts, scope, isSound }) => {
  if (!isSound || scope === undefined) return [];
  const at = child(path, "x-kubernetes-validations");
  const type = scope.type();
  if (type === undefined) {
    const why = "unable to convert structural schema to CEL declarations";
    return [internalError(at, `internal error: failed to construct type information for x-kubernetes-validations rules: ${why}`)];
  }
  return compileNodeRules(schema, type).flatMap((rule, index) => errorsOfRule(rule, item(at, index), facts.uncorrelated));
};

function errorsOfRule(
  { rule, problem, messageProblem, usesOldSelf }: CompiledRule,
  path: string,
  uncorrelated: string | undefined,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (problem !== undefined) errors.push(invalidShown(child(path, "rule"), shownRule(rule), problem));
  if (messageProblem !== undefined) errors.push(invalidShown(child(path, "messageExpression"), shownRule(rule), messageProblem));
  if (usesOldSelf && uncorrelated !== undefined) {
    errors.push(
      invalid(child(path, "rule"), rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`),
    );
  }
  if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    errors.push(
      invalidShown(child(path, "optionalOldSelf"), String(rule.optionalOldSelf), "may not be set if oldSelf is not used in rule"),
    );
  }
  return errors;
}

/** What the rules of a node say of its default: as a new value, and as one that did not change. */
export function defaultRuleErrors(value: unknown, schema: SchemaProps, path: string): readonly FieldError[] {
  const rules = compileRules(schema, false);
  if (rules === undefined) return [];
  const errors = rules.validate(value, { before: { value }, path });
  return errors.length > 0 ? errors : rules.validate(value, { path });
}
