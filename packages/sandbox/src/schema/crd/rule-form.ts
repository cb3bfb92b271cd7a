import { type FieldError, invalid, notSupported, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import type { SchemaProps, ValidationRule } from "../schema-props.ts";
import { followPath } from "./json-path.ts";

const REASONS: readonly string[] = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/** What is wrong with the form of the rules of a node; their expressions are not looked at. */
export function ruleFormErrors(schema: SchemaProps, path: string): readonly FieldError[] {
  return (schema["x-kubernetes-validations"] ?? []).flatMap((rule, index) =>
    errorsOfRule(rule, schema, item(child(path, "x-kubernetes-validations"), index)),
  );
}

function errorsOfRule(rule: ValidationRule, schema: SchemaProps, path: string): readonly FieldError[] {
  const errors = [...textErrors(rule, path)];
  const { messageExpression = "", reason, fieldPath = "" } = rule;
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(required(child(path, "messageExpression"), "messageExpression must be non-empty if specified"));
  }
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(child(path, "reason"), reason, REASONS));
  const at = child(path, "fieldPath");
  if (fieldPath === "") return errors;
  if (fieldPath.trim() === "") errors.push(invalid(at, fieldPath, "must be non-empty if specified"));
  if (hasLineBreak(fieldPath)) errors.push(invalid(at, fieldPath, "must not contain line breaks"));
  if ("error" in followPath(fieldPath, schema, { allowsBrackets: true })) errors.push(invalid(at, fieldPath, "must be a valid path"));
  return errors;
}

function textErrors({ rule, message = "" }: ValidationRule, path: string): readonly FieldError[] {
  const at = child(path, "message");
  if (rule.trim() === "") return [required(child(path, "rule"), "rule is not specified")];
  if (message !== "" && message.trim() === "") return [invalid(at, message, "must be non-empty if specified")];
  if (hasLineBreak(message.trim())) return [invalid(at, message, "must not contain line breaks")];
  if (hasLineBreak(rule.trim()) && message.trim() === "") return [required(at, "message must be specified if rule contains line breaks")];
  return [];
}

function hasLineBreak(text: string): boolean {
  return /[\n\r]/.test(text);
}
