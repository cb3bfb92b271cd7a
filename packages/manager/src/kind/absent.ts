import { groupKindText } from "@polykind/apimachinery";
import type { PluginRecord } from "@polykind/plugin-host";
import type { KindReport } from "./report.ts";

/** The kinds that a plugin names; those it selects are not known before they come. */
export function wantedBy({ plugin }: PluginRecord): readonly { readonly group: string; readonly kind: string }[] {
  const manages = plugin?.manages ?? [];
  return [manages].flat().flatMap((managed) => ("selector" in managed ? [] : [managed]));
}

/** What is told of the kinds that plugins name and that are not among the `served` ones. */
export function absentReports(records: readonly PluginRecord[], served: ReadonlySet<string>): readonly KindReport[] {
  const wanted = records.flatMap((record) => wantedBy(record).map((kind) => absentReport(kind, record.loadedAt)));
  return wanted.filter(({ name }) => !served.has(name));
}

/** What is told of a kind that a plugin wants and no CRD serves. `since`: in Unix milliseconds. */
function absentReport({ group, kind }: { readonly group: string; readonly kind: string }, since: number): KindReport {
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
