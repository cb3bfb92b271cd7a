import { type FieldError, forbidden, invalid, notSupported } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { itemsOf, type SchemaProps, valuesOf } from "../schema-props.ts";
import { listTypeRuleErrors, mapTypeErrors } from "./list-rules.ts";
import { ruleFormErrors } from "./rule-form.ts";

/** What the server asks of schemas in general; an older CRD may excuse some of it. */
export interface SchemaOptions {
  readonly needsValidTypes: boolean;
  readonly needsAtomicSets: boolean;
  readonly needsMapKeys: boolean;
}

/** What holds at a node because of where it is. */
export interface NodeFacts {
  /** Why defaults may not be set, if they may not. */
  readonly noDefaults: string | undefined;
  readonly isInsideMeta: boolean;
  /** The part of the schema without identity over time, in which rules cannot use `oldSelf`. */
  readonly uncorrelated: string | undefined;
}

/** Checks the rules of one node: told of the node, its place and whether what was found so far is right. */
export type RuleCheck<T> = (
  schema: SchemaProps,
  place: { readonly path: string; readonly facts: NodeFacts; readonly scope: T | undefined; readonly isSound: boolean },
) => readonly FieldError[];

/** How the scope of rules goes down with the schema: types of fields, how often a node can occur. */
export interface ScopeSteps<T> {
  readonly property: (scope: T, name: string, schema: SchemaProps) => T;
  readonly value: (scope: T, schema: SchemaProps) => T;
  readonly item: (scope: T, schema: SchemaProps) => T;
}

/** What is looked for in a schema. */
export interface SchemaWalk<T> {
  readonly options: SchemaOptions;
  readonly checkRules: RuleCheck<T>;
  readonly steps: ScopeSteps<T>;
}

interface Found {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

interface Node<T> {
  readonly path: string;
  readonly facts: NodeFacts;
  readonly isRoot: boolean;
  readonly scope: T | undefined;
}

const META_FIELDS: ReadonlySet<string> = new Set(["metadata", "kind", "apiVersion"]);
const TYPES: readonly string[] = ["array", "boolean", "integer", "number", "object", "string"];

/** What is wrong with a schema apart from its structure: unsupported keywords, list and map types, rules. `scope` is that of rules; without it they are not checked. */
export function schemaRuleErrors<T>(schema: SchemaProps, path: string, walk: SchemaWalk<T>, scope: T | undefined): readonly FieldError[] {
  const facts: NodeFacts = { noDefaults: undefined, isInsideMeta: false, uncorrelated: undefined };
  const found = walkNode(schema, { path, facts, isRoot: true, scope }, walk);
  return [...found.schema, ...found.rules];
}

function walkNode<T>(schema: SchemaProps, node: Node<T>, walk: SchemaWalk<T>): Found {
  const { path, facts, scope } = node;
  const found: Found = { schema: [...keywordErrors(schema, node, walk.options)], rules: [] };
  if (schema.uniqueItems === true) {
    found.schema.push(
      forbidden(child(path, "uniqueItems"), "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"),
    );
  }
  walkValues(schema, node, { walk, found });
  walkProperties(schema, node, { walk, found });
  walkNested(schema, node, { walk, found });
  const items = itemsOf(schema);
  if (items !== undefined) {
    const isKeyed = schema["x-kubernetes-list-type"] === "map";
    const below = scope === undefined ? undefined : walk.steps.item(scope, items);
    const itemFacts = isKeyed ? facts : uncorrelatedFrom(facts, path);
    add(found, walkNode(items, { path: child(path, "items"), facts: itemFacts, isRoot: false, scope: below }, walk));
  }
  found.schema.push(...extensionErrors(schema, path), ...listTypeRuleErrors(schema, path, walk.options), ...ruleFormErrors(schema, path));
  if ((schema["x-kubernetes-validations"]?.length ?? 0) > 0) {
    found.rules.push(...walk.checkRules(schema, { path, facts, scope, isSound: found.schema.length === 0 }));
  }
  return found;
}

function add(found: Found, more: Found): void {
  found.schema.push(...more.schema);
  found.rules.push(...more.rules);
}

function uncorrelatedFrom(facts: NodeFacts, path: string): NodeFacts {
  return facts.uncorrelated === undefined ? { ...facts, uncorrelated: path } : facts;
}

interface Job<T> {
  readonly walk: SchemaWalk<T>;
  readonly found: Found;
}

function walkValues<T>(schema: SchemaProps, { path, facts, scope }: Node<T>, { walk, found }: Job<T>): void {
  const { additionalProperties } = schema;
  if (additionalProperties === undefined || additionalProperties === null) return;
  if (Object.keys(schema.properties ?? {}).length > 0 && additionalProperties !== true) {
    found.schema.push(forbidden(child(path, "additionalProperties"), "additionalProperties and properties are mutual exclusive"));
  }
  const values = valuesOf(schema);
  if (values === undefined) return;
  const below = facts.isInsideMeta ? { ...facts, noDefaults: "inside additionalProperties applying to object metadata" } : facts;
  const valueScope = scope === undefined ? undefined : walk.steps.value(scope, values);
  add(found, walkNode(values, { path: child(path, "additionalProperties"), facts: below, isRoot: false, scope: valueScope }, walk));
}

function walkProperties<T>(schema: SchemaProps, node: Node<T>, { walk, found }: Job<T>): void {
  const { path, scope, isRoot } = node;
  const mapType = schema["x-kubernetes-map-type"];
  const isCorrelated = mapType === undefined || mapType === "granular" || mapType === "atomic";
  const facts = isCorrelated ? node.facts : uncorrelatedFrom(node.facts, path);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isMeta = META_FIELDS.has(name) && (isRoot || schema["x-kubernetes-embedded-resource"] === true);
    const noDefaults = isMeta && isRoot ? `in top-level ${name}` : facts.noDefaults;
    const below: NodeFacts = isMeta ? { ...facts, isInsideMeta: true, noDefaults } : facts;
    const at = item(child(path, "properties"), name);
    add(
      found,
      walkNode(
        property,
        { path: at, facts: below, isRoot: false, scope: scope === undefined ? undefined : walk.steps.property(scope, name, property) },
        walk,
      ),
    );
  }
}

function walkNested<T>(schema: SchemaProps, { path, facts }: Node<T>, { walk, found }: Job<T>): void {
  const below = (nested: SchemaProps, at: string): void =>
    add(found, walkNode(nested, { path: at, facts, isRoot: false, scope: undefined }, walk));
  if (schema.not !== undefined && schema.not !== null) below(schema.not, child(path, "not"));
  for (const key of ["allOf", "oneOf", "anyOf"] as const) {
    for (const [index, nested] of (schema[key] ?? []).entries()) below(nested, item(child(path, key), index));
  }
  for (const [name, nested] of Object.entries(schema.definitions ?? {})) below(nested, item(child(path, "definitions"), name));
}

function keywordErrors<T>(schema: SchemaProps, { path, facts }: Node<T>, options: SchemaOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (key: string, rule: string): void => void errors.push(forbidden(child(path, key), rule));
  const { type = "" } = schema;
  if (options.needsValidTypes && type !== "" && !TYPES.includes(type)) errors.push(notSupported(child(path, "type"), type, TYPES));
  if (schema.default !== undefined && facts.noDefaults !== undefined) refuse("default", `must not be set ${facts.noDefaults}`);
  if (schema.id !== undefined && schema.id !== "") refuse("id", "id is not supported");
  if (schema.additionalItems !== undefined) refuse("additionalItems", "additionalItems is not supported");
  if (isFilled(schema.patternProperties)) refuse("patternProperties", "patternProperties is not supported");
  if (isFilled(schema.definitions)) refuse("definitions", "definitions is not supported");
  if (schema.dependencies !== undefined) refuse("dependencies", "dependencies is not supported");
  if (schema.$ref !== undefined) refuse("$ref", "$ref is not supported");
  if (type === "null") refuse("type", "type cannot be set to null, use nullable as an alternative");
  if (Array.isArray(schema.items) && schema.items.length > 0) refuse("items", "items must be a schema object and not an array");
  if (facts.isInsideMeta && schema["x-kubernetes-embedded-resource"] === true)
    refuse("x-kubernetes-embedded-resource", "must not be used inside of resource meta");
  return errors;
}

function isFilled(record: object | undefined): boolean {
  return record !== undefined && Object.keys(record).length > 0;
}

function extensionErrors(schema: SchemaProps, path: string): readonly FieldError[] {
  const key = "x-kubernetes-preserve-unknown-fields";
  const preserves = schema[key] === false ? [invalid(child(path, key), false, "must be true or undefined")] : [];
  return [...preserves, ...mapTypeErrors(schema, path)];
}
