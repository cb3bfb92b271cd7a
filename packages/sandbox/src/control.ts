import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "@polykind/core";
import { BUILTIN_ROWS } from "./builtin/table.ts";
import { CrdLife } from "./crd/crd-life.ts";
import { crdKindOf } from "./crd/crd-kind.ts";
import { CustomKinds } from "./crd/custom-kinds.ts";
import { builtinKindOf } from "./kind/builtin-kind.ts";
import { Registry } from "./kind/registry.ts";
import type { ServedKind } from "./kind/served-kind.ts";
import { NamespaceLife } from "./namespace-life.ts";
import type { SandboxOptions } from "./options.ts";
import { Store } from "./store/store.ts";
import { type Cluster, timestampOf } from "./verbs/cluster.ts";
import { admitNamespace } from "./verbs/namespace-admission.ts";

/** A cluster with the controllers that belong to it. */
export interface Control {
  readonly cluster: Cluster;
  /** Stops the controllers. */
  close(): void;
}

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"] as const;

/** A cluster as it is after its first start: with the namespaces of the system. */
export function openControl({ clock = systemClock, random = Math.random, historySize = 1000 }: SandboxOptions): Control {
  const store = new Store({ historySize });
  const customKinds = new CustomKinds(store);
  const crds = crdKindOf(store.open(), clock);
  const rows = BUILTIN_ROWS.map((row) => builtinKindOf(row, store.open()));
  const kinds = new Registry([...rows, crds], customKinds);
  const namespaces = kinds.find({ group: "", version: "v1", plural: "namespaces" }) as ServedKind; // A row of the table.
  const crdLife = new CrdLife({ kind: crds, customKinds, clock });
  const namespaceLife = new NamespaceLife({ kinds, kind: namespaces, clock });
  store.listen((collection, change) => {
    if (collection === crds.collection) {
      customKinds.observe(change);
      crdLife.observe(change);
    } else if (change.type === "DELETED" && collection.size === 0) crdLife.observeEmpty(collection);
    namespaceLife.observe(collection, change);
  });
  createNamespaces(namespaces, clock);
  return {
    cluster: { store, kinds, clock, random, admission: [admitNamespace] },
    close() {
      crdLife.close();
      namespaceLife.close();
    },
  };
}

function createNamespaces(kind: ServedKind, clock: Clock): void {
  for (const name of SYSTEM_NAMESPACES) {
    const metadata = {
      name,
      uid: randomUUID(),
      creationTimestamp: timestampOf(clock),
      resourceVersion: "",
      labels: { "kubernetes.io/metadata.name": name },
    };
    kind.collection.create(
      kind.canonical({
        kind: "Namespace",
        apiVersion: "v1",
        metadata,
        ...{ spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } },
      }),
    );
  }
}
