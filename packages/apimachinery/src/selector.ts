import { PolykindError } from "@polykind/core";

/** One requirement of a label selector, as in `matchExpressions`. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
}

/** A label selector: every requirement must hold; none selects everything. */
export type LabelSelector = readonly LabelRequirement[];

/** Whether `labels` meet every requirement of `selector`. Any key is data, `__proto__` and `constructor` too. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
    }
  });
}

const SET_BASED = /^(\S+?)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/;
const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/**
 * Reads a label selector as `kubectl -l` takes it: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas.
 *
 * @throws PolykindError `CONFIG_INVALID`, naming the part that is not a requirement.
 */
export function parseLabelSelector(text: string): LabelSelector {
  return splitRequirements(text).map(parseRequirement);
}

/** Splits at commas that stand outside parentheses. */
function splitRequirements(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part, _, all) => part !== "" || all.length > 1);
}

function parseRequirement(text: string): LabelRequirement {
  const requirement = readRequirement(text);
  if (requirement === undefined || !KEY.test(requirement.key)) {
    throw new PolykindError(
      "CONFIG_INVALID",
      `cannot parse label selector: "${text}" is not a requirement such as a=b, a!=b, a in (b,c), a or !a`,
      { facts: { text } },
    );
  }
  return requirement;
}

function readRequirement(text: string): LabelRequirement | undefined {
  const [, setKey, set, list] = SET_BASED.exec(text) ?? [];
  if (setKey !== undefined && list !== undefined) {
    return { key: setKey, operator: set === "in" ? "In" : "NotIn", values: list.split(",").map((value) => value.trim()) };
  }
  const [, key, sign, value] = EQUALITY.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return { key, operator: sign === "!=" ? "NotIn" : "In", values: [value] };
  if (text.startsWith("!")) return { key: text.slice(1).trim(), operator: "DoesNotExist", values: [] };
  return { key: text, operator: "Exists", values: [] };
}

/** A label selector in the form that objects carry: `matchLabels` and `matchExpressions`. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: LabelRequirement["operator"];
    readonly values?: readonly string[];
  }[];
}

/** The requirements of a selector as objects carry it. */
export function labelSelectorOf({ matchLabels = {}, matchExpressions = [] }: LabelSelectorObject): LabelSelector {
  return [
    ...Object.entries(matchLabels).map(([key, value]): LabelRequirement => ({ key, operator: "In", values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({ key, operator, values })),
  ];
}
