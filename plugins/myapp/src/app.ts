import type { Condition, KubeObject } from "@polykind/plugin";

/** An application as its owner wishes it: `MyApp` of `demo.example.com/v1`. */
export interface MyApp extends KubeObject {
  readonly spec: {
    readonly image: string;
    /** Filled in by the CRD: 1. */
    readonly replicas: number;
    /** Where the containers listen and the service is reached. Filled in by the CRD: 8080. */
    readonly port: number;
    /** Environment variables of the containers. */
    readonly settings?: Readonly<Record<string, string>>;
    /** Where the children of a cluster-scoped application go. Filled in by the CRD: `default`. A namespaced one has them beside it. */
    readonly targetNamespace?: string;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    /** Selects the pods, as text: for the scale subresource. */
    readonly selector?: string;
    readonly conditions?: readonly Condition[];
  };
}

/** What of a Deployment's state an application's depends on. */
export interface Deployment extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** A ConfigMap, as far as it is read here. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Where the children of an application are. */
export function namespaceOf({ metadata, spec }: MyApp): string {
  return metadata.namespace ?? spec.targetNamespace ?? "default";
}
