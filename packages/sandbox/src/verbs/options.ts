import { forbiddenValue, invalidValue, required, unsupportedValue } from "../kind/field-errors.ts";
import type { FieldError } from "../schema/index.ts";
import { badRequest, invalidOptions } from "../status/refusals.ts";

const VALIDATIONS = ["Ignore", "Strict", "Warn"] as const;

/** What `fieldValidation` asks for. */
export type FieldValidation = (typeof VALIDATIONS)[number];

/** The options of a write, from the query. */
export interface WriteOptions {
  readonly isDryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly isForced: boolean;
}

/** Reads the options of a write. @param options `CreateOptions` and the like, for messages. @throws StatusError 422. */
export function writeOptionsOf(
  options: "CreateOptions" | "PatchOptions" | "UpdateOptions",
  query: URLSearchParams,
  isApply = false,
): WriteOptions {
  const errors: FieldError[] = [...dryRunErrors(query.getAll("dryRun"))];
  const fieldManager = query.get("fieldManager") ?? "";
  const validation = query.get("fieldValidation") ?? "";
  if (isApply && fieldManager === "") errors.push(required("fieldManager", "is required for apply patch"));
  if (fieldManager.length > 128)
    errors.push({ reason: "FieldValueTooLong", field: "fieldManager", message: "Too long: may not be more than 128 bytes" });
  if (!isApply && options === "PatchOptions" && query.has("force"))
    errors.push(forbiddenValue("force", "may not be specified for non-apply patch"));
  if (validation !== "" && !isValidation(validation)) errors.push(unsupportedValue("fieldValidation", validation, ["", ...VALIDATIONS]));
  if (errors.length > 0) throw invalidOptions(options, errors);
  return {
    isDryRun: query.has("dryRun"),
    fieldManager,
    fieldValidation: isValidation(validation) ? validation : "Warn",
    isForced: query.get("force") === "true",
  };
}

function isValidation(text: string): text is FieldValidation {
  return VALIDATIONS.some((each) => each === text);
}

/** What is wrong with `dryRun`, of which the only value is `All`. */
export function dryRunErrors(values: readonly string[]): readonly FieldError[] {
  return values.every((each) => each === "All") ? [] : [unsupportedValue("dryRun", values, ["All"])];
}

/** The options of a list or a watch, from the query. */
export interface ListOptions {
  readonly limit: number | undefined;
  readonly continue: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowsBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

/** Reads the options of a list or a watch. @throws StatusError 400 and 422. */
export function listOptionsOf(query: URLSearchParams, isWatch: boolean): ListOptions {
  const options: ListOptions = {
    limit: integerOf(query, "limit"),
    continue: query.get("continue") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
    sendInitialEvents: query.has("sendInitialEvents") ? isTrue(query.get("sendInitialEvents")) : undefined,
    allowsBookmarks: isTrue(query.get("allowWatchBookmarks")),
    timeoutSeconds: integerOf(query, "timeoutSeconds"),
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
  };
  const errors = isWatch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalidOptions("ListOptions", errors);
  return options;
}

/** Whether a query parameter is on, as the API reads it: `watch`, `watch=1` and `watch=true` are. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function watchErrors({ sendInitialEvents, resourceVersionMatch: match, ...options }: ListOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== "NotOlderThan") {
    errors.push(forbiddenValue("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (sendInitialEvents === undefined && match !== "") {
    errors.push(forbiddenValue("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  if (options.continue !== "") errors.push(forbiddenValue("continue", "continue is forbidden for watch"));
  return errors;
}

function listErrors(options: ListOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { resourceVersion, resourceVersionMatch: match } = options;
  if (options.sendInitialEvents !== undefined) errors.push(forbiddenValue("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  if (match === "") return errors;
  if (options.continue !== "")
    errors.push(forbiddenValue("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
  if (resourceVersion === "")
    errors.push(forbiddenValue("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
  if (match !== "Exact" && match !== "NotOlderThan")
    errors.push(unsupportedValue("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
  if (match === "Exact" && resourceVersion === "0")
    errors.push(forbiddenValue("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  return errors;
}

/** The number in `resourceVersion`. @throws StatusError 400. */
export function revisionOf(resourceVersion: string): number {
  if (/^\d+$/.test(resourceVersion)) return Number(resourceVersion);
  const { message } = invalidValue(
    "resourceVersion",
    resourceVersion,
    `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
  );
  throw badRequest(`invalid resource version: resourceVersion: ${message}`);
}
