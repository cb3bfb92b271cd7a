import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { type Clock, PolykindError, systemClock } from "@polykind/core";
import { clusterTold } from "./cluster-told.ts";
import { composeCredentials } from "./compose.ts";
import { type ExecConfig, ExecPlugin } from "./exec-plugin.ts";
import { impersonationOf } from "./impersonation.ts";
import { besideKubeconfig, type ContextEntry, readContext } from "./kubeconfig.ts";
import { authProviderProof, certificateFilesProof, fixedProof, tokenFileProof } from "./proofs.ts";
import { proxyFor, proxyText } from "./proxy.ts";
import type { Credentials, Proof, ProofSource } from "./types.ts";
import { WatchedFile } from "./watched-file.ts";

/** Where to look for credentials. */
export interface LoadOptions {
  /** A kubeconfig file. Default: the files of `KUBECONFIG`, else `~/.kube/config`, else the cluster that we run in. */
  readonly kubeconfig?: string;
  /** Default: the file's current context. */
  readonly context?: string;
  /** The service account of the pod that we run in, whatever kubeconfig there is. Default: false. */
  readonly inCluster?: boolean;
  /** Default: that of the process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: {@link systemClock}. */
  readonly clock?: Clock;
  /** Where a pod finds its service account. Default: `/var/run/secrets/kubernetes.io/serviceaccount`. */
  readonly serviceAccountDirectory?: string;
}

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly serviceAccount: string;
}

/**
 * Finds out where the API server is and as whom to talk to it. Sends nothing.
 *
 * *Errors.* `CONFIG_INVALID`, naming the file, the context and the reason; never a secret.
 */
export async function loadCredentials(options: LoadOptions = {}): Promise<Credentials> {
  const { env = process.env, clock = systemClock, serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount" } = options;
  const around: Surroundings = { env, clock, serviceAccount: serviceAccountDirectory };
  if (options.inCluster === true) return inClusterCredentials(around);
  const files = kubeconfigFiles(options.kubeconfig, env);
  if (files.length > 0) return contextCredentials(await readContext(files, options.context), around);
  if (existsSync(join(around.serviceAccount, "token"))) return inClusterCredentials(around);
  throw new PolykindError(
    "CONFIG_INVALID",
    "cannot find an API server: KUBECONFIG is not set, there is no ~/.kube/config, and this is no pod of a cluster; pass a kubeconfig file",
  );
}

function kubeconfigFiles(given: string | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  if (given !== undefined) return [given];
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) return listed;
  const usual = join(env["HOME"] ?? homedir(), ".kube", "config");
  return existsSync(usual) ? [usual] : [];
}

async function inClusterCredentials({ env, clock, serviceAccount }: Surroundings): Promise<Credentials> {
  const [host, port] = [env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]];
  const server = host && port ? URL.parse(`https://${host.includes(":") ? `[${host}]` : host}:${port}`) : undefined;
  if (!server) {
    const reason = server === undefined ? "are not set; is this a pod?" : "make no URL; unset them, or set them as in a pod";
    throw new PolykindError(
      "CONFIG_INVALID",
      `cannot use the service account of a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT ${reason}`,
    );
  }
  const file = (name: string, what: string) => new WatchedFile(join(serviceAccount, name), { clock, what });
  return composeCredentials({
    server,
    proxy: undefined,
    source: "the service account of this pod",
    namespace: await readFile(join(serviceAccount, "namespace"), "utf8").then(
      (text) => text.trim(),
      () => undefined, // only those who ask for it need it
    ),
    headers: {},
    proof: tokenFileProof(file("token", "the token of the service account")),
    ca: file("ca.crt", "the certificate authority of the cluster"),
    servername: undefined,
    isInsecure: false,
  });
}

async function contextCredentials(entry: ContextEntry, around: Surroundings): Promise<Credentials> {
  const { cluster, file, name } = entry;
  const server = urlOf(serverText(cluster.server), { entry, what: "the server of its cluster" });
  const proxy = cluster.proxyUrl
    ? urlOf(proxyText(cluster.proxyUrl), { entry, what: "the proxy-url of its cluster" })
    : proxyFor(server, around.env);
  // As in kubectl, what stands in the kubeconfig outranks a file.
  const ca =
    cluster.caFile && !cluster.caData
      ? new WatchedFile(cluster.caFile, { clock: around.clock, what: `the certificate authority of context "${name}" in ${file}` })
      : bytesOf(cluster.caData);
  const credentials = composeCredentials({
    server,
    proxy,
    source: `context "${name}" of ${file}`,
    namespace: entry.namespace,
    headers: impersonationOf(entry),
    proof: proofOf(entry, ca, around),
    ca,
    servername: cluster.tlsServerName || undefined,
    isInsecure: cluster.skipTLSVerify,
  });
  // Files that are missing are told now and not at the first request; exec plugins and providers wait until they are needed.
  if (!entry.user.exec && !entry.user.authProvider) await credentials.grant();
  return credentials;
}

function proofOf(entry: ContextEntry, ca: WatchedFile | Buffer | undefined, { clock, env }: Surroundings): ProofSource {
  const { user, rawUser, file, name, cluster } = entry;
  const watched = (path: string, what: string) =>
    new WatchedFile(besideKubeconfig(file, path), { clock, what: `${what} of context "${name}" in ${file}` });
  if (user.exec) {
    const options = { clock, env, file, user: user.name, cluster: () => clusterTold(entry, ca) };
    return new ExecPlugin(user.exec as ExecConfig, options); // read defensively there
  }
  if (user.authProvider) return authProviderProof({ cluster, user, file, clock });
  if ((user.certData || user.certFile) && !user.keyData && !user.keyFile)
    throw unusable(entry, `user "${user.name}" has a client certificate but no key; set client-key or client-key-data`);
  const tokenFile = rawUser["tokenFile"];
  const fixed: Proof = { ...authorizationOf(entry), ...certificateOf(entry) };
  // As in kubectl, a token file outranks a token.
  const base =
    typeof tokenFile === "string" && tokenFile !== "" ? tokenFileProof(watched(tokenFile, "the token file"), fixed) : fixedProof(fixed);
  const files = {
    ...(user.certFile && !user.certData && { cert: watched(user.certFile, "the client certificate") }),
    ...(user.keyFile && !user.keyData && { key: watched(user.keyFile, "the client key") }),
  };
  return Object.keys(files).length === 0 ? base : certificateFilesProof(base, files);
}

function authorizationOf({ user }: ContextEntry): Proof {
  if (user.token) return { authorization: `Bearer ${user.token}` };
  if (user.username) return { authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}` };
  return {};
}

function certificateOf({ user }: ContextEntry): Proof {
  const [cert, key] = [bytesOf(user.certData), bytesOf(user.keyData)];
  return { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

function bytesOf(base64: string | undefined | null): Buffer | undefined {
  return base64 ? Buffer.from(base64, "base64") : undefined;
}

/** Without a scheme, such as `10.0.0.1:6443`. */
const HOST_ONLY = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?:\/.*)?$/i;

function serverText(text: string): string {
  return HOST_ONLY.test(text) ? `https://${text}` : text;
}

function urlOf(text: string, { entry, what }: { readonly entry: ContextEntry; readonly what: string }): URL {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  // The text itself may hold a password.
  const why = url === null ? "it is no URL" : `its scheme "${url.protocol.slice(0, -1)}" is not supported, only http and https`;
  throw unusable(entry, `${what}: ${why}`);
}

function unusable({ name, file }: ContextEntry, reason: string): PolykindError {
  return new PolykindError("CONFIG_INVALID", `cannot use context "${name}" of ${file}: ${reason}`, {
    facts: { file, context: name, reason },
  });
}
