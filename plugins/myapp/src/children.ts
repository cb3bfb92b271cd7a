import { createHash } from "node:crypto";
import type { KubeObject, Manifest } from "@polykind/plugin";
import { type MyApp, namespaceOf } from "./app.ts";

/** What an application consists of, by what each is for. Equal applications give equal children. */
export interface Children {
  readonly settings: Manifest;
  readonly service: Manifest;
  readonly deployment: Manifest;
}

/** The label by which the pods of an application are known. */
export const APP_LABEL = "app.kubernetes.io/name";

/** The children that `app` wishes for. */
export function childrenOf(app: MyApp): Children {
  const { image, port, replicas, settings = {} } = app.spec;
  const selector = { [APP_LABEL]: app.metadata.name };
  const labels = { ...selector, "app.kubernetes.io/managed-by": "myapp" };
  // Differs when the settings do. Pods read theirs when they start, so that other settings must roll them.
  const annotations = { "demo.example.com/settings": digestOf(settings) };
  const metadata = { name: app.metadata.name, namespace: namespaceOf(app), labels };
  const container = {
    name: "app",
    image,
    ports: [{ containerPort: port }],
    envFrom: [{ configMapRef: { name: `${app.metadata.name}-settings` } }],
  };
  return {
    settings: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...metadata, name: `${app.metadata.name}-settings`, annotations },
      // The server leaves out what is empty, so that it must not be wished for either.
      ...(Object.keys(settings).length > 0 && { data: settings }),
    },
    service: { apiVersion: "v1", kind: "Service", metadata, spec: { selector, ports: [{ port, targetPort: port }] } },
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas,
        selector: { matchLabels: selector },
        template: { metadata: { labels, annotations }, spec: { containers: [container] } },
      },
    },
  };
}

function digestOf(settings: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(settings).toSorted(([a], [b]) => Number(a > b) - Number(a < b));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}

/** Whether `actual` is owned by `app` and all that `wanted` says, so that an apply would change nothing. What others added besides is theirs. */
export function isAsWanted(wanted: Manifest, actual: KubeObject, app: MyApp): boolean {
  const isOwned = actual.metadata.ownerReferences?.some(({ uid, controller }) => uid === app.metadata.uid && controller === true) === true;
  return isOwned && covers(actual, wanted);
}

/** Whether all of `wanted` is in `actual`. Lists of Kubernetes are sets of entries: each wanted one must be there, wherever. */
function covers(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(actual) && wanted.every((each) => actual.some((entry) => covers(entry, each)));
  if (!isRecord(wanted)) return actual === wanted;
  return isRecord(actual) && Object.entries(wanted).every(([key, value]) => Object.hasOwn(actual, key) && covers(actual[key], value));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
