import { isDeepStrictEqual } from "node:util";
import { ALIKE, FILES } from "../house.ts";
import type { Violation } from "../source.ts";
import type { Manifest, Workspace } from "../tree.ts";
import { importsOf, isOurs, packageOf } from "./imports.ts";

/** What a package's code imports, what its package.json declares, and what its tsconfig refers to: all three say the same. */
export function undeclared({ dir, isPlugin, manifest, sources, references }: Workspace, all: readonly Workspace[]): readonly Violation[] {
  const imported = new Set(sources.flatMap(importsOf).map(({ specifier }) => packageOf(specifier)));
  imported.delete(undefined);
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies });
  const path = `${dir}/package.json`;
  const missing = [...imported].filter((name) => name !== manifest.name && !declared.includes(String(name)));
  const unused = declared.filter((name) => !imported.has(name));
  return [
    ...missing.map((name) => ({ path, line: 0, text: `does not declare ${name}, which its code imports` })),
    ...unused.map((name) => ({ path, line: 0, text: `declares ${name}, which its code does not import` })),
    ...(references === undefined && !isPlugin ? [{ path: dir, line: 0, text: "has no tsconfig.json" }] : []),
    ...(references === undefined ? [] : badReferences(dir, references, declared, all)),
  ];
}

function badReferences(
  dir: string,
  references: readonly string[],
  declared: readonly string[],
  all: readonly Workspace[],
): readonly Violation[] {
  const path = `${dir}/tsconfig.json`;
  const dirOf = (name: string): string | undefined => all.find(({ manifest }) => manifest.name === name)?.dir;
  const wanted = declared.filter(isOurs).map(dirOf);
  return [
    ...wanted
      .filter((each) => each !== undefined && !references.includes(each))
      .map((each) => ({ path, line: 0, text: `does not refer to ${each}` })),
    ...references
      .filter((each) => !wanted.includes(each))
      .map((each) => ({ path, line: 0, text: `refers to ${each}, which package.json does not declare` })),
  ];
}

/** Fields of a published package that are not as in all others. */
export function unlike({ dir, isPlugin, manifest }: Workspace): readonly Violation[] {
  const path = `${dir}/package.json`;
  const differing = Object.entries(ALIKE).filter(([field, value]) => !isPlugin && !isDeepStrictEqual(manifest[field], value));
  const files = manifest["bin"] === undefined ? FILES : ["bin", ...FILES];
  return [
    ...differing.map(([field, value]) => ({ path, line: 0, text: `${field} is not ${JSON.stringify(value)}, as in all packages` })),
    ...(isPlugin || isDeepStrictEqual(manifest["files"], files) ? [] : [{ path, line: 0, text: `files is not ${JSON.stringify(files)}` }]),
    ...(manifest["license"] === ALIKE["license"] ? [] : [{ path, line: 0, text: `license is not ${String(ALIKE["license"])}` }]),
    ...(typeof manifest["description"] === "string" ? [] : [{ path, line: 0, text: "has no description" }]),
  ];
}

/** Versions of ours that differ, and ranges that name another one or, of a library, another than elsewhere. */
export function mixedVersions(all: readonly Workspace[], version: string): readonly Violation[] {
  const rangeByLibrary = new Map<string, string>();
  return all.flatMap(({ dir, manifest }) => {
    const path = `${dir}/package.json`;
    const own =
      manifest.version === version || manifest.private === true
        ? []
        : [{ path, line: 0, text: `version is ${String(manifest.version)}, all others are ${version}` }];
    const ranges = rangesOf(manifest).flatMap(([name, range]) => {
      const expected = isOurs(name) ? `^${version}` : (rangeByLibrary.get(name) ?? range);
      rangeByLibrary.set(name, expected);
      return range === expected ? [] : [{ path, line: 0, text: `wants ${name} ${range}, elsewhere it is ${expected}` }];
    });
    return [...own, ...ranges];
  });
}

function rangesOf({ dependencies, devDependencies, peerDependencies }: Manifest): readonly (readonly [string, string])[] {
  return [dependencies, devDependencies, peerDependencies].flatMap((each) => Object.entries(each ?? {}));
}

/** Packages that the root's tsconfig does not build. */
export function unbuilt(all: readonly Workspace[], references: readonly string[]): readonly Violation[] {
  const dirs = all.filter((each) => each.references !== undefined).map(({ dir }) => dir);
  return dirs.filter((dir) => !references.includes(dir)).map((dir) => ({ path: "tsconfig.json", line: 0, text: `does not build ${dir}` }));
}

/** What is in the lock file from elsewhere than the default registry. */
export function foreignSources(lock: unknown): readonly Violation[] {
  const { packages = {} } = lock as {
    readonly packages?: Readonly<Record<string, { readonly resolved?: string; readonly link?: boolean }>>;
  }; // npm's format.
  return Object.entries(packages).flatMap(([name, { resolved, link }]) => {
    if (resolved === undefined || link === true || resolved.startsWith("https://registry.npmjs.org/")) return [];
    return [{ path: "package-lock.json", line: 0, text: `${name} comes from ${resolved}` }];
  });
}
