import { isRecord } from "../../json.ts";
import { followPath } from "../crd/json-path.ts";
import { duplicate, type FieldError, forbidden, invalid, invalidUnshown, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { itemsOf, type SchemaProps, type ValidationRule, valuesOf } from "../schema-props.ts";
import { correlate, type Correlation } from "../value/correlation.ts";
import { compileCel, type Program } from "./compile.ts";
import { optionalOf, type Type } from "./lang/types.ts";
import { typeOfSchema, withMetaFields } from "./types/schema-type.ts";
import { escapeField } from "./values/field-names.ts";
import { fromJson } from "./values/from-json.ts";
import { CelError, makeOptional, type Value } from "./values/value.ts";

/** Evaluates the rules of a schema. */
export interface RuleValidator {
  /** What the rules say of `value`, below `path`. What has not changed since `before` is let pass, but for rules that compare (KEP-4008). */
  validate(value: unknown, options: RuleOptions): readonly FieldError[];
}

/** Options of {@link RuleValidator.validate}. */
export interface RuleOptions {
  readonly before?: { readonly value: unknown } | undefined;
  readonly path?: string;
  /** Whether what has not changed is let pass. */
  readonly isRatcheted?: boolean;
}

/** A validator for the rules of a schema and all below it; `undefined` if there are none. Rules are compiled when first needed. */
export function compileRules(schema: SchemaProps, isResource: boolean): RuleValidator | undefined {
  const node = ruleNode(
    schema,
    isResource,
    lazy(() => typeOfSchema(schema, "self", isResource)),
  );
  if (node === undefined) return undefined;
  return {
    validate(value, { before, path = "", isRatcheted = false }) {
      const was = isRatcheted && before !== undefined ? correlate(value, before.value, schema) : undefined;
      return checkNode(node, value, { before: before?.value, path, was, parent: undefined, isRatcheted });
    },
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

interface RuleNode {
  readonly schema: SchemaProps;
  readonly isResource: boolean;
  readonly rules: () => readonly CompiledRule[];
  readonly items: RuleNode | undefined;
  readonly values: RuleNode | undefined;
  readonly properties: ReadonlyMap<string, RuleNode>;
}

/** A rule with its programs, or why it has none. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: Program | undefined;
  readonly message: Program | undefined;
  readonly problem: string | undefined;
  readonly messageProblem: string | undefined;
  readonly usesOldSelf: boolean;
  /** Where failures are told, below the node. */
  readonly fieldPath: string;
}

/** Compiles the rules of one node for values of a type. Never throws. */
export function compileNodeRules(schema: SchemaProps, type: Type): readonly CompiledRule[] {
  return (schema["x-kubernetes-validations"] ?? []).map((rule) => compileRule(rule, schema, type));
}

function compileRule(rule: ValidationRule, schema: SchemaProps, type: Type): CompiledRule {
  const variables = new Map([
    ["self", type],
    ["oldSelf", rule.optionalOldSelf === true ? optionalOf(type) : type],
  ]);
  const nothing = {
    rule,
    program: undefined,
    message: undefined,
    problem: undefined,
    messageProblem: undefined,
    usesOldSelf: false,
    fieldPath: "",
  };
  if (rule.rule.trim() === "") return nothing;
  const compiled = compileCel(rule.rule, variables);
  if ("problem" in compiled) return { ...nothing, problem: compiled.problem };
  const { program } = compiled;
  if (program.checked.type.kind !== "bool") return { ...nothing, problem: "cel expression must evaluate to a bool" };
  const path =
    rule.fieldPath === undefined || rule.fieldPath === "" ? undefined : followPath(rule.fieldPath, schema, { allowsBrackets: true });
  const fieldPath = path === undefined || "error" in path ? "" : path.path;
  return { ...nothing, program, usesOldSelf: program.checked.used.has("oldSelf"), ...compileMessage(rule, variables), fieldPath };
}

function compileMessage(
  { messageExpression = "" }: ValidationRule,
  variables: ReadonlyMap<string, Type>,
): Pick<CompiledRule, "message" | "messageProblem"> {
  if (messageExpression === "") return { message: undefined, messageProblem: undefined };
  const compiled = compileCel(messageExpression, variables);
  if ("problem" in compiled) return { message: undefined, messageProblem: `messageExpression ${compiled.problem}` };
  if (compiled.program.checked.type.kind !== "string")
    return { message: undefined, messageProblem: "messageExpression must evaluate to a string" };
  return { message: compiled.program, messageProblem: undefined };
}

function ruleNode(schema: SchemaProps, isResource: boolean, type: () => Type | undefined): RuleNode | undefined {
  const below = (each: SchemaProps | undefined, step: (of: Type) => Type | undefined): RuleNode | undefined => {
    if (each === undefined) return undefined;
    return ruleNode(
      each,
      each["x-kubernetes-embedded-resource"] === true,
      lazy(() => stepInto(type(), step)),
    );
  };
  const properties = new Map<string, RuleNode>();
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    const node = propertyNode(name, each, type);
    if (node !== undefined) properties.set(name, node);
  }
  const items = below(itemsOf(schema), (of) => (of.kind === "list" ? of.of : undefined));
  const values = below(valuesOf(schema), (of) => (of.kind === "map" ? of.value : undefined));
  const hasRules = (schema["x-kubernetes-validations"]?.length ?? 0) > 0;
  if (!hasRules && items === undefined && values === undefined && properties.size === 0) return undefined;
  const rules = lazy(() => {
    const own = type();
    return own === undefined ? untyped(schema) : compileNodeRules(schema, own);
  });
  return { schema, isResource, rules, items, values, properties };
}

function stepInto(type: Type | undefined, step: (of: Type) => Type | undefined): Type | undefined {
  return type === undefined ? undefined : step(type);
}

/** Fields whose names rules cannot write have types of their own. */
function propertyNode(name: string, schema: SchemaProps, type: () => Type | undefined): RuleNode | undefined {
  const isResource = schema["x-kubernetes-embedded-resource"] === true;
  const field = escapeField(name);
  const own = (of: Type): Type | undefined =>
    field === undefined ? typeOfSchema(schema, "self", isResource) : of.kind === "object" ? of.fields?.get(field) : undefined;
  return ruleNode(
    schema,
    isResource,
    lazy(() => stepInto(type(), own)),
  );
}

function untyped(schema: SchemaProps): readonly CompiledRule[] {
  const problem = "failed to convert to declType for CEL validation rules";
  return (schema["x-kubernetes-validations"] ?? []).map((rule) => ({
    rule,
    program: undefined,
    message: undefined,
    problem,
    messageProblem: undefined,
    usesOldSelf: false,
    fieldPath: "",
  }));
}

interface Place {
  readonly before: unknown;
  readonly path: string;
  readonly was: Correlation | undefined;
  /** The nearest place above that is correlated. */
  readonly parent: Correlation | undefined;
  readonly isRatcheted: boolean;
}

function checkNode(node: RuleNode, value: unknown, place: Place): FieldError[] {
  if (value === null || value === undefined) return [];
  const errors = checkRules(node, value, place);
  if (Array.isArray(value)) errors.push(...checkItems(node, value, place));
  else if (isRecord(value)) errors.push(...checkFields(node, value, place));
  return errors;
}

function below(place: Place, step: (was: Correlation) => Correlation | undefined): Pick<Place, "parent" | "was"> {
  return place.was === undefined ? { was: undefined, parent: place.parent } : { was: step(place.was), parent: place.was };
}

function checkItems({ items, schema }: RuleNode, value: readonly unknown[], place: Place): FieldError[] {
  if (items === undefined) return [];
  const former = Array.isArray(place.before) ? correlate(value, place.before, schema) : undefined;
  return value.flatMap((each, index) => {
    const at = { before: former?.item(index)?.before, path: item(place.path, index), isRatcheted: place.isRatcheted };
    return checkNode(items, each, { ...at, ...below(place, (was) => was.item(index)) });
  });
}

function checkFields({ values, properties, schema }: RuleNode, value: Record<string, unknown>, place: Place): FieldError[] {
  const mapType = schema["x-kubernetes-map-type"];
  const isCorrelated = mapType === undefined || mapType === "granular" || mapType === "atomic";
  const former = isCorrelated && isRecord(place.before) ? place.before : {};
  return Object.entries(value).flatMap(([key, each]) => {
    const property = properties.get(key);
    const isTypeMeta = place.was !== undefined && place.parent === undefined && (key === "apiVersion" || key === "kind");
    const next = isTypeMeta ? { was: undefined, parent: undefined } : below(place, (was) => was.field(key));
    const at = { before: Object.hasOwn(former, key) ? former[key] : undefined, isRatcheted: place.isRatcheted, ...next };
    const ofValue = values === undefined ? [] : checkNode(values, each, { ...at, path: item(place.path, key) });
    return property === undefined ? ofValue : [...ofValue, ...checkNode(property, each, { ...at, path: child(place.path, key) })];
  });
}

function checkRules(node: RuleNode, value: unknown, place: Place): FieldError[] {
  const rules = (node.schema["x-kubernetes-validations"]?.length ?? 0) === 0 ? [] : node.rules();
  if (rules.length === 0) return [];
  const schema = node.isResource ? withMetaFields(node.schema) : node.schema;
  const self = lazy(() => fromJson(value, schema));
  const oldSelf = lazy(() => (place.before === null || place.before === undefined ? undefined : fromJson(place.before, schema)));
  return rules.flatMap((rule) => checkRule(rule, { schema, value, self, oldSelf, place }));
}

interface Subject {
  readonly schema: SchemaProps;
  readonly value: unknown;
  readonly self: () => Value;
  readonly oldSelf: () => Value | undefined;
  readonly place: Place;
}

function checkRule(compiled: CompiledRule, subject: Subject): readonly FieldError[] {
  const { rule, program, problem } = compiled;
  const { place, schema } = subject;
  if (problem !== undefined) return [invalid(place.path, schema.type ?? "", `rule compile error: ${problem}`)];
  if (program === undefined) return [];
  const isOptional = rule.optionalOldSelf === true;
  const isNew = place.before === null || place.before === undefined;
  if (compiled.usesOldSelf && isNew && !isOptional) return [];
  try {
    const variables = variablesOf(subject, compiled.usesOldSelf, isOptional);
    return program.run(variables) === true ? [] : failure(compiled, subject, variables);
  } catch (cause) {
    if (!(cause instanceof CelError)) throw cause;
    return [evaluationError(cause, rule, subject)];
  }
}

function variablesOf({ self, oldSelf }: Subject, usesOldSelf: boolean, isOptional: boolean): ReadonlyMap<string, Value> {
  const variables = new Map([["self", self()]]);
  if (!usesOldSelf) return variables;
  const former = oldSelf();
  if (isOptional) variables.set("oldSelf", makeOptional(former));
  else if (former !== undefined) variables.set("oldSelf", former);
  return variables;
}

function ruleText({ rule, message = "" }: ValidationRule): string {
  return message === "" ? rule.trim() : message.trim();
}

function evaluationError({ message }: CelError, rule: ValidationRule, { place, schema }: Subject): FieldError {
  const detail = message.startsWith("no such overload")
    ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`
    : `${message} evaluating rule: ${ruleText(rule)}`;
  return invalid(place.path, schema.type ?? "", detail);
}

function failure(compiled: CompiledRule, subject: Subject, variables: ReadonlyMap<string, Value>): readonly FieldError[] {
  const { place, schema, value } = subject;
  const isUnchanged = place.isRatcheted && !compiled.usesOldSelf && (place.was ?? place.parent)?.isEqual() === true;
  if (isUnchanged) return [];
  const path = compiled.fieldPath === "" ? place.path : child(place.path, compiled.fieldPath);
  const { rule } = compiled;
  const text = rule.message === undefined || rule.message === "" ? `failed rule: ${ruleText(rule)}` : rule.message.trim();
  const detail = messageOf(compiled, variables) ?? text;
  return [errorFor(rule.reason, path, { detail, value, isShown: schema.type !== "object" && schema.type !== "array" })];
}

/** The text of the message expression; `undefined` when it fails or says nothing usable. */
function messageOf({ message }: CompiledRule, variables: ReadonlyMap<string, Value>): string | undefined {
  if (message === undefined) return undefined;
  try {
    const text = message.run(variables);
    const trimmed = typeof text === "string" ? text.trim() : "";
    return trimmed === "" || trimmed.includes("\n") || Buffer.byteLength(trimmed) > 5 * 1024 ? undefined : trimmed;
  } catch (cause) {
    if (cause instanceof CelError) return undefined;
    throw cause;
  }
}

function errorFor(
  reason: string | undefined,
  path: string,
  { detail, value, isShown }: { detail: string; value: unknown; isShown: boolean },
): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
      return forbidden(path, detail);
    case "FieldValueRequired":
      return required(path, detail);
    case "FieldValueDuplicate":
      return isShown ? duplicate(path, value) : { reason: "FieldValueDuplicate", field: path, message: "Duplicate value" };
    default:
      return isShown ? invalid(path, value, detail) : invalidUnshown(path, detail);
  }
}
