import { builtinModules } from "node:module";
import { posix } from "node:path";
import { GUESTS, PACKAGES, PLUGINS_MAY } from "../house.ts";
import { isNode, nodesOf, type SourceFile, type Violation, violationAt } from "../source.ts";
import type { Workspace } from "../tree.ts";

/** One import or re-export of a file, in whatever form it is written. */
export interface Import {
  readonly file: SourceFile;
  readonly offset: number;
  readonly specifier: string;
  /** Whether it is gone when the types are stripped. */
  readonly isType: boolean;
}

/** What a file imports: declarations, re-exports, dynamic imports of a literal, and `import("…")` in types. */
export function importsOf(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  for (const { node } of nodesOf(file)) {
    const source = node["source"];
    if (!isNode(source) || typeof source["value"] !== "string") continue;
    const isType =
      node.type === "TSImportType" || node["importKind"] === "type" || node["exportKind"] === "type" || hasOnlyTypes(node["specifiers"]);
    found.push({ file, offset: node.start, specifier: source["value"], isType });
  }
  return found;
}

function hasOnlyTypes(specifiers: unknown): boolean {
  return (
    Array.isArray(specifiers) &&
    specifiers.length > 0 &&
    specifiers.every((each) => each.importKind === "type" || each.exportKind === "type")
  );
}

/** The package that a specifier names; `undefined` for files and for what Node brings. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:") || builtinModules.includes(specifier)) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Whether a package is one of ours. */
export function isOurs(name: string): boolean {
  return name === "polykind" || name.startsWith("@polykind/");
}

/** Imports of ours that go up, sideways, or where this package may not go. */
export function brokenFloors({ manifest, isPlugin, sources }: Workspace): readonly Violation[] {
  const seat = PACKAGES[manifest.name];
  if (seat === undefined && !isPlugin)
    return [{ path: manifest.name, line: 0, text: "has no floor: add it to test/architecture/house.ts" }];
  return sources.flatMap(importsOf).flatMap(({ file, offset, specifier }) => {
    const target = packageOf(specifier);
    if (target === undefined || !isOurs(target)) return [];
    const reason = isPlugin ? whyNotForPlugins(target) : whyNotFrom(manifest.name, target);
    return reason === undefined ? [] : [violationAt(file, offset, `imports ${target}: ${reason}`)];
  });
}

function whyNotForPlugins(target: string): string | undefined {
  return PLUGINS_MAY.includes(target) ? undefined : `plugins import ${PLUGINS_MAY.join(", ")} only`;
}

function whyNotFrom(from: string, target: string): string | undefined {
  const [here, there] = [PACKAGES[from], PACKAGES[target]];
  if (here === undefined || there === undefined) return "it has no floor";
  if (there.floor >= here.floor) return `floor ${there.floor} is not below ${here.floor}`;
  if (here.may !== undefined && !here.may.includes(target)) return `${from} may import ${here.may.join(", ")} only`;
  return undefined;
}

/** Imports of third-party libraries outside the package that hosts them. */
export function brokenHosts({ manifest, isPlugin, sources }: Workspace): readonly Violation[] {
  if (isPlugin) return [];
  return sources.flatMap(importsOf).flatMap(({ file, offset, specifier }) => {
    const library = packageOf(specifier);
    if (library === undefined || isOurs(library)) return [];
    const host = Object.keys(PACKAGES).find((name) => PACKAGES[name]?.hosts.includes(library));
    if (host === manifest.name || GUESTS.some((each) => each.library === library && each.guest === manifest.name)) return [];
    const reason = host === undefined ? "it has no host: add it to test/architecture/house.ts" : `its host is ${host}`;
    return [violationAt(file, offset, `imports ${library}: ${reason}`)];
  });
}

/** Relative imports that leave their package, or do not name a `.ts` file. */
export function brokenPaths({ dir, sources }: Workspace): readonly Violation[] {
  return sources.flatMap(importsOf).flatMap(({ file, offset, specifier }) => {
    if (!specifier.startsWith(".")) return [];
    const target = posix.join(posix.dirname(file.path), specifier);
    if (!target.startsWith(`${dir}/src/`)) return [violationAt(file, offset, `imports ${specifier}, which is outside its package`)];
    return specifier.endsWith(".ts") ? [] : [violationAt(file, offset, `imports ${specifier}: relative imports end in .ts`)];
  });
}

/** Circles of files that import each other's values: what runs first is then an accident. */
export function importCircles({ sources }: Workspace): readonly Violation[] {
  const targets = new Map(sources.map((file) => [file.path, valueTargets(file)]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const begun = trail.indexOf(path);
    if (begun !== -1) found.push({ path, line: 0, text: `imports itself by way of ${trail.slice(begun + 1).join(", ")}` });
    if (begun !== -1 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}

function valueTargets(file: SourceFile): readonly string[] {
  return importsOf(file)
    .filter(({ specifier, isType }) => specifier.startsWith(".") && !isType)
    .map(({ specifier }) => posix.join(posix.dirname(file.path), specifier));
}
