import { CRD_RESOURCE, type Manifest, type Resource } from "@polykind/apimachinery";
import type { Entry } from "./backlog.ts";

export const EVENTS: Resource = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  resourceScope: "Namespaced",
};

/** Events regarding what lies in no namespace must lie in this one. */
export const EVENTS_NAMESPACE = "default";

/** So much of a CRD's name is part of an event's, which may have 253 characters. */
const LONGEST_PREFIX = 220;

/** The name of an event: of its CRD, of when it was made in Unix milliseconds, and of a number below 1 that tells apart what other processes make at the same time. */
export function eventNameOf(crd: string, { at, draw }: { readonly at: number; readonly draw: number }): string {
  const prefix = crd.slice(0, LONGEST_PREFIX).replace(/[^a-z0-9]+$/, "");
  return `${prefix}.${at.toString(16)}${Math.floor(draw * 0x1_00_00)
    .toString(16)
    .padStart(4, "0")}`;
}

/** The new event that tells of an entry. */
export function eventOf(
  { saying, count, lastAt }: Entry,
  { name, instance }: { readonly name: string; readonly instance: string },
): Manifest {
  const { crd, uid, type, reason, action, note } = saying;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name, namespace: EVENTS_NAMESPACE },
    eventTime: microTimeOf(lastAt),
    reportingController: "polykind",
    reportingInstance: instance,
    type,
    reason,
    action,
    note,
    regarding: { apiVersion: `${CRD_RESOURCE.group}/${CRD_RESOURCE.version}`, kind: CRD_RESOURCE.kind, name: crd, uid },
    ...(count > 1 && seriesOf({ count, lastAt })),
  };
}

/** What is changed in an event that happened again: of all its fields the server takes only this one. */
export function seriesOf({ count, lastAt }: Pick<Entry, "count" | "lastAt">): { readonly series: object } {
  return { series: { count, lastObservedTime: microTimeOf(lastAt) } };
}

/** RFC 3339 with six digits: the API server refuses fewer. */
function microTimeOf(at: number): string {
  return new Date(at).toISOString().replace("Z", "000Z");
}
