import type { CustomResourceDefinition } from "@polykind/apimachinery";
import type { CrdCondition } from "./conditions.ts";

const TYPE = "KubernetesAPIApprovalPolicyConformant";
const ANNOTATION = "api-approved.kubernetes.io";
const RULE = `protected groups must have approval annotation ${JSON.stringify(ANNOTATION)}`;
const WHERE = "see https://github.com/kubernetes/enhancements/pull/1111";

/** What is told of the approval of a CRD whose group belongs to the Kubernetes project; nothing for other groups. Source: KEP-1111. */
export function approvalOf({ spec, metadata }: CustomResourceDefinition): CrdCondition | undefined {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(spec.group)) return undefined;
  const annotation = metadata.annotations?.[ANNOTATION] ?? "";
  if (annotation === "") return { type: TYPE, status: "False", reason: "MissingAnnotation", message: `${RULE}, ${WHERE}` };
  if (annotation.startsWith("unapproved")) {
    return { type: TYPE, status: "False", reason: "UnapprovedAnnotation", message: `not approved: ${JSON.stringify(annotation)}` };
  }
  if (isUrl(annotation)) return { type: TYPE, status: "True", reason: "ApprovedAnnotation", message: `approved in ${annotation}` };
  return {
    type: TYPE,
    status: "False",
    reason: "InvalidAnnotation",
    message: `${RULE} with either a URL or a reason starting with "unapproved", ${WHERE}`,
  };
}

function isUrl(text: string): boolean {
  return (URL.parse(text)?.host ?? "") !== "";
}
