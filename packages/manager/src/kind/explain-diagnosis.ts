import type { Awaited } from "./explain-awaits.ts";
import type { Evidence } from "./explain-evidence.ts";
import type { Judgement } from "./report.ts";
import type { Diagnosis, Finding, Suspicion } from "./suspicion.ts";

/** A judgement with what the server said of the reason: pure. */
export function withFinding(judgement: Judgement, diagnosis: Diagnosis | undefined): Judgement {
  if (diagnosis?.finding === undefined || judgement.message === undefined) return judgement;
  if (judgement.state !== "Degraded" && judgement.reason !== "SwitchFailed") return judgement;
  const { suspicion, finding } = diagnosis;
  const isShadowed = finding.is === "shadowed" && judgement.state === "Degraded";
  const said = textOf(finding, suspicion);
  return {
    ...judgement,
    ...(isShadowed && { reason: "Shadowed" }),
    ...(said !== undefined && { message: `${judgement.message}; ${said}` }),
  };
}

/** What the server said, as a fact. */
export function evidenceOfFinding(diagnosis: Diagnosis | undefined): readonly Evidence[] {
  if (diagnosis === undefined) return [];
  const { suspicion, finding } = diagnosis;
  const fact = { of: "server", type: suspicion.of === "rights" ? "Allowed" : "ServesItself" };
  if (finding === undefined) return [{ ...fact, status: "Unknown", message: "it is being asked" }];
  const message = textOf(finding, suspicion);
  return [{ ...fact, status: STATUSES[finding.is], ...(message !== undefined && { message }) }];
}

/** Who must do what because of what the server said; `undefined` when it gives no better advice than the error. */
export function remedyOfFinding(diagnosis: Diagnosis | undefined): Awaited | undefined {
  if (diagnosis?.finding === undefined) return undefined;
  const { suspicion, finding } = diagnosis;
  switch (finding.is) {
    case "forbidden":
      return {
        what: `this rule in a ClusterRole that is bound to whom polykind is: ${ruleOf(suspicion, finding.verbs)}`,
        who: "a cluster administrator",
      };
    case "shadowed":
      return { what: `an end to ${finding.by}, or of the CRD`, who: "a cluster administrator" };
    default:
      return undefined;
  }
}

/** As an entry of `rules` that can be pasted into a manifest. */
export function ruleOf({ group, plural }: Pick<Suspicion, "group" | "plural">, verbs: readonly string[]): string {
  return `- {apiGroups: [${JSON.stringify(group)}], resources: [${JSON.stringify(plural)}], verbs: ${JSON.stringify(verbs)}}`;
}

const STATUSES: Readonly<Record<Finding["is"], Evidence["status"]>> = {
  allowed: "True",
  itself: "True",
  forbidden: "False",
  shadowed: "False",
  untold: "Unknown",
};

function textOf(finding: Finding, { of, group, plural }: Suspicion): string | undefined {
  switch (finding.is) {
    case "forbidden":
      return `missing: ${finding.verbs.join(" and ")} of ${plural}.${group} in all namespaces`;
    case "allowed":
      return "the server says that list and watch are allowed: the right has come since, or something besides its roles refuses";
    case "shadowed":
      return `requests do not reach the CRD, but ${finding.by}`;
    case "itself":
      return undefined;
    case "untold":
      return of === "rights"
        ? `the server does not tell which right is missing: ${finding.why}`
        : `nobody tells what answers: ${finding.why}`;
  }
}
