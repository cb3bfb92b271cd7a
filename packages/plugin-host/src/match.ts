import { type CrdDescriptor, groupKindText, servedVersionsOf } from "@polykind/apimachinery";
import type { ManagedKind, ManagedKinds } from "@polykind/plugin";
import { matchesPattern } from "./pattern.ts";
import type { LoadedPlugin, PluginRecord } from "./record.ts";
import { managedKindsOf } from "./shape.ts";
import { isWithinBounds } from "./version-bound.ts";

/** One plugin on one kind. */
export interface PluginBinding {
  readonly plugin: LoadedPlugin;
  /** The best served version that the plugin can work with, in Kubernetes' order. */
  readonly version: string;
}

/** A plugin that wants a kind and cannot work with it as it is. */
export interface IncompatiblePlugin {
  readonly plugin: LoadedPlugin;
  /** Why: both sides named. */
  readonly message: string;
}

/** Plugins that each want a kind for themselves: none of them starts. */
export interface PluginConflict {
  readonly plugins: readonly LoadedPlugin[];
  /** Which they are, and what to do. */
  readonly message: string;
}

/** Which plugins run a kind. */
export type Match =
  | { readonly type: "none" }
  /** At most one of the bindings is not `shared`; where several want to be that one, it is none of them, and `conflict` tells. */
  | {
      readonly type: "bound";
      readonly bindings: readonly PluginBinding[];
      readonly incompatible: readonly IncompatiblePlugin[];
      readonly conflict?: PluginConflict;
    }
  | ({ readonly type: "conflict" } & PluginConflict)
  | { readonly type: "incompatible"; readonly plugin: LoadedPlugin; readonly message: string };

/**
 * Which of `plugins` manage the kind of `crd`, and in which version.
 *
 * Pure: the same CRD and plugins give the same match, in whatever order the plugins come. Whether the CRD is established is not asked.
 * A plugin that cannot work with the CRD as it is keeps no other from it.
 */
export function matchPlugins(crd: CrdDescriptor, plugins: readonly PluginRecord[]): Match {
  const judged = plugins
    .filter((record) => record.state === "loaded")
    .toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name))
    .flatMap((plugin) => judge(crd, plugin) ?? []);
  const bindings = judged.filter((each) => "version" in each);
  const incompatible = judged.filter((each) => "message" in each);
  const exclusive = bindings.filter(({ plugin }) => plugin.plugin.shared !== true);
  const conflict = exclusive.length > 1 ? conflictOf(crd, exclusive) : undefined;
  const able = conflict === undefined ? bindings : bindings.filter((binding) => !exclusive.includes(binding));
  if (able.length > 0) return { type: "bound", bindings: able, incompatible, ...(conflict !== undefined && { conflict }) };
  if (conflict !== undefined) return { type: "conflict", ...conflict };
  const [first] = incompatible;
  return first === undefined
    ? { type: "none" }
    : { type: "incompatible", plugin: first.plugin, message: incompatible.map(({ message }) => message).join("; ") };
}

function conflictOf(crd: CrdDescriptor, exclusive: readonly PluginBinding[]): PluginConflict {
  const plugins = exclusive.map(({ plugin }) => plugin);
  const names = plugins.map(({ name }) => name).join(", ");
  const message = `${names} each manage ${kindOf(crd)} for themselves: none starts; remove all but one, or let all but one say shared: true`;
  return { plugins, message };
}

/** `undefined` when the plugin does not want the kind. The first of its wishes that can be met counts. */
function judge(crd: CrdDescriptor, plugin: LoadedPlugin): PluginBinding | IncompatiblePlugin | undefined {
  const wishes = managedKindsOf(plugin.plugin).filter((managed) => isSelected(crd, managed));
  const [first] = wishes;
  if (first === undefined) return undefined;
  for (const managed of wishes) {
    const version = bestVersion(crd, managed);
    if (version !== undefined) return { plugin, version };
  }
  return { plugin, message: `${plugin.name} ${plugin.version} ${mismatch(crd, first)}` };
}

function isSelected({ group, names, labels }: CrdDescriptor, managed: ManagedKind | ManagedKinds): boolean {
  if (!("selector" in managed)) return managed.group === group && managed.kind === names.kind;
  const { selector } = managed;
  return (
    matchesPattern(selector.group ?? "*", group) &&
    matchesPattern(selector.kind ?? "*", names.kind) &&
    Object.entries(selector.labels ?? {}).every(([key, value]) => labels[key] === value)
  );
}

function bestVersion(crd: CrdDescriptor, { resourceScope, versions }: ManagedKind | ManagedKinds): string | undefined {
  if (resourceScope !== undefined && resourceScope !== crd.resourceScope) return undefined;
  return servedVersionsOf(crd).find((version) => isWithinBounds(version, versions));
}

function mismatch(crd: CrdDescriptor, { resourceScope, versions }: ManagedKind | ManagedKinds): string {
  if (resourceScope !== undefined && resourceScope !== crd.resourceScope) {
    return `works with ${kindOf(crd)} only where its resource scope is ${resourceScope}, and it is ${crd.resourceScope}`;
  }
  const served = servedVersionsOf(crd);
  if (served.length === 0) return `cannot work with ${kindOf(crd)}: no version of it is served`;
  return `has no version in common with ${kindOf(crd)}: it works with ${(versions ?? []).join(", ")}, served are ${served.join(", ")}`;
}

function kindOf({ group, names: { kind } }: CrdDescriptor): string {
  return groupKindText({ group, kind });
}
