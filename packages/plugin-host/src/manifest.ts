import type { ManagedKind, ManagedKinds, WatchedKind } from "@polykind/plugin";
import { valid as validVersion } from "semver";
import { refusal } from "./refusal.ts";
import { type Fields, isFields, isRange, managedKindsOf, problemsOfManages, problemsOfWatches } from "./shape.ts";

/** What a plugin's `package.json` says of it under `polykind`, read without running any of its code. */
export interface PluginManifest {
  readonly manages: ManagedKind | ManagedKinds | readonly (ManagedKind | ManagedKinds)[];
  readonly watches?: readonly Omit<WatchedKind, "map">[];
  /** Rules that the plugin's service account needs. Default: none beyond the managed kinds. */
  readonly rbac?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
  /** Where it must run: in the host's own process, as all do. Whoever asks for more is refused, since it would not be had. */
  readonly isolation?: "inline";
}

/** A package as its `package.json` tells it. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  /** The hosts that it runs on, as a semver range: `peerDependencies["@polykind/plugin"]`, else `engines.polykind`. */
  readonly engine: string;
  readonly manifest: PluginManifest;
}

const ENGINE_PACKAGE = "@polykind/plugin";

/** Whether a `package.json` says that its package is a plugin: by the key `polykind` or by the keyword `polykind-plugin`. */
export function isPluginPackage(json: unknown): boolean {
  if (!isFields(json)) return false;
  const { keywords } = json;
  return "polykind" in json || (Array.isArray(keywords) && keywords.includes("polykind-plugin"));
}

/**
 * The package that `json`, a parsed `package.json`, tells of.
 *
 * @throws PolykindError `PLUGIN_INVALID` for a manifest that is missing or malformed, naming each field. Nothing of the package may be run then.
 */
export function readPluginPackage(json: unknown, what: string): PluginPackage {
  if (!isFields(json) || typeof json["name"] !== "string" || json["name"] === "") {
    throw refusal("PLUGIN_INVALID", what, 'its package.json has no "name"');
  }
  const { name, version = "0.0.0", polykind } = json;
  if (typeof version !== "string" || validVersion(version) === null) {
    throw refusal("PLUGIN_INVALID", what, 'the "version" in its package.json must be a semantic version such as 1.0.0');
  }
  const problems = problemsOfManifest(polykind);
  if (problems.length > 0) throw refusal("PLUGIN_INVALID", what, `in its package.json, ${problems.join("; ")}`, { facts: { problems } });
  return { name, version, engine: engineOf(json, what), manifest: polykind as PluginManifest }; // It has no problems, so that it is one.
}

function engineOf({ peerDependencies, engines }: Fields, what: string): string {
  const range =
    (isFields(peerDependencies) ? peerDependencies[ENGINE_PACKAGE] : undefined) ?? (isFields(engines) ? engines["polykind"] : undefined);
  if (isRange(range)) return range;
  throw refusal(
    "PLUGIN_INVALID",
    what,
    `the "${ENGINE_PACKAGE}" among the "peerDependencies" of its package.json must be a range of versions such as ^1.0.0`,
  );
}

function problemsOfManifest(manifest: unknown): readonly string[] {
  if (!isFields(manifest)) return ['"polykind" must be a manifest such as { "manages": [{ "group": "example.com", "kind": "Widget" }] }'];
  const { manages, watches, rbac, isolation } = manifest;
  return [
    ...problemsOfManages(manages),
    ...problemsOfWatches(watches),
    ...(rbac === undefined || (Array.isArray(rbac) && rbac.every(isRule))
      ? []
      : ['"rbac" must be a list of { apiGroups, resources, verbs }']),
    ...problemsOfIsolation(isolation),
  ].map((problem) => problem.replace('"', '"polykind.'));
}

/** What cannot be given yet is no typing mistake, and is not ignored either: what a manifest asks for is what runs. */
function problemsOfIsolation(isolation: unknown): readonly string[] {
  if (isolation === undefined || isolation === "inline") return [];
  return isolation === "worker" || isolation === "process"
    ? [
        `"isolation" must be inline: no plugin can have a ${isolation} of its own yet; leave it out only if it may run inside of the host's process`,
      ]
    : ['"isolation" must be inline'];
}

function isRule(rule: unknown): boolean {
  return (
    isFields(rule) &&
    ["apiGroups", "resources", "verbs"].every(
      (field) => Array.isArray(rule[field]) && rule[field].every((each) => typeof each === "string"),
    )
  );
}

/**
 * Where a plugin claims more than its manifest declares: what was agreed to by the manifest is what runs.
 */
export function undeclaredOf(plugin: Pick<PluginManifest, "manages" | "watches">, manifest: PluginManifest): readonly string[] {
  const declared = new Set(managedKindsOf(manifest).map(textOfManaged));
  const watched = new Set((manifest.watches ?? []).map(textOfWatched));
  return [
    ...managedKindsOf(plugin)
      .map(textOfManaged)
      .filter((each) => !declared.has(each))
      .map((each) => `it manages ${each}`),
    ...(plugin.watches ?? [])
      .map(textOfWatched)
      .filter((each) => !watched.has(each))
      .map((each) => `it watches ${each}`),
  ];
}

function textOfManaged(managed: ManagedKind | ManagedKinds): string {
  const { versions = [], resourceScope = "either scope" } = managed;
  const what =
    "selector" in managed
      ? `${managed.selector.kind ?? "*"}.${managed.selector.group ?? "*"} ${labelsText(managed.selector.labels)}`
      : `${managed.kind}.${managed.group}`;
  return [what.trim(), ...versions.toSorted(), `(${resourceScope})`].join(" ");
}

function labelsText(labels: Readonly<Record<string, string>> = {}): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(",");
}

function textOfWatched({ group, kind, version }: Omit<WatchedKind, "map">): string {
  return `${group === "" ? kind : `${kind}.${group}`}${version === undefined ? "" : ` ${version}`}`;
}
