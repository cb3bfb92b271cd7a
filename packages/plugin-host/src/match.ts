import { type CrdDescriptor, groupKindText, servedVersionsOf } from "@polykind/apimachinery";
import { finalizerOf, type ManagedKind, type ManagedKinds } from "@polykind/plugin";
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

/** Plugins that each want a kind for themselves, or put one and the same finalizer on its objects: none of them starts. */
export interface PluginConflict {
  readonly plugins: readonly LoadedPlugin[];
  /** Which they are, and what to do. */
  readonly message: string;
}

/** Which plugins run a kind. */
export type Match =
  | { readonly type: "none" }
  /**
   * At most one of the bindings is not `shared`, and each has a finalizer of its own; where several want to be that one, or have one finalizer,
   * it is none of them, and `conflict` tells.
   */
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
  const rivals = rivalsIn(bindings);
  const twins = twinsIn(bindings.filter((binding) => !rivals.includes(binding)));
  const conflict = conflictOf(crd, rivals, twins);
  const able = bindings.filter(({ plugin }) => conflict?.plugins.includes(plugin) !== true);
  if (able.length > 0) return { type: "bound", bindings: able, incompatible, ...(conflict !== undefined && { conflict }) };
  if (conflict !== undefined) return { type: "conflict", ...conflict };
  const [first] = incompatible;
  return first === undefined
    ? { type: "none" }
    : { type: "incompatible", plugin: first.plugin, message: incompatible.map(({ message }) => message).join("; ") };
}

/** Those that each want the kind for themselves, if they are several. */
function rivalsIn(bindings: readonly PluginBinding[]): readonly PluginBinding[] {
  const exclusive = bindings.filter(({ plugin }) => plugin.plugin.shared !== true);
  return exclusive.length > 1 ? exclusive : [];
}

/** Those that have one finalizer, by it, where they are several: whichever is done first takes it off, and the others cannot clean up any more. */
function twinsIn(bindings: readonly PluginBinding[]): ReadonlyMap<string, readonly PluginBinding[]> {
  const byFinalizer = Map.groupBy(bindings, ({ plugin }) => finalizerOf(plugin.plugin));
  return new Map(Array.from(byFinalizer).filter(([, { length }]) => length > 1));
}

function conflictOf(
  crd: CrdDescriptor,
  rivals: readonly PluginBinding[],
  twins: ReadonlyMap<string, readonly PluginBinding[]>,
): PluginConflict | undefined {
  if (rivals.length === 0 && twins.size === 0) return undefined;
  const rivalry = `${namesOf(rivals)} each manage ${kindOf(crd)} for themselves: none starts; remove all but one, or let all but one say shared: true`;
  const doubled = Array.from(
    twins,
    ([finalizer, those]) =>
      `${namesOf(those)} each put the finalizer ${finalizer} on ${kindOf(crd)}, and the first that is done would take it off for all: none starts; give each a finalizer of its own, or remove all but one`,
  );
  return {
    plugins: [...rivals, ...[...twins.values()].flat()].map(({ plugin }) => plugin),
    message: [...(rivals.length > 0 ? [rivalry] : []), ...doubled].join("; "),
  };
}

function namesOf(bindings: readonly PluginBinding[]): string {
  return bindings.map(({ plugin }) => plugin.name).join(", ");
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
