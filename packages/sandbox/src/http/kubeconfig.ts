/** What a kubeconfig tells. */
export interface KubeconfigFacts {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** A kubeconfig as YAML text, with all it needs in it. */
export function kubeconfigOf({ url, ca, token }: KubeconfigFacts): string {
  const name = "polykind-sandbox";
  return `apiVersion: v1
kind: Config
current-context: ${name}
clusters:
- name: ${name}
  cluster:
    server: ${url}
    certificate-authority-data: ${Buffer.from(ca).toString("base64")}
users:
- name: ${name}
  user:
    token: ${token}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}
    namespace: default
`;
}
