import { compareKubeVersions } from "@polykind/apimachinery";

const BOUND = /^(>=|<=|>|<)?(v[1-9]\d*(?:(?:alpha|beta)[1-9]\d*)?)$/;
const NAME = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;

/** Whether `text` is the name of a version, or a bound in Kubernetes' order such as `>=v1beta1`. */
export function isVersionBound(text: string): boolean {
  return BOUND.test(text) || NAME.test(text);
}

/**
 * Whether a version is within any of `bounds`; without bounds, always.
 *
 * Names that are no Kubernetes versions have no place in the order: only their own name admits them.
 *
 * @example
 * ["v1alpha1", "v1beta1", "v1"].filter((version) => isWithinBounds(version, [">=v1beta1"]));
 * // => ["v1beta1", "v1"]
 */
export function isWithinBounds(version: string, bounds: readonly string[] | undefined): boolean {
  return bounds === undefined || bounds.some((bound) => isWithin(version, bound));
}

function isWithin(version: string, bound: string): boolean {
  const [, operator, limit] = BOUND.exec(bound) ?? [];
  if (operator === undefined || limit === undefined || !BOUND.test(version)) return version === bound;
  // The better version comes first in Kubernetes' order, so that it compares as less.
  const order = -compareKubeVersions(version, limit);
  switch (operator) {
    case ">=":
      return order >= 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    default:
      return order < 0;
  }
}
