import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Cluster, User } from "@kubernetes/client-node";
import { messageOf, PolykindError } from "@polykind/core";
import { type Fields, importReader, type KubeconfigReader } from "./client-node.ts";
import { yamlFailureOf } from "./yaml-failure.ts";

/** One context of one or more kubeconfig files, with every path made absolute. */
export interface ContextEntry {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cluster: Cluster;
  /** The cluster as it is written, for the fields that client-node leaves out. */
  readonly rawCluster: Fields;
  readonly user: User;
  /** The user as it is written, for the fields that client-node leaves out. */
  readonly rawUser: Fields;
  /** The file of the user's entry. */
  readonly file: string;
}

interface KubeconfigFile {
  readonly file: string;
  readonly document: Fields;
}

/**
 * The context `name`, or the current one, of `files`. Several files are taken together as kubectl does: of each name the first entry holds, and files
 * that are not there are passed over as long as one is. Entries that are not chosen may be incomplete.
 *
 * @throws PolykindError `CONFIG_INVALID`, naming file, context and reason.
 */
export async function readContext(files: readonly string[], name: string | undefined): Promise<ContextEntry> {
  const reader = await importReader();
  const mayBeAbsent = files.length > 1;
  const read = (await Promise.all(files.map((file) => readKubeconfig(file, { reader, mayBeAbsent })))).filter((file) => file !== undefined);
  if (read.length === 0) throw invalid(files.join(", "), "none of these files exists");
  const context = name ?? read.map(({ document }) => textOf(document["current-context"])).find((text) => text !== undefined);
  if (context === undefined)
    throw invalid(sourcesOf(read), "it has no current-context; pass a context or set one with `kubectl config use-context`");
  return pick(read, context, reader);
}

async function readKubeconfig(
  file: string,
  { reader, mayBeAbsent }: { readonly reader: KubeconfigReader; readonly mayBeAbsent: boolean },
): Promise<KubeconfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (isAbsent && mayBeAbsent) return undefined;
    throw invalid(file, isAbsent ? "there is no such file" : messageOf(cause), cause);
  }
  const document = documentOf(file, text, reader) ?? {};
  if (typeof document !== "object" || Array.isArray(document)) throw invalid(file, "it is no mapping");
  return { file, document: { ...document } };
}

function documentOf(file: string, text: string, reader: KubeconfigReader): unknown {
  try {
    return reader.documentOf(text);
  } catch (cause) {
    throw invalid(file, yamlFailureOf(cause)); // without the cause, which quotes the text
  }
}

function pick(read: readonly KubeconfigFile[], name: string, reader: KubeconfigReader): ContextEntry {
  const found = first(read, "context", name);
  if (found === undefined) {
    const known = read.flatMap(({ document }) => entriesOf(document, "context")).flatMap((entry) => textOf(entry["name"]) ?? []);
    throw invalid(sourcesOf(read), `there is no context "${name}"; there ${known.length === 0 ? "are none" : `are: ${known.join(", ")}`}`);
  }
  const { file, fields: context } = found;
  const cluster = pickCluster(read, { context: name, file, name: textOf(context["cluster"]) });
  const userName = textOf(context["user"]);
  const user = userName === undefined ? undefined : first(read, "user", userName);
  if (userName !== undefined && user === undefined)
    throw invalid(file, `context "${name}" names the user "${userName}", which is not there`);
  const entries = {
    cluster: reader.clusterOf(cluster.name, cluster.fields),
    user: user === undefined ? { name: "" } : reader.userOf(user.name, user.fields),
  };
  return {
    name,
    namespace: textOf(context["namespace"]),
    cluster: { ...entries.cluster, ...absolute(cluster.file, { caFile: entries.cluster.caFile }) },
    rawCluster: cluster.fields,
    user: { ...entries.user, ...absolute(user?.file ?? file, { certFile: entries.user.certFile, keyFile: entries.user.keyFile }) },
    rawUser: user?.fields ?? {},
    file: user?.file ?? file,
  };
}

function pickCluster(
  read: readonly KubeconfigFile[],
  { context, file, name }: { readonly context: string; readonly file: string; readonly name: string | undefined },
): Found {
  if (name === undefined) throw invalid(file, `context "${context}" names no cluster; set one with \`kubectl config set-context\``);
  const cluster = first(read, "cluster", name);
  if (cluster === undefined) throw invalid(file, `context "${context}" names the cluster "${name}", which is not there`);
  const server = cluster.fields["server"];
  if (typeof server === "string" && server !== "") return cluster;
  throw invalid(cluster.file, `the cluster "${name}" of context "${context}" has no server; set one with \`kubectl config set-cluster\``);
}

/** An entry of which nothing is checked. */
interface Found {
  readonly name: string;
  readonly fields: Fields;
  readonly file: string;
}

type EntryKind = "context" | "cluster" | "user";

function first(read: readonly KubeconfigFile[], kind: EntryKind, name: string): Found | undefined {
  for (const { file, document } of read) {
    const entry = entriesOf(document, kind).find((entry) => textOf(entry["name"]) === name);
    if (entry !== undefined) return { name, fields: fieldsOf(entry[kind]), file };
  }
  return undefined;
}

function entriesOf(document: Fields, kind: EntryKind): readonly Fields[] {
  const entries = document[`${kind}s`];
  return Array.isArray(entries) ? entries.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A name. YAML makes numbers of some. */
function textOf(value: unknown): string | undefined {
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;
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

function invalid(file: string, reason: string, cause?: unknown): PolykindError {
  return new PolykindError("CONFIG_INVALID", `cannot use kubeconfig ${file}: ${reason}`, { cause, facts: { file, reason } });
}
