import { groupKindText } from "@polykind/apimachinery";
import type { PluginRecord } from "@polykind/plugin-host";
import type { KindReport } from "./report.ts";

/** The kinds that a plugin names; those it selects are not known before they come. */
export function wantedBy({ plugin }: PluginRecord): readonly { readonly group: string; readonly kind: string }[] {
  const manages = plugin?.manages ?? [];
  return [manages].flat().flatMap((managed) => ("selector" in managed ? [] : [managed]));
}

/** What is told of a kind that a plugin wants and no CRD serves. `since`: in Unix milliseconds. */
export function absentReport({ group, kind }: { readonly group: string; readonly kind: string }, since: number): KindReport {
  return {
    name: groupKindText({ group, kind }),
    group,
    kind,
    crd: "",
    incarnations: 0,
    epoch: 0,
    state: "Absent",
    reason: "NoCrd",
    message: "a plugin manages this kind, and no CustomResourceDefinition serves it",
    since: new Date(since).toISOString(),
    runs: [],
  };
}
