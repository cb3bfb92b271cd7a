/** Where a package lives, what it may import of ours besides the usual, and which libraries only it imports. */
export interface Seat {
  /** Imports of ours go to lower floors only. */
  readonly floor: number;
  /** Where fewer than all packages below may be imported: these. */
  readonly may?: readonly string[];
  /** Third-party libraries that this package alone imports. */
  readonly hosts: readonly string[];
}

/** Every package, by name. The one table of floors and hosts. */
export const PACKAGES: Readonly<Record<string, Seat>> = {
  "@polykind/core": { floor: 0, hosts: ["eventemitter3"] },
  "@polykind/apimachinery": { floor: 1, hosts: [] },
  "@polykind/telemetry": { floor: 1, hosts: ["@opentelemetry/api", "pino", "prom-client"] },
  "@polykind/client": {
    floor: 2,
    may: ["@polykind/core", "@polykind/apimachinery", "@polykind/telemetry"],
    hosts: ["@kubernetes/client-node"],
  },
  "@polykind/informer": { floor: 2, may: ["@polykind/core", "@polykind/apimachinery", "@polykind/telemetry"], hosts: [] },
  "@polykind/plugin": { floor: 2, may: ["@polykind/core", "@polykind/apimachinery"], hosts: [] },
  "@polykind/workqueue": { floor: 2, may: ["@polykind/core", "@polykind/telemetry"], hosts: [] },
  "@polykind/controller": { floor: 3, hosts: [] },
  "@polykind/plugin-host": {
    floor: 3,
    may: ["@polykind/core", "@polykind/apimachinery", "@polykind/plugin", "@polykind/telemetry"],
    hosts: ["semver"],
  },
  "@polykind/manager": { floor: 4, hosts: ["reflect-metadata", "tsyringe"] },
  "@polykind/sandbox": {
    floor: 4,
    may: ["@polykind/core", "@polykind/apimachinery"],
    hosts: ["@bufbuild/cel", "@bufbuild/re2", "@peculiar/x509", "rfc6902", "yaml"],
  },
  "@polykind/testing": { floor: 5, hosts: ["fast-check"] },
  polykind: { floor: 5, hosts: ["commander"] },
};

/** What a plugin may import of ours. */
export const PLUGINS_MAY: readonly string[] = ["@polykind/plugin"];

/** Libraries that one more package imports, with the reason. */
export const GUESTS: readonly { readonly library: string; readonly guest: string; readonly why: string }[] = [
  { library: "yaml", guest: "polykind", why: "prints kinds as YAML" },
];

/** Words of names that say nothing, wherever they stand in the name of a file, a type, a function or a variable. */
export const EMPTY_WORDS: readonly string[] = ["utils", "util", "helpers", "helper", "common", "misc", "data", "info"];

/** Verbs that say nothing at the head of a function's name. */
export const EMPTY_VERBS: readonly string[] = ["handle", "process", "do", "perform"];

/** Names of patterns at the end (or the beginning) of a type's name. `Manager` alone is the process. */
export const PATTERN_NAMES: RegExp = /^Abstract[A-Z]|.(Factory|Impl|Manager|Helper|Util)s?$/;

/** Names that hold such a word because a standard gives it. */
export const GIVEN_NAMES: readonly { readonly name: string; readonly why: string }[] = [
  { name: "info", why: "the level of a log line" },
  { name: "commonName", why: "a field of X.509" },
  { name: "COMMON_NAME", why: "a field of X.509" },
  { name: "OpenManager", why: "the manager itself, with what was made for it" },
];

/** Lines at most. */
export const LINES_OF_FILE = 400;
export const LINES_OF_FUNCTION = 60;

/** Fields of every published package that are the same in all. */
export const ALIKE: Readonly<Record<string, unknown>> = {
  license: "Apache-2.0",
  type: "module",
  engines: { node: "^24.15.0 || >=26.0.0" },
  exports: {
    ".": { "@polykind/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./package.json": "./package.json",
  },
  publishConfig: { access: "public" },
};

/** What every published package puts into its tarball, besides `bin` where it has programs. */
export const FILES: readonly string[] = ["dist", "!dist/.tsbuildinfo", "src"];
