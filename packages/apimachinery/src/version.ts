/**
 * Orders API versions as Kubernetes does: stable, then beta, then alpha; newer
 * before older; names that are not versions last, by name.
 *
 * Total and deterministic. Never throws: every string has a place.
 * Source: `k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings`, reversed.
 *
 * @example
 * ["v1beta2", "v2", "v1", "latest"].toSorted(compareKubeVersions);
 * // => ["v2", "v1", "v1beta2", "latest"]
 */
export function compareKubeVersions(a: string, b: string): number {
  const [x, y] = [parse(a), parse(b)];
  if (x === undefined || y === undefined) {
    return Number(x === undefined) - Number(y === undefined) || Number(a > b) - Number(a < b);
  }
  return y.stability - x.stability || compareDigits(y.major, x.major) || compareDigits(y.minor, x.minor);
}

/**
 * Orders resource versions: decimal integers of any length, the smaller first.
 *
 * @returns `undefined` when either is not such an integer: then they are only equal or not
 * (Kubernetes KEP-5504).
 *
 * @example
 * compareResourceVersions("99", "9007199254740993");
 * // => -1
 */
export function compareResourceVersions(a: string, b: string): -1 | 0 | 1 | undefined {
  if (a === b) return 0;
  if (!INTEGER.test(a) || !INTEGER.test(b)) return undefined;
  return compareDigits(a, b) < 0 ? -1 : 1;
}

/** Canonical, as the API server writes it: no sign, no leading zero. */
const INTEGER = /^(?:0|[1-9]\d*)$/;

/** Canonical decimal digits compare by length, then as text. */
function compareDigits(a: string, b: string): number {
  return a.length - b.length || Number(a > b) - Number(a < b);
}

const STABILITY = { alpha: 0, beta: 1, stable: 2 } as const;
const KUBE_VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;

function parse(version: string): { readonly stability: number; readonly major: string; readonly minor: string } | undefined {
  const found = KUBE_VERSION.exec(version);
  if (found === null) return undefined;
  const [, major = "", stability = "stable", minor = "0"] = found;
  return { stability: STABILITY[stability as keyof typeof STABILITY], major, minor }; // The expression admits only these.
}
