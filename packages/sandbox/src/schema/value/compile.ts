import { equalJson, isRecord, type JsonObject } from "../../json.ts";
import { type FieldError, invalid, required, tooMany } from "../field-error.ts";
import { child } from "../field-path.ts";
import { formatCheckOf } from "../formats/formats.ts";
import { itemsOf, type SchemaProps, valuesOf } from "../schema-props.ts";
import { type Combinations, checkCombinations, type ValueCheck } from "./combination-check.ts";
import { correlate, type Correlation } from "./correlation.ts";
import { checkEnum } from "./enum-check.ts";
import { compileNumberCheck } from "./number-check.ts";
import { addViolation, mergeOutcome, newOutcome, type Outcome } from "./outcome.ts";
import { compileStringCheck } from "./string-check.ts";
import { checkType, typeRuleOf, wrongType } from "./type-check.ts";

/** Checks a value; what was invalid before and has not changed since is let pass where `was` correlates it (KEP-4008). */
type NodeCheck = (value: unknown, at: Place, out: Outcome) => void;

interface Place {
  readonly path: string;
  readonly was: Correlation | undefined;
}

/** Validates a JSON value against a schema. */
export interface ValueValidator {
  /**
   * What is wrong with `value`, in the order and words of the API server, below the path `prefix`.
   * With `before`, what has not changed is not told.
   */
  validate(value: unknown, options?: { readonly before?: { readonly value: unknown } | undefined; readonly prefix?: string }): FieldError[];
}

/** A validator that compiles each node of the schema when it first meets a value for it. */
export function compileValueValidator(schema: SchemaProps): ValueValidator {
  const check = lazily(schema);
  return {
    validate(value, { before, prefix = "" } = {}) {
      const out = newOutcome();
      ratcheted(check)(value, { path: "", was: before === undefined ? undefined : correlate(value, before.value, schema) }, out);
      return out.violations.map(({ at, error }) => error(fieldOfViolation(prefix, at)));
    },
  };
}

function fieldOfViolation(prefix: string, at: string | undefined): string {
  if (at === undefined || at === "" || at === ".") return prefix;
  return child(prefix, at.startsWith(".") ? at.slice(1) : at);
}

function lazily(schema: SchemaProps): NodeCheck {
  let compiled: NodeCheck | undefined;
  return (value, at, out) => {
    compiled ??= compileNode(schema);
    compiled(value, at, out);
  };
}

function ratcheted(check: NodeCheck): NodeCheck {
  return (value, at, out) => {
    if (at.was === undefined) {
      check(value, at, out);
      return;
    }
    const own = newOutcome();
    check(value, at, own);
    if (own.violations.length > 0 && at.was.isEqual()) out.matches += own.matches;
    else mergeOutcome(out, own);
  };
}

function compileNode(schema: SchemaProps): NodeCheck {
  const rule = typeRuleOf(schema);
  const hasTypeRule = rule.types.length > 0 || rule.format !== "";
  const combinations = combinationsOf(schema);
  const values = schema.enum ?? [];
  const checkString = compileStringCheck(schema);
  const checkFormat = formatCheckOf(rule.format);
  const checkNumber = compileNumberCheck(schema, rule);
  const checkList = compileList(schema);
  const checkObject = compileObject(schema);
  return (value, at, out) => {
    const { path } = at;
    if (value === null || value === undefined) {
      checkType(rule, null, path, out);
      if (values.length > 0) checkEnum(values, null, path, out);
      return;
    }
    if (hasTypeRule) {
      checkType(rule, value, path, out);
      out.matches++;
    }
    checkCombinations(combinations, value, path, out);
    out.matches++;
    if (typeof value === "string") {
      checkString(value, path, out);
      if (checkFormat !== undefined) {
        if (!checkFormat(value)) addViolation(out, wrongType(path, rule.format, value));
        out.matches++;
      }
    } else if (typeof value === "number") checkNumber(value, path, out);
    else if (Array.isArray(value)) checkList(value, at, out);
    if (values.length > 0) checkEnum(values, value, path, out);
    if (isRecord(value)) checkObject(value, at, out);
    out.matches += 2 + Number(typeof value !== "boolean");
  };
}

function combinationsOf({ anyOf, oneOf, allOf, not }: SchemaProps): Combinations {
  const plain = (schema: SchemaProps): ValueCheck => {
    const check = lazily(schema);
    return (value, path, out) => check(value, { path, was: undefined }, out);
  };
  const each = (schemas: readonly SchemaProps[] | undefined): readonly ValueCheck[] => (schemas ?? []).map(plain);
  return { anyOf: each(anyOf), oneOf: each(oneOf), allOf: each(allOf), not: not === undefined || not === null ? undefined : plain(not) };
}

function compileList(schema: SchemaProps): (list: readonly unknown[], at: Place, out: Outcome) => void {
  const below = itemsOf(schema);
  const checkItem = below === undefined ? undefined : ratcheted(lazily(below));
  const { minItems, maxItems } = schema;
  return (list, { path, was }, out) => {
    out.matches++;
    if (checkItem !== undefined) {
      for (const [index, value] of list.entries()) checkItem(value, { path: `${path}[${index}]`, was: was?.item(index) }, out);
    }
    if (typeof minItems === "number" && list.length < minItems) tellSize(list.length, path, `should have at least ${minItems} items`, out);
    if (typeof maxItems === "number" && list.length > maxItems) {
      const text = `${path} in body should have at most ${maxItems} items`;
      addViolation(out, { text, at: path, error: (field) => tooMany(field, list.length, maxItems) });
    }
    if (schema.uniqueItems === true && hasTwins(list)) tellSize("", path, "shouldn't contain duplicates", out);
  };
}

function hasTwins(list: readonly unknown[]): boolean {
  return list.some((value, index) => list.slice(0, index).some((earlier) => equalJson(value, earlier)));
}

function tellSize(size: number | string, path: string, what: string, out: Outcome): void {
  const text = `${path} in body ${what}`;
  addViolation(out, { text, at: path, error: (field) => invalid(field, size, text) });
}

function compileObject(schema: SchemaProps): (object: JsonObject, at: Place, out: Outcome) => void {
  const checks = new Map<string, NodeCheck>(Object.entries(schema.properties ?? {}).map(([name, each]) => [name, ratcheted(lazily(each))]));
  const below = valuesOf(schema);
  const checkValue = below === undefined ? undefined : ratcheted(lazily(below));
  return (object, at, out) => {
    const keys = Object.keys(object);
    checkSize(schema, keys.length, at.path, out);
    for (const key of keys) {
      const check = checks.get(key);
      if (check === undefined && schema.additionalProperties === false) tellForbidden(key, at.path, out);
      // Below the root the path of a map's value begins with a dot, which messages show.
      else if (check === undefined) checkValue?.(object[key], { path: `${at.path}.${key}`, was: at.was?.field(key) }, out);
    }
    checkFields(checks, object, at, out);
    for (const name of schema.required ?? []) if (!Object.hasOwn(object, name)) tellMissing(`${at.path}.${name}`, out);
  };
}

function checkFields(checks: ReadonlyMap<string, NodeCheck>, object: JsonObject, { path, was }: Place, out: Outcome): void {
  for (const key of Object.keys(object)) {
    const isTypeMeta = path === "" && (key === "kind" || key === "apiVersion");
    checks.get(key)?.(object[key], { path: child(path, key), was: isTypeMeta ? undefined : was?.field(key) }, out);
  }
}

function checkSize({ minProperties, maxProperties }: SchemaProps, size: number, path: string, out: Outcome): void {
  if (typeof minProperties === "number" && size < minProperties)
    tellSize(size, path, `should have at least ${minProperties} properties`, out);
  if (typeof maxProperties === "number" && size > maxProperties) {
    const text = `${path} in body should have at most ${maxProperties} properties`;
    addViolation(out, { text, at: path, error: (field) => tooMany(field, size, maxProperties) });
  }
}

function tellForbidden(key: string, path: string, out: Outcome): void {
  const text = `${path}.${key} in body is a forbidden property`;
  addViolation(out, { text, at: path, error: (field) => invalid(field, key, text) });
}

function tellMissing(path: string, out: Outcome): void {
  addViolation(out, { text: `${path} in body is required`, at: path, error: (field) => required(field) });
}
