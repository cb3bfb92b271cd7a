import type { ManagedKind, ManagedKinds, Plugin } from "@polykind/plugin";
import { validRange, valid as validVersion } from "semver";
import { isVersionBound } from "./version-bound.ts";

/** A plain object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether `value` is an object with fields: no array, no function, not `null`. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A DNS label that begins with a letter. */
const NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const GROUP = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const GROUP_PATTERN = /^[-a-z0-9.*]+$/;
const KIND = /^[A-Za-z](?:[-A-Za-z0-9]*[A-Za-z0-9])?$/;
const KIND_PATTERN = /^[-A-Za-z0-9*]+$/;
const FINALIZER = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** One rule: what a field must be, said for its author, and whether it is. */
interface Rule {
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
  readonly isOptional?: boolean;
}

const PLUGIN_RULES: Readonly<Record<string, Rule>> = {
  name: { must: "be a name of lower case letters, digits and dashes, such as session-ttl", holds: (value) => isText(value, NAME) },
  version: {
    must: "be a semantic version such as 1.0.0",
    holds: (value) => typeof value === "string" && validVersion(value) !== null,
    isOptional: true,
  },
  engines: {
    must: 'name the hosts it runs on, such as { polykind: "^1.0" }',
    holds: (value) => isFields(value) && isRange(value["polykind"]),
  },
  shared: { must: "be true or false", holds: (value) => typeof value === "boolean", isOptional: true },
  finalizer: {
    must: "be a qualified name such as example.com/cleanup, without a uid: objects outlive controllers",
    holds: (value) => isText(value, FINALIZER) && !UID.test(value),
    isOptional: true,
  },
  workers: {
    must: "be an integer from 1 to 1,000",
    holds: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000,
    isOptional: true,
  },
  reconcileTimeoutMs: {
    must: "be a number of milliseconds above 0",
    holds: (value) => Number.isFinite(value) && Number(value) > 0,
    isOptional: true,
  },
  setup: { must: "be a function that returns { reconcile }", holds: (value) => typeof value === "function" },
};

/**
 * Whether `value` is a plugin; if not, what is wrong with each field, for its author.
 *
 * Fields that are not known are left alone: a newer plugin may have more than this host knows, and its `engines` tell whether it needs them.
 */
export function problemsOfPlugin(value: unknown): readonly string[] {
  if (!isFields(value)) return [`its default export must be definePlugin({ … }), not ${nameOfType(value)}`];
  return [...problemsByRules(value, PLUGIN_RULES), ...problemsOfManages(value["manages"]), ...problemsOfWatches(value["watches"])];
}

/** Narrows to a plugin what {@link problemsOfPlugin} finds nothing wrong with. */
export function isPlugin(value: unknown): value is Plugin {
  return problemsOfPlugin(value).length === 0;
}

/** What is wrong with the `manages` of a plugin or a manifest. */
export function problemsOfManages(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every(isFields)) return ['"manages" must be { group, kind }, { selector: { … } } or a list of these'];
  const isList = Array.isArray(value);
  return list.flatMap((each, at) => problemsOfManaged(each, isList ? `manages[${at}]` : "manages"));
}

/** What is wrong with the `watches` of a plugin or a manifest. */
export function problemsOfWatches(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isFields)) return ['"watches" must be a list of { group, kind }'];
  return value.flatMap((each, at) => problemsByRules(each, WATCH_RULES, `watches[${at}].`));
}

const WATCH_RULES: Readonly<Record<string, Rule>> = {
  group: { must: 'be an API group, "" for the core one', holds: (value) => value === "" || isText(value, GROUP) },
  kind: { must: "be a kind such as Deployment", holds: (value) => isText(value, KIND) },
  version: { must: "be a version such as v1", holds: (value) => isText(value, NAME), isOptional: true },
  map: { must: "be a function from an object to names", holds: (value) => typeof value === "function", isOptional: true },
};

const RANGE_RULES: Readonly<Record<string, Rule>> = {
  versions: {
    must: 'be a list of versions or bounds such as "v1" or ">=v1beta1"',
    holds: (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string" && isVersionBound(each)),
    isOptional: true,
  },
  resourceScope: { must: "be Namespaced or Cluster", holds: (value) => value === "Namespaced" || value === "Cluster", isOptional: true },
};

const KIND_RULES: Readonly<Record<string, Rule>> = {
  group: { must: "be an API group such as example.com", holds: (value) => isText(value, GROUP) },
  kind: { must: "be a kind such as Widget", holds: (value) => isText(value, KIND) },
  ...RANGE_RULES,
};

const SELECTOR_RULES: Readonly<Record<string, Rule>> = {
  group: { must: "be an API group or a pattern such as *.example.com", holds: (value) => isText(value, GROUP_PATTERN), isOptional: true },
  kind: { must: "be a kind or a pattern such as *Policy", holds: (value) => isText(value, KIND_PATTERN), isOptional: true },
  labels: {
    must: "be labels, each a text",
    holds: (value) => isFields(value) && Object.values(value).every((each) => typeof each === "string"),
    isOptional: true,
  },
};

function problemsOfManaged(managed: Fields, path: string): readonly string[] {
  if (!("selector" in managed)) return problemsByRules(managed, KIND_RULES, `${path}.`);
  const { selector } = managed;
  if ("kind" in managed || "group" in managed) return [`"${path}" must have either group and kind, or a selector, not both`];
  if (!isFields(selector)) return [`"${path}.selector" must be { group?, kind?, labels? }`];
  return [...problemsByRules(selector, SELECTOR_RULES, `${path}.selector.`), ...problemsByRules(managed, RANGE_RULES, `${path}.`)];
}

function problemsByRules(value: Fields, rules: Readonly<Record<string, Rule>>, path = ""): readonly string[] {
  const broken = Object.entries(rules).filter(
    ([field, { holds, isOptional }]) => !(isOptional && value[field] === undefined) && !holds(value[field]),
  );
  return broken.map(([field, { must }]) => `"${path}${field}" must ${must}${value[field] === undefined ? "; it is missing" : ""}`);
}

/** Those of a plugin or a manifest, as a list. */
export function managedKindsOf({ manages }: { readonly manages: Plugin["manages"] }): readonly (ManagedKind | ManagedKinds)[] {
  return [manages].flat();
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === "string" && value.length <= 253 && form.test(value);
}

/** Whether `value` is a semver range. */
export function isRange(value: unknown): value is string {
  return typeof value === "string" && validRange(value) !== null;
}

function nameOfType(value: unknown): string {
  if (value === undefined) return "missing";
  return Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
}
