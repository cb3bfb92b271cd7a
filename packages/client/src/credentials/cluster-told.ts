import type { ContextEntry } from "./kubeconfig.ts";
import { proxyText } from "./proxy.ts";
import type { WatchedFile } from "./watched-file.ts";

/** The extension of a cluster that is for its exec plugins. */
const EXTENSION = "client.authentication.k8s.io/exec";

/** What an exec plugin is told of the cluster: the `spec.cluster` of its `ExecCredential`. A file of authorities is read for it. */
export async function clusterTold(
  { cluster, rawCluster }: ContextEntry,
  ca: WatchedFile | Buffer | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const authorities = ca === undefined || Buffer.isBuffer(ca) ? ca : await ca.read();
  return {
    server: cluster.server,
    ...(cluster.tlsServerName && { "tls-server-name": cluster.tlsServerName }),
    ...(cluster.skipTLSVerify && { "insecure-skip-tls-verify": true }),
    ...(authorities !== undefined && { "certificate-authority-data": authorities.toString("base64") }),
    ...(cluster.proxyUrl && { "proxy-url": proxyText(cluster.proxyUrl) }),
    ...(rawCluster["disable-compression"] === true && { "disable-compression": true }),
    ...configOf(rawCluster["extensions"]),
  };
}

function configOf(extensions: unknown): { readonly config?: unknown } {
  if (!Array.isArray(extensions)) return {};
  const found = extensions.find((each: { readonly name?: unknown } | null) => each?.name === EXTENSION) as
    | { readonly extension?: unknown }
    | undefined; // nothing of it is relied upon
  return found?.extension === undefined ? {} : { config: found.extension };
}
