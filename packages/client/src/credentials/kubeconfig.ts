import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Cluster, User } from "@kubernetes/client-node";
import { messageOf, PolykindError } from "@polykind/core";
import { type KubeconfigEntries, readEntries } from "./client-node.ts";

/** One context of one or more kubeconfig files, with every path made absolute. */
export interface ContextEntry {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cluster: Cluster;
  readonly user: User;
  /** The user as it is written, for the fields that client-node leaves out. */
  readonly rawUser: Readonly<Record<string, unknown>>;
  /** The file of the user's entry. */
  readonly file: string;
}

interface KubeconfigFile {
  readonly file: string;
  readonly entries: KubeconfigEntries;
}

/**
 * The context `name`, or the current one, of `files`. Several files are taken together as kubectl does: of each name the first entry holds, and files
 * that are not there are passed over as long as one is.
 *
 * @throws PolykindError `CONFIG_INVALID`, naming file, context and reason.
 */
export async function readContext(files: readonly string[], name: string | undefined): Promise<ContextEntry> {
  const read = (await Promise.all(files.map((file) => readKubeconfig(file, files.length > 1)))).filter((file) => file !== undefined);
  if (read.length === 0) throw invalid(files.join(", "), "none of these files exists");
  const context = name ?? read.find(({ entries }) => entries.currentContext !== undefined)?.entries.currentContext;
  if (context === undefined)
    throw invalid(sourcesOf(read), "it has no current-context; pass a context or set one with `kubectl config use-context`");
  return pick(read, context);
}

async function readKubeconfig(file: string, mayBeAbsent: boolean): Promise<KubeconfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (isAbsent && mayBeAbsent) return undefined;
    throw invalid(file, isAbsent ? "there is no such file" : messageOf(cause), cause);
  }
  try {
    return { file, entries: await readEntries(text) };
  } catch (cause) {
    // The parser's message quotes the lines around the error, and they may hold secrets.
    throw invalid(file, firstLineOf(cause));
  }
}

function pick(read: readonly KubeconfigFile[], name: string): ContextEntry {
  const context = first(read, ({ entries }) => entries.contexts, name);
  if (context === undefined) {
    const known = read.flatMap(({ entries }) => entries.contexts.map((context) => context.name));
    throw invalid(sourcesOf(read), `there is no context "${name}"; there ${known.length === 0 ? "are none" : `are: ${known.join(", ")}`}`);
  }
  const { file, entry } = context;
  const cluster = first(read, ({ entries }) => entries.clusters, entry.cluster);
  if (cluster === undefined) throw invalid(file, `context "${name}" names the cluster "${entry.cluster}", which is not there`);
  const user = entry.user === undefined || entry.user === "" ? undefined : first(read, ({ entries }) => entries.users, entry.user);
  if (user === undefined && entry.user) throw invalid(file, `context "${name}" names the user "${entry.user}", which is not there`);
  return {
    name,
    namespace: entry.namespace,
    cluster: { ...cluster.entry, ...absolute(cluster.file, { caFile: cluster.entry.caFile }) },
    user:
      user === undefined
        ? { name: "" }
        : { ...user.entry, ...absolute(user.file, { certFile: user.entry.certFile, keyFile: user.entry.keyFile }) },
    rawUser: user === undefined ? {} : rawUserOf(user.source.entries, user.entry.name),
    file: user?.file ?? file,
  };
}

interface Found<T> {
  readonly entry: T;
  readonly file: string;
  readonly source: KubeconfigFile;
}

function first<T extends { readonly name: string }>(
  read: readonly KubeconfigFile[],
  of: (file: KubeconfigFile) => readonly T[],
  name: string,
): Found<T> | undefined {
  for (const source of read) {
    const entry = of(source).find((entry) => entry.name === name);
    if (entry !== undefined) return { entry, file: source.file, source };
  }
  return undefined;
}

function rawUserOf({ document }: KubeconfigEntries, name: string): Readonly<Record<string, unknown>> {
  const users = (document["users"] ?? []) as readonly { readonly name?: unknown; readonly user?: object }[]; // client-node has read them
  return { ...users.find((user) => user.name === name)?.user };
}

/** Paths in a kubeconfig are relative to it. */
function absolute(file: string, paths: Readonly<Record<string, string | undefined | null>>): Record<string, string> {
  const given = Object.entries(paths).filter((path): path is [string, string] => typeof path[1] === "string" && path[1] !== "");
  return Object.fromEntries(given.map(([field, path]) => [field, besideKubeconfig(file, path)]));
}

/** `path` as the kubeconfig `file` means it. */
export function besideKubeconfig(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

function sourcesOf(read: readonly KubeconfigFile[]): string {
  return read.map(({ file }) => file).join(", ");
}

function firstLineOf(cause: unknown): string {
  const line = messageOf(cause).split("\n", 1)[0] ?? "";
  return line === "" ? "it is not YAML" : line;
}

function invalid(file: string, reason: string, cause?: unknown): PolykindError {
  return new PolykindError("CONFIG_INVALID", `cannot use kubeconfig ${file}: ${reason}`, { cause, facts: { file, reason } });
}
